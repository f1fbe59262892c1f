"""What the operations on a pool's LUNs share: who sees them, and the steps that show and take them."""

from collections.abc import Awaitable, Callable, Iterable

from pydantic import Field

from millpond.domain.array import ArrayGroup, ArrayHost, ArrayPort
from millpond.domain.errors import Refused, not_found
from millpond.domain.job import Lock, Observation
from millpond.domain.names import Id, Name
from millpond.domain.pool import Member, PoolDocument
from millpond.domain.pool_lun import LunAnswer, PoolLun
from millpond.domain.vm import Model, VmDocument
from millpond.operations.base import Context, Step, seen
from millpond.operations.pools import PoolSpec
from millpond.operations.records import every_vm
from millpond.ports.agent import Agent
from millpond.ports.array import Array
from millpond.ports.host_luns import HostLuns
from millpond.ports.world import World


class LunHost(Model):
    """A member, as the array shall know it."""

    server: Id
    host: ArrayHost


class LunSpec(PoolSpec):
    """A request about one LUN of a pool."""

    lun: Name = Field(description="Name of the LUN", examples=["data1"])


def lun_of(pool: PoolDocument, name: str) -> PoolLun:
    """Raises ``Refused(request.not_found)``."""
    for lun in pool.luns:
        if lun.name == name:
            return lun
    raise not_found("LUN", name, f"list them with: millpond lun list {pool.name}")


def array_lock(array: str) -> Lock:
    """Numbers of LUNs are chosen by looking which are free."""
    return Lock(object=f"array:{array}")


async def hosts_of(world: World, pool: PoolDocument) -> tuple[LunHost, ...]:
    """The members, as arrays shall know them. Raises ``Unknown`` if one does not answer."""
    found = []
    for member in pool.members:
        host = await host_of(world.agent(pool, member.id), member)
        found.append(LunHost(server=member.id, host=host))
    return tuple(found)


async def host_of(agent: Agent, member: Member) -> ArrayHost:
    initiator = await agent.host_luns.initiator()
    return ArrayHost(name=member.name, address=member.address, initiator=initiator)


def having(vms: Iterable[VmDocument], source: str) -> list[str]:
    """The names of those that have it as a disk, now or in a snapshot."""

    def has(document: VmDocument) -> bool:
        configs = (document.config, *(s.config for s in document.snapshots))
        return any(disk.source == source for config in configs for disk in config.disks)

    return sorted(d.config.name for d in vms if has(d))


async def users_of(world: World, pool: PoolDocument, lun: PoolLun) -> list[str]:
    """The VMs that have it. Raises ``Refused(storage.unavailable)`` while the records of some cannot be
    read."""
    found = await every_vm(world.master(pool).records, pool)
    for away in (r for r in pool.repositories if r.id in found.unread):
        raise Refused(
            "storage.unavailable",
            f"LUN {lun.name}",
            f"a VM in repository {away.name} may have it: {found.unread[away.id]}",
            f"bring that back: millpond repository refresh {pool.name} {away.name}",
        )
    return having(found.vms, lun.source)


async def check_unused(world: World, pool: PoolDocument, lun: PoolLun) -> None:
    """Raises ``Refused(lun.in_use)``."""
    users = await users_of(world, pool, lun)
    if users:
        raise Refused(
            "lun.in_use",
            f"LUN {lun.name}",
            f"{len(users)} VMs have it as a disk, such as {', '.join(users[:3])}",
            f"detach it there: millpond vm disk detach {users[0]} TARGET",
        )


async def has(luns: HostLuns, lun: PoolLun) -> bool:
    """Whether a server has it, however it knows the ways to it."""
    return any(found.uid == lun.uid for found in await luns.attached())


def registered(group: ArrayGroup | None, host: ArrayHost, ports: tuple[ArrayPort, ...]) -> bool:
    """On its way through each of the ports."""
    ways = {(host.initiator, port.sp, port.number) for port in ports}
    return group is not None and ways <= group.paths


def register_step(
    array: Array, group: str, hosts: tuple[LunHost, ...], ports: tuple[ArrayPort, ...]
) -> Step:
    """All at once, for the array is asked once whom it knows. Nothing to take back: who is in a group that shows
    nothing sees nothing, and a group that was made for this goes with its hosts."""

    async def missing() -> list[ArrayHost]:
        found = await array.group(group)
        return [each.host for each in hosts if not registered(found, each.host, ports)]

    async def observe() -> Observation:
        return seen(await missing() == [])

    async def act(_: Context) -> None:
        for host in await missing():
            await array.register(group, host)

    return Step("register", observe, act)


async def shown(array: Array, group: str, number: int, hlu: int) -> bool:
    """Whether the group's hosts see that LUN there."""
    found = await array.group(group)
    return found is not None and found.luns.get(hlu) == number


def map_step(array: Array, group: str, number: int, hlu: int) -> Step:
    async def observe() -> Observation:
        return seen(await shown(array, group, number, hlu))

    async def act(_: Context) -> None:
        await array.map(group, number, hlu)

    async def undo() -> None:
        if await shown(array, group, number, hlu):
            await array.unmap(group, hlu)

    return Step("map", observe, act, undo)


def group_step(array: Array, group: str) -> Step:
    async def observe() -> Observation:
        return seen(await array.group(group) is not None)

    async def act(_: Context) -> None:
        await array.create_group(group)

    async def undo() -> None:
        found = await array.group(group)
        if found is not None and not found.luns:
            await array.delete_group(group)

    return Step("group", observe, act, undo)


def attach_step(
    world: World, pool: PoolDocument, there: LunHost, wanted: Callable[[], Awaitable[PoolLun]]
) -> Step:
    """Have a member take it; undone by having it let go."""

    def luns() -> HostLuns:
        return world.agent(pool, there.server).host_luns

    async def observe() -> Observation:
        lun = await wanted()
        return seen(lun in await luns().attached())

    async def act(_: Context) -> None:
        await luns().attach(await wanted())

    async def undo() -> None:
        await luns().detach(await wanted())

    return Step(f"attach on {there.host.name}", observe, act, undo)


def check_step(
    world: World,
    pool: PoolDocument,
    hosts: tuple[LunHost, ...],
    wanted: Callable[[], Awaitable[PoolLun]],
) -> Step:
    """All of them find the same LUN there, of the same size, whichever way they take: what one takes for another's
    would be overwritten. A way on which nothing answers is lost redundancy, and does not matter here."""
    checked = False

    async def observe() -> Observation:
        return seen(checked)

    async def act(_: Context) -> None:
        nonlocal checked
        lun = await wanted()
        for each in hosts:
            there = await world.agent(pool, each.server).host_luns.seen(lun)
            why = differing(there, lun, each.host.name)
            if why is not None:
                raise why
        checked = True

    return Step("check", observe, act)


def differing(answers: list[LunAnswer], lun: PoolLun, server: str) -> Refused | None:
    """``lun.differs`` if a server finds something else than the LUN in its place, or nothing."""
    found = {(answer.uid, answer.size) for answer in answers}
    if found == {(lun.uid, lun.size)}:
        return None
    what = ", ".join(f"{uid} of {size} bytes" for uid, size in sorted(found)) or "nothing"
    return Refused(
        "lun.differs",
        f"LUN {lun.name}",
        f"it is {lun.uid} of {lun.size} bytes; {server} finds {what} as LUN {lun.hlu}",
        f"check the way from {server} to the array's ports: millpond array ports ARRAY",
    )


def without(pool: PoolDocument, name: str) -> PoolDocument:
    luns = tuple(lun for lun in pool.luns if lun.name != name)
    return pool.model_copy(update={"luns": luns})
