"""What pool operations share: their plan, and steps on the pool's record and its members."""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

from pydantic import Field

from millpond.domain.errors import Failed, Refused, Unknown
from millpond.domain.ha.pulse import Pulse
from millpond.domain.job import Lock, Observation, Progress
from millpond.domain.names import Name
from millpond.domain.permissions import Permission
from millpond.domain.pool import BridgeSpec, Member, PoolDocument
from millpond.domain.server import Membership, Role
from millpond.domain.timing import timing_for
from millpond.domain.vm import Model
from millpond.operations.base import Cancelled, Context, Operation, Step, seen
from millpond.ports.agent import Agent
from millpond.ports.records import Records
from millpond.ports.world import World


class PoolSpec(Model):
    """A request about one pool, by name or id."""

    pool: Name = Field(description="Name or id of the pool", examples=["pool1"])


class PoolPlan(Model):
    """The pool's record as it was and as it shall be (``generation`` aside)."""

    before: PoolDocument
    after: PoolDocument


class MissingBridge(Model):
    server: str
    bridge: BridgeSpec


S = TypeVar("S", bound=Model)
P = TypeVar("P", bound=PoolPlan)


class PoolOperation(Operation[S, P]):
    """An operation on one pool's record: it holds the pool alone, and the members that come, go
    or change."""

    permission = Permission.POOL_MANAGE

    def locks(self, spec: S, plan: P) -> list[Lock]:
        before = {m.id: m for m in plan.before.members}
        after = {m.id: m for m in plan.after.members}
        changed = sorted(i for i in before.keys() | after.keys() if before.get(i) != after.get(i))
        return [
            Lock(object=f"pool:{plan.after.id}"),
            *(Lock(object=f"server:{i}") for i in changed),
        ]

    def subject(self, spec: S, plan: P) -> str:
        return f"pool:{plan.after.id}"


def membership_of(pool: PoolDocument, member: Member) -> Membership:
    """What ``member`` remembers of the pool."""
    return Membership(
        pool=pool.id,
        pool_name=pool.name,
        master=pool.master.id,
        master_address=pool.master.address,
        cluster_root=pool.cluster_root,
        host_id=member.host_id,
        term=pool.term,
        outage=pool.ha.outage,
        isolation=pool.ha.isolation,
        repositories=pool.repositories_of(member.id),
    )


def direct(world: World, member: Member) -> Agent:
    """A member addressed directly: for while it is joining, leaving or becoming master. All others
    are reached through their master (``World.agent``): it may be the only way to them."""
    return world.direct(member.address, member.port, member.id)


def record_step(world: World, before: PoolDocument, after: PoolDocument) -> Step:
    """Bring the pool's record from ``before`` to ``after``, through the master of ``before``. If
    another server became master by itself meanwhile, the record is left as that one wrote it."""
    ours = (before.term, after.term)

    async def records() -> Records:
        for known in await world.pools():
            if known.id == before.id and known.term > max(ours):
                return direct(world, known.master).records
        return direct(world, before.master).records

    async def read() -> PoolDocument | None:
        return await (await records()).pool(before.cluster_root)

    async def put(wanted: PoolDocument, now: PoolDocument) -> None:
        changed = wanted.model_copy(update={"generation": now.generation + 1})
        await (await records()).put_pool(changed)
        await world.remember(changed)

    async def observe() -> Observation:
        now = await read()
        return seen(now is not None and same(now, after))

    async def act(_: Context) -> None:
        now = await read()
        if now is None:
            raise Failed("record", "the pool's record is gone")
        if now.term not in ours:
            raise Refused(
                "pool.stale",
                f"pool {now.name}",
                f"{now.master.name} has become its master meanwhile",
                "look at the pool, then repeat the request",
            )
        await put(after, now)

    async def undo() -> None:
        now = await read()
        if now is not None and now.term in ours and not same(now, before):
            await put(before, now)

    return Step("record", observe, act, undo)


WRITES = 5
"""Attempts at a record that others write too: jobs that share the pool, and the servers themselves
when one of them becomes master."""


def adjust_step(
    world: World,
    pool: str,
    name: str,
    wanted: Callable[[PoolDocument], PoolDocument],
    back: Callable[[PoolDocument], PoolDocument],
) -> Step:
    """Change some of the record as it is then, whoever else has changed the rest since the plan.
    ``wanted`` and ``back`` change nothing in a record that is as they want it."""

    async def write(change: Callable[[PoolDocument], PoolDocument]) -> None:
        for attempt in range(1, WRITES + 1):
            now = await world.pool(pool)
            after = change(now)
            if not same(now, after):
                after = after.model_copy(update={"generation": now.generation + 1})
                try:
                    await world.master(now).records.put_pool(after)
                except Refused as refused:
                    if refused.code != "pool.stale" or attempt == WRITES:
                        raise
                    continue
            await world.remember(after)
            return

    async def observe() -> Observation:
        now = await world.pool(pool)
        return seen(same(now, wanted(now)))

    async def act(_: Context) -> None:
        await write(wanted)

    async def undo() -> None:
        await write(back)

    return Step(name, observe, act, undo)


