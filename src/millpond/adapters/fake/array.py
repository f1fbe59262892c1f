"""An array in a file: for tests of what uses arrays, without any storage processor.

All that it knows is one JSON document, which is read before and written after each change, so that it
outlives whoever changes it.
"""

import json
from pathlib import Path
from typing import Any

from millpond.adapters import durable
from millpond.domain.array import (
    ArrayGroup,
    ArrayHealth,
    ArrayHost,
    ArrayLun,
    ArrayPool,
    ArrayPort,
    ArraySnapshot,
    SnapshotKind,
)
from millpond.domain.array_copies import ArrayMigration, ArrayMirror
from millpond.domain.array_load import ArrayQos, LunCounters
from millpond.domain.errors import Failed

SIZE = 400 << 30
PORTS = (("A", 0, "192.0.2.1"), ("B", 0, "192.0.2.2"))


class FakeArray:
    """``ports.array.Array`` with one pool, called ``pool``, and a port at each SP."""

    def __init__(self, file: Path, serial: str = "FAKE") -> None:
        self._file = file
        self._serial = serial

    def _state(self) -> dict[str, Any]:
        try:
            found: dict[str, Any] = json.loads(self._file.read_text())
        except FileNotFoundError:
            return {"issued": 0, "luns": {}, "groups": {}, "snaps": {}}
        return found

    def _keep(self, state: dict[str, Any]) -> None:
        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        durable.write(self._file, json.dumps(state).encode(), 0o600)

    async def health(self) -> ArrayHealth:
        answers = {address: True for _, _, address in PORTS}
        return ArrayHealth(serial=self._serial, model="Fake", answers=answers)

    async def pools(self) -> list[ArrayPool]:
        luns = self._state()["luns"].values()
        thick = sum(lun["size"] for lun in luns if not lun["thin"])
        promised = sum(lun["size"] for lun in luns)
        pool = ArrayPool(
            name="pool", size=SIZE, free=SIZE - thick, subscribed=promised, state="Ready"
        )
        return [pool]

    async def luns(self) -> list[ArrayLun]:
        found = self._state()["luns"]
        return [ArrayLun(**found[key]) for key in sorted(found, key=int)]

    async def numbers(self) -> set[int]:
        return {int(key) for key in self._state()["luns"]}

    async def lun(self, number: int) -> ArrayLun | None:
        found = self._state()["luns"].get(str(number))
        return ArrayLun(**found) if found else None

    async def ports(self) -> list[ArrayPort]:
        name = "iqn.1992-04.com.emc:cx.fake"
        return [
            ArrayPort(sp=sp, number=n, iqn=f"{name}.{sp.lower()}{n}", address=address)
            for sp, n, address in PORTS
        ]

    async def create(self, number: int, name: str, pool: str, size: int, *, thin: bool) -> None:
        state = self._state()
        taken = [lun["name"] for lun in state["luns"].values()]
        if pool != "pool" or str(number) in state["luns"] or name in taken:
            raise Failed("create", f"LUN {number} ({name}) cannot be made in {pool}")
        if not thin and size > (await self.pools())[0].free:
            raise Failed("create", "the pool has too little space")
        state["issued"] += 1
        lun = ArrayLun(
            number=number,
            name=name,
            uid=f"60060160fa0e000000000000{state['issued']:08x}",
            size=size,
            used=0 if thin else size,
            pool=pool,
            thin=thin,
            owner="AB"[number % 2],
            state="Ready",
        )
        state["luns"][str(number)] = lun.model_dump(mode="json")
        self._keep(state)

    async def expand(self, number: int, size: int) -> None:
        state = self._state()
        lun = self._lun(state, number)
        if size <= lun["size"]:
            raise Failed("expand", "a LUN can only grow")
        lun["size"] = size
        self._keep(state)

    async def delete(self, number: int) -> None:
        state = self._state()
        self._lun(state, number)
        if any(number in group["luns"].values() for group in state["groups"].values()):
            raise Failed("delete", "the LUN is in a storage group")
        del state["luns"][str(number)]
        state["snaps"] = {name: of for name, of in state["snaps"].items() if of != number}
        self._keep(state)

    async def group(self, name: str) -> ArrayGroup | None:
        found = self._state()["groups"].get(name)
        if found is None:
            return None
        luns = {int(hlu): number for hlu, number in found["luns"].items()}
        paths = frozenset((uid, sp, port) for uid, sp, port in found["paths"])
        return ArrayGroup(name=name, luns=luns, paths=paths, hosts=found["hosts"])

    async def groups(self) -> list[ArrayGroup]:
        found = [await self.group(name) for name in sorted(self._state()["groups"])]
        return [group for group in found if group]

    async def create_group(self, name: str) -> None:
        state = self._state()
        if name in state["groups"]:
            raise Failed("create_group", "the name is in use")
        state["groups"][name] = {"luns": {}, "paths": [], "hosts": {}}
        self._keep(state)

    async def delete_group(self, name: str) -> None:
        state = self._state()
        if self._group(state, name)["luns"]:
            raise Failed("delete the group", f"storage group {name} still shows LUNs")
        del state["groups"][name]
        self._keep(state)

    async def register(self, group: str, host: ArrayHost) -> None:
        state = self._state()
        here = self._group(state, group)
        paths = [[host.initiator, sp, number] for sp, number, _ in PORTS]
        for other in state["groups"].values():
            other["paths"] = [path for path in other["paths"] if path not in paths]
            other["hosts"].pop(host.initiator, None)
        here["paths"] += paths
        here["hosts"][host.initiator] = host.name
        self._keep(state)

    async def deregister(self, initiator: str) -> None:
        state = self._state()
        for group in state["groups"].values():
            group["paths"] = [path for path in group["paths"] if path[0] != initiator]
            group["hosts"].pop(initiator, None)
        self._keep(state)

    async def map(self, group: str, number: int, hlu: int) -> None:
        state = self._state()
        self._lun(state, number)
        luns = self._group(state, group)["luns"]
        if str(hlu) in luns or number in luns.values():
            raise Failed("map", f"LUN {number} is there, or something is at {hlu}")
        luns[str(hlu)] = number
        self._keep(state)

    async def unmap(self, group: str, hlu: int) -> None:
        state = self._state()
        if self._group(state, group)["luns"].pop(str(hlu), None) is None:
            raise Failed("unmap", f"the group has no LUN {hlu}")
        self._keep(state)

    async def snapshots(self, number: int) -> list[str]:
        return sorted(name for name, of in self._state()["snaps"].items() if of == number)

    async def all_snapshots(self) -> list[ArraySnapshot]:
        return [
            ArraySnapshot(name=name, kind=SnapshotKind.SNAP, luns=(number,))
            for name, number in sorted(self._state()["snaps"].items())
        ]

    async def mirrors(self) -> list[ArrayMirror]:
        return []

    async def migrations(self) -> list[ArrayMigration]:
        return []

    async def qos(self) -> ArrayQos:
        return ArrayQos()

    async def counters(self) -> list[LunCounters]:
        """No host has done anything."""
        none = {sp: 0 for sp, _, _ in PORTS}
        return [
            LunCounters(
                number=lun.number,
                name=lun.name,
                reads=none,
                writes=none,
                bytes_read=none,
                bytes_written=none,
                busy=0,
            )
            for lun in await self.luns()
        ]

    async def snapshot(self, number: int, name: str) -> None:
        state = self._state()
        self._lun(state, number)
        if name in state["snaps"]:
            raise Failed("snapshot", "the name is in use")
        state["snaps"][name] = number
        self._keep(state)

    async def delete_snapshot(self, name: str) -> None:
        state = self._state()
        if state["snaps"].pop(name, None) is None:
            raise Failed("delete_snapshot", "there is no such snapshot")
        self._keep(state)

    def _lun(self, state: dict[str, Any], number: int) -> dict[str, Any]:
        return self._of(state, "luns", str(number))

    def _group(self, state: dict[str, Any], name: str) -> dict[str, Any]:
        return self._of(state, "groups", name)

    @staticmethod
    def _of(state: dict[str, Any], kind: str, key: str) -> dict[str, Any]:
        if key not in state[kind]:
            raise Failed(kind, f"there is no {key}")
        found: dict[str, Any] = state[kind][key]
        return found
