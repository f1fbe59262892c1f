"""A storage processor: its LUNs, who is logged in, and what its peer tells it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from pathlib import Path as FilePath
from typing import Any

from millpond.array.exports import Masking, SpName
from millpond.array.scsi.nexus import Nexus, relative_port
from millpond.array.scsi.sense import (
    ACCESS_CHANGED,
    CAPACITY_CHANGED,
    LUNS_CHANGED,
    POWER_ON,
    RESET,
    SOFT_THRESHOLD,
    Sense,
)
from millpond.array.state import peer
from millpond.array.state.lun_state import Change
from millpond.array.state.meters import SharedMeters
from millpond.array.state.shared import SharedState
from millpond.array.statistics import Count, rows
from millpond.array.unit import Path, Replicas, Unit

REST = 10.0
"""Seconds that commands under way have to end when writes are held: hosts wait for 30, and for what is held
meanwhile, too."""


class Login:
    """An initiator's session, as SCSI sees it: an I_T nexus and its paths by HLU."""

    def __init__(self, processor: "Processor", nexus: Nexus, port: int) -> None:
        self.processor = processor
        self.nexus = nexus
        self.port = port
        self.target = processor.target_name(processor.sp, port)
        self.failover_mode = processor.masking.failover_mode(nexus.initiator)
        self.paths: dict[int, Path] = {}

    def tell(self, sense: Sense) -> None:
        for path in self.paths.values():
            path.tell(sense)