def same(one: PoolDocument, other: PoolDocument) -> bool:
    """Alike but for the generation."""
    return one.model_copy(update={"generation": 1}) == other.model_copy(update={"generation": 1})


def join_step(world: World, member: Member, pool: PoolDocument) -> Step:
    """Tell a server of its pool."""
    wanted = membership_of(pool, member)

    async def observe() -> Observation:
        return seen(await direct(world, member).server.membership() == wanted)

    async def act(_: Context) -> None:
        await direct(world, member).server.join(wanted)

    async def undo() -> None:
        await direct(world, member).server.leave(pool.id)

    return Step(f"join {member.name}", observe, act, undo)


NEED_LEASES = frozenset({Role.VM, Role.MASTER})
"""Roles that are nothing without a place in the pool's lockspace."""
_LOOK_AGAIN = 0.5
_JOIN_MORE = 30.0


def lockspace_step(world: World, member: Member, pool: PoolDocument) -> Step:
    """Wait until the server has its host id in the pool's lockspace, which its agent takes by itself
    once it is told of its pool. That takes seconds, or as long as it takes to be sure that a server
    which had the id before and did not leave is dead."""
    patience = timing_for(pool.ha.outage).host_dead + _JOIN_MORE

    async def pulse() -> Pulse | None:
        """None while its part in the pool's high availability is only beginning."""
        try:
            return await direct(world, member).ha.pulse(pool.id, pool.term, pool.master.id)
        except Refused as refused:
            if refused.code != "server.not_in_pool":
                raise
            return None

    async def observe() -> Observation:
        now = await pulse()
        return seen(now is not None and now.generation is not None)

    async def act(ctx: Context) -> None:
        deadline = asyncio.get_running_loop().time() + patience
        while (now := await pulse()) is None or now.generation is None:
            if ctx.cancelled:
                raise Cancelled
            if asyncio.get_running_loop().time() > deadline:
                why = "; ".join(now.problems) if now and now.problems else "it does not say why"
                raise Failed("lockspace", f"{member.name} did not join the pool's lockspace: {why}")
            await ctx.report(Progress(message=f"{member.name} joins the pool's lockspace"))
            await asyncio.sleep(_LOOK_AGAIN)

    return Step(f"lockspace {member.name}", observe, act)


def leave_step(world: World, member: Member, pool: PoolDocument, *, dead: bool = False) -> Step:
    """Let a server forget its pool. One that is known to be ``dead`` need not hear of it."""

    async def observe() -> Observation:
        try:
            return seen(await direct(world, member).server.membership() is None)
        except Unknown:
            if dead:
                return Observation.DONE
            raise

    async def act(_: Context) -> None:
        await direct(world, member).server.leave(pool.id)

    async def undo() -> None:
        await direct(world, member).server.join(membership_of(pool, member))

    return Step(f"leave {member.name}", observe, act, undo)


def bridge_step(reach: Callable[[], Agent], server: str, spec: BridgeSpec) -> Step:
    """Make a bridge on the ``server`` of that name; undone by deleting it, so use it only where it is
    absent."""

    async def observe() -> Observation:
        return seen(any(b.name == spec.name for b in await reach().bridges.bridges()))

    async def act(_: Context) -> None:
        await reach().bridges.create(spec)

    async def undo() -> None:
        await reach().bridges.delete(spec.name)

    return Step(f"bridge {spec.name} on {server}", observe, act, undo)


def new_bridge_steps(
    world: World, pool: PoolDocument, missing: Iterable[MissingBridge]
) -> list[Step]:
    """The bridges that servers lack which are just joining ``pool``."""
    members = [(pool.member(m.server), m.bridge) for m in missing]
    return [bridge_step(partial(direct, world, m), m.name, bridge) for m, bridge in members]


def remember_step(world: World, pool: PoolDocument) -> Step:
    """Tell the manager's cache; last, so that it is never ahead of the world."""
    told = False

    async def observe() -> Observation:
        return seen(told)

    async def act(_: Context) -> None:
        nonlocal told
        await world.remember(pool)
        told = True

    async def undo() -> None:
        await world.forget(pool.id)

    return Step("remember", observe, act, undo)


def read_vms_step(world: World, pool: PoolDocument) -> Step:
    """Tell the manager's cache which VMs the pool has; last, so that who sees the job done sees
    them. It fails nothing: where the records cannot be read now, they are once they can."""
    told = False

    async def observe() -> Observation:
        return seen(told)

    async def act(_: Context) -> None:
        nonlocal told
        with suppress(Refused, Failed):
            await world.touch_all(pool)
        told = True

    return Step("read VMs", observe, act)


async def check_free_pool_name(world: World, name: str, own: str | None = None) -> None:
    """Refuse a pool name that another pool than ``own`` (its id) has."""
    if any(p.name == name and p.id != own for p in await world.pools()):
        raise Refused("object.exists", f"pool {name}", "the name is taken", "choose another")


def changed(pool: PoolDocument, **fields: Any) -> PoolPlan:
    """The plan that changes these fields of a pool's record."""
    return PoolPlan(before=pool, after=pool.model_copy(update=fields))
