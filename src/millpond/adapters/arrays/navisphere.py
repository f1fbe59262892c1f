"""An array that is administered with naviseccli: a CLARiiON, a VNX, or Millpond's own."""

import ipaddress
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TypeVar

from millpond.adapters.arrays import answers, answers_work
from millpond.adapters.arrays.naviseccli import Naviseccli
from millpond.domain.array import (
    BLOCK,
    ArrayGroup,
    ArrayHealth,
    ArrayHost,
    ArrayLun,
    ArrayPool,
    ArrayPort,
    ArraySnapshot,
)
from millpond.domain.array_copies import ArrayMigration, ArrayMirror, MirrorKind
from millpond.domain.array_load import ArrayQos, LunCounters
from millpond.domain.errors import Failed, Unknown

NORMAL = "operating normally"
NO_LUN = "may not exist"
NO_HBA = "HBA UID specified is not known"
NO_GROUP = "does not match any storage groups"
T = TypeVar("T")


class Navisphere:
    """``ports.array.Array``."""

    def __init__(self, cli: Naviseccli) -> None:
        self._cli = cli

    async def health(self) -> ArrayHealth:
        alive = (
            await self._cli.answers()
        )  # first: whoever does not answer is asked last from then on
        said = await self._cli.ask("getagent")
        faults = await self._cli.ask("faults", "-list")
        labels = next(answers.blocks(said, "Agent Rev"), {})
        lines = [line.strip() for line in faults.splitlines() if line.strip()]
        return ArrayHealth(
            serial=labels.get("Serial No", ""),
            model=labels.get("Model", ""),
            answers=alive,
            faults=() if NORMAL in faults else tuple(lines),
        )

    async def pools(self) -> list[ArrayPool]:
        return self._read(answers.pools, await self._cli.ask("storagepool", "-list", "-all"))

    async def luns(self) -> list[ArrayLun]:
        return self._read(answers.luns, await self._cli.ask("lun", "-list", "-all"))

    async def numbers(self) -> set[int]:
        """Those of RAID groups' LUNs too, and of what metaLUNs are made of."""
        there = answers.numbers(await self._cli.ask("getlun", "-state"))
        with suppress(Failed):  # where a metaLUN was never made, an array may not know the word
            there |= answers.numbers(await self._cli.ask("metalun", "-list"))
        return there | {lun.number for lun in await self.luns()}

    async def lun(self, number: int) -> ArrayLun | None:
        try:
            said = await self._cli.ask("lun", "-list", "-l", str(number), "-all")
        except Failed as error:
            if NO_LUN in error.cause:
                return None
            raise
        return next(iter(self._read(answers.luns, said)), None)

    async def ports(self) -> list[ArrayPort]:
        return self._read(answers.ports, await self._cli.ask("connection", "-getport", "-all"))

    async def create(self, number: int, name: str, pool: str, size: int, *, thin: bool) -> None:
        kind = "Thin" if thin else "NonThin"
        capacity = ("-capacity", str(size // BLOCK), "-sq", "bc")
        which = ("-poolName", pool, "-l", str(number), "-name", name)
        await self._cli.tell("lun", "-create", "-type", kind, *capacity, *which)

    async def expand(self, number: int, size: int) -> None:
        capacity = ("-capacity", str(size // BLOCK), "-sq", "bc")
        await self._cli.tell("lun", "-expand", "-l", str(number), *capacity, "-o")

    async def delete(self, number: int) -> None:
        await self._cli.tell("lun", "-destroy", "-l", str(number), "-destroySnapshots", "-o")

    async def group(self, name: str) -> ArrayGroup | None:
        try:
            said = await self._cli.ask("storagegroup", "-list", "-gname", name, "-host")
        except Failed as error:
            if NO_GROUP in error.cause:
                return None
            raise
        return next(iter(self._read(answers.groups, said)), None)

    async def groups(self) -> list[ArrayGroup]:
        return self._read(answers.groups, await self._cli.ask("storagegroup", "-list", "-host"))

    async def create_group(self, name: str) -> None:
        await self._cli.tell("storagegroup", "-create", "-gname", name)

    async def delete_group(self, name: str) -> None:
        found = await self.group(name)
        if found and found.luns:
            raise Failed("delete the group", f"storage group {name} still shows LUNs")
        for initiator in sorted({path[0] for path in found.paths} if found else ()):
            await self.deregister(initiator)
        await self._cli.tell("storagegroup", "-destroy", "-gname", name, "-o")

    async def register(self, group: str, host: ArrayHost) -> None:
        who = ("-gname", group, "-hbauid", host.initiator, "-host", host.name, *_ip(host.address))
        how = ("-type", "3", "-arraycommpath", "1", "-failovermode", "4")
        for port in await self.ports():
            where = ("-sp", port.sp.lower(), "-spport", str(port.number))
            await self._cli.tell("storagegroup", "-setpath", *who, *where, *how, "-o")

    async def deregister(self, initiator: str) -> None:
        try:
            await self._cli.tell("port", "-removeHBA", "-hbauid", initiator, "-o")
        except Failed as error:
            if NO_HBA not in error.cause:
                raise

    async def map(self, group: str, number: int, hlu: int) -> None:
        what = ("-hlu", str(hlu), "-alu", str(number))
        await self._cli.tell("storagegroup", "-addhlu", "-gname", group, *what, "-o")

    async def unmap(self, group: str, hlu: int) -> None:
        await self._cli.tell("storagegroup", "-removehlu", "-gname", group, "-hlu", str(hlu), "-o")

    async def snapshots(self, number: int) -> list[str]:
        said = await self._cli.ask("snap", "-list", "-res", str(number))
        return [labels["Name"] for labels in answers.blocks(said, "Name")]

    async def all_snapshots(self) -> list[ArraySnapshot]:
        """An array without one of the two does not know its words: then there are none."""
        found: list[ArraySnapshot] = []
        with suppress(Failed):
            sessions = await self._cli.ask("snapview", "-listsessions")
            shown = await self._cli.ask("snapview", "-listsnapshots")
            found += self._read(lambda said: answers.sessions(said, shown), sessions)
        with suppress(Failed):
            said = await self._cli.ask("snap", "-list", "-detail")
            found += self._read(answers.snapshots, said)
        return found

    async def mirrors(self) -> list[ArrayMirror]:
        """An array without one of the two kinds does not know its words."""
        found: list[ArrayMirror] = []
        for kind in MirrorKind:
            with suppress(Failed):
                said = await self._cli.ask("mirror", f"-{kind}", "-list")
                found += self._read(partial(answers_work.mirrors, kind=kind), said)
        return sorted(found, key=lambda one: (one.kind, one.name))

    async def migrations(self) -> list[ArrayMigration]:
        return self._read(answers_work.migrations, await self._cli.ask("migrate", "-list"))

    async def qos(self) -> ArrayQos:
        """An array without it does not know the word."""
        try:
            classes = await self._cli.ask("nqm", "-ioclass", "-list")
            policies = await self._cli.ask("nqm", "-policy", "-list")
        except Failed:
            return ArrayQos()
        return self._read(lambda said: answers_work.qos(said, policies), classes)

    async def counters(self) -> list[LunCounters]:
        return self._read(answers_work.counters, await self._cli.ask("getlun"))

    async def snapshot(self, number: int, name: str) -> None:
        await self._cli.tell("snap", "-create", "-res", str(number), "-name", name)

    async def delete_snapshot(self, name: str) -> None:
        await self._cli.tell("snap", "-destroy", "-id", name, "-o")

    def _read(self, read: Callable[[str], T], said: str) -> T:
        """Raises ``Unknown`` for an answer that is none."""
        try:
            return read(said)
        except (KeyError, ValueError) as error:
            raise Unknown("naviseccli", f"its answer cannot be read: {error}") from error


def _ip(address: str) -> tuple[str, ...]:
    """A host may be known by a name, which arrays do not take here."""
    try:
        return ("-ip", str(ipaddress.ip_address(address)))
    except ValueError:
        return ()