class Processor:
    """SP ``sp`` of the array whose state lies in ``directory``."""

    def __init__(self, directory: FilePath, sp: SpName, masking: Masking) -> None:
        self.sp = sp
        self.masking = masking
        self.identity = masking.identity()
        self.directory = directory
        self.state = SharedState(directory, sp, self._heard)
        self.meters = SharedMeters(directory / "meters", sp)
        self.replicas: Replicas = lambda mirror: None
        self._logins: set[Login] = set()
        self._units: dict[bytes, Unit] = {}
        self._revision = masking.revision()
        self._serving: asyncio.Server | None = None
        self._holders: set[object] = set()
        self._free = asyncio.Event()
        self.counts: dict[tuple[bytes, int], Count] = {}
        """By LUN and port."""
        self.helpers: dict[str, Callable[[Any], Awaitable[Any]]] = {}
        """What else answers the peer, by the word that it asks with."""

    def target_name(self, sp: SpName, port: int) -> str:
        """As a CLARiiON names its ports: every one is a target."""
        return f"iqn.1992-04.com.emc:cx.{self.identity.serial.lower()}.{sp.lower()}{port}"

    def all_ports(self) -> tuple[int, ...]:
        """Relative identifiers of both SPs' ports."""
        return tuple(
            relative_port(sp, port)
            for sp, numbers in self.masking.ports().items()
            for port in numbers
        )

    # -- logins

    def login(self, initiator: str, isid: str, port: int) -> Login:
        login = Login(self, Nexus(initiator, isid, relative_port(self.sp, port)), port)
        self._map(login)
        self._logins.add(login)
        return login

    def logout(self, login: Login) -> None:
        self._logins.discard(login)

    # -- what changed meanwhile

    @property
    def stale(self) -> bool:
        return self.state.stale or self.masking.revision() != self._revision

    async def refresh(self) -> None:
        """Know what the peer and the model have changed. Called before a command if ``stale``."""
        await self.state.refresh()
        revision = self.masking.revision()
        if revision != self._revision:
            for login in self._logins:
                self._map(login)
            self._forget_unused()
            self._revision = revision

    def _map(self, login: Login) -> None:
        """Take over what the model says the initiator sees, and tell it what is different."""
        login.failover_mode = self.masking.failover_mode(login.nexus.initiator)
        mapped = self.masking.luns(login.nexus.initiator, self.sp, login.port)
        before, login.paths = login.paths, {}
        for hlu, lun in mapped.items():
            path = before.get(hlu)
            if path is None or path.lun.wwn != lun.wwn:
                unit = self._units.get(lun.wwn) or self._units.setdefault(
                    lun.wwn, Unit(lun, self.meters, self.replicas)
                )
                count = self.counts.setdefault((lun.wwn, login.port), Count())
                path = Path(login.nexus, hlu, unit, count)
                path.tell(POWER_ON)
            elif path.lun.blocks != lun.blocks:
                path.tell(CAPACITY_CHANGED)
            if path.unit.lun.path != lun.path:
                path.unit.file.reopen(lun.path)
            if path.unit.lun.changes != lun.changes:
                path.unit.file.track(lun.changes)
            path.lun = lun
            if path.unit.lun != lun:
                path.unit.lun = lun
                path.unit.adapt()
            login.paths[hlu] = path
        if login in self._logins and _names(before) != _names(login.paths):
            login.tell(LUNS_CHANGED)

    def set_full(self, wwns: frozenset[bytes]) -> None:
        """Exactly these LUNs get no more space."""
        for wwn, unit in self._units.items():
            unit.full = wwn in wwns

    def warn(self, wwns: frozenset[bytes]) -> None:
        """The pool of these LUNs has become fuller than it should be."""
        for wwn in wwns:
            for path in self._paths_to(wwn):
                path.tell(SOFT_THRESHOLD)

    def _forget_unused(self) -> None:
        used = {path.lun.wwn for login in self._logins for path in login.paths.values()}
        for wwn in self._units.keys() - used:
            if not self._units[wwn].tasks:
                self._units.pop(wwn).file.close()

    def owner(self, path: Path) -> SpName:
        return self.state.of(path.lun.wwn).owner or path.lun.default_sp

    def _heard(self, change: Change) -> None:
        """A change of shared state, of this SP or its peer: whom it concerns is told with the next command
        (SAM-5 5.14)."""
        unit = self._units.get(change.wwn)
        if unit is None:
            return
        told = dict(change.attentions)
        for path in self._paths_to(change.wwn):
            if path.nexus in told:
                path.tell(told[path.nexus])
            if change.moved and path.nexus != change.by:
                path.tell(ACCESS_CHANGED)

    def _paths_to(self, wwn: bytes) -> Iterable[Path]:
        for login in self._logins:
            for path in login.paths.values():
                if path.lun.wwn == wwn:
                    yield path

    # -- ending others' commands

    async def end_commands(self, wwn: bytes, nexuses: frozenset[Nexus]) -> None:
        """Return when no command of ``nexuses`` is under way on the LUN, in either SP (PREEMPT AND ABORT,
        SPC-4 5.12.11.5)."""
        await self._end_here(wwn, nexuses)
        await self.state.peer.ask({"end": wwn.hex(), "nexuses": sorted(nexuses)})

    async def _end_here(self, wwn: bytes, nexuses: frozenset[Nexus]) -> None:
        unit = self._units.get(wwn)
        if unit is not None:
            await unit.drain(lambda task: task.nexus in nexuses)

    async def reset_unit(self, wwn: bytes) -> None:
        """LOGICAL UNIT RESET (SAM-5 7.7), in both SPs: everybody is told, who asked for it as well."""
        await self._reset_here(wwn)
        await self.state.peer.ask({"reset": wwn.hex()})

    async def _reset_here(self, wwn: bytes) -> None:
        unit = self._units.get(wwn)
        if unit is not None:
            await unit.drain(lambda task: True)
            for path in self._paths_to(wwn):
                path.attentions.clear()
                path.tell(RESET)

    async def carry_out(self, request: dict[str, Any], asker: object) -> Any:
        """What the peer asks for, after what it has changed is known, and what it is told (JSON values).
        ``asker`` is the connection."""
        await self.refresh()
        if "end" in request:
            nexuses = frozenset(Nexus(*row) for row in request["nexuses"])
            await self._end_here(bytes.fromhex(request["end"]), nexuses)
        elif "hold" in request:
            await self.hold(asker)
        elif "reset" in request:
            await self._reset_here(bytes.fromhex(request["reset"]))
        elif "statistics" in request:
            return rows(self.counts)
        for word, help_ in self.helpers.items():
            if word in request:
                return await help_(request[word])
        return None

    async def serve_peer(self) -> None:
        """For as long as this object lives: a server that nobody refers to is closed."""
        self._serving = await peer.answer(self.directory, self.sp, self.carry_out, self.release)

    # -- holding writes

    @property
    def held(self) -> bool:
        return bool(self._holders)

    async def hold(self, holder: object) -> None:
        """Begin no write until ``holder`` releases them; return when none is under way any more. Raises
        TimeoutError, and they are held all the same."""
        self._holders.add(holder)
        self._free.clear()
        under_way = [
            task.ended for unit in self._units.values() for task in unit.tasks if task.abort is None
        ]
        if under_way:
            _, late = await asyncio.wait(under_way, timeout=REST)
            if late:
                raise TimeoutError(f"{len(late)} commands of hosts have not ended")

    def release(self, holder: object) -> None:
        """Writes begin again when nobody else holds them. Nothing happens if ``holder`` does not."""
        self._holders.discard(holder)
        if not self._holders:
            self._free.set()

    async def free(self) -> None:
        """Return when writes may begin; what was changed meanwhile is known then."""
        while self.held:
            await self._free.wait()
            await self.refresh()


def _names(paths: Mapping[int, Path]) -> dict[int, bytes]:
    return {hlu: path.lun.wwn for hlu, path in paths.items()}
