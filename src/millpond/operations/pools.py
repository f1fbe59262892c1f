"""What pool operations share: their plan, and steps on the pool's record and its members."""

from typing import Any, TypeVar

from pydantic import Field

from millpond.domain.errors import Failed, Refused
from millpond.domain.job import Lock, Observation
from millpond.domain.names import Name
from millpond.domain.permissions import Permission
from millpond.domain.pool import BridgeSpec, Member, PoolDocument
from millpond.domain.server import Membership
from millpond.domain.vm import Model
from millpond.operations.base import Context, Operation, Step, seen
from millpond.ports.agent import Agent
from millpond.ports.world import World


class PoolSpec(Model):
    """A request about one pool, by name or id."""

    pool: Name = Field(description="Name or id of the pool", examples=["pool1"])


class PoolPlan(Model):
    """The pool's record as it was and as it shall be (``generation`` aside)."""

    before: PoolDocument
    after: PoolDocument


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


def membership_of(pool: PoolDocument) -> Membership:
    """What every member remembers of the pool."""
    return Membership(
        pool=pool.id,
        pool_name=pool.name,
        master=pool.master.id,
        master_address=pool.master.address,
        cluster_root=pool.cluster_root,
    )


def direct(world: World, member: Member) -> Agent:
    """A member addressed directly: needed while it is joining, leaving or becoming master."""
    return world.direct(member.address, member.port, member.id)


def record_step(world: World, before: PoolDocument, after: PoolDocument) -> Step:
    """Bring the pool's record from ``before`` to ``after``, through the master of ``before``."""

    async def read() -> PoolDocument | None:
        return await direct(world, before.master).records.pool(before.cluster_root)

    async def put(wanted: PoolDocument) -> None:
        now = await read()
        if now is None:
            raise Failed("record", "the pool's record is gone")
        changed = wanted.model_copy(update={"generation": now.generation + 1})
        await direct(world, before.master).records.put_pool(changed)
        await world.remember(changed)

    async def observe() -> Observation:
        now = await read()
        return seen(now is not None and same(now, after))

    async def act(_: Context) -> None:
        await put(after)

    async def undo() -> None:
        now = await read()
        if now is not None and not same(now, before):
            await put(before)

    return Step("record", observe, act, undo)


def same(one: PoolDocument, other: PoolDocument) -> bool:
    """Alike but for the generation."""
    return one.model_copy(update={"generation": 1}) == other.model_copy(update={"generation": 1})


def join_step(
    world: World, member: Member, pool: PoolDocument, before: PoolDocument | None = None
) -> Step:
    """Tell a server of its pool, or of what changed since ``before`` (name, master)."""
    wanted = membership_of(pool)

    async def observe() -> Observation:
        return seen(await direct(world, member).server.membership() == wanted)

    async def act(_: Context) -> None:
        await direct(world, member).server.join(wanted)

    async def undo() -> None:
        server = direct(world, member).server
        if before is None:
            await server.leave(pool.id)
        else:
            await server.join(membership_of(before))

    return Step(f"join {member.name}", observe, act, undo)


def leave_step(world: World, member: Member, pool: PoolDocument) -> Step:
    """Let a server forget its pool."""

    async def observe() -> Observation:
        return seen(await direct(world, member).server.membership() is None)

    async def act(_: Context) -> None:
        await direct(world, member).server.leave(pool.id)

    async def undo() -> None:
        await direct(world, member).server.join(membership_of(pool))

    return Step(f"leave {member.name}", observe, act, undo)


def bridge_step(world: World, member: Member, spec: BridgeSpec) -> Step:
    """Make a bridge on one member; undone by deleting it, so use it only where it is absent."""

    async def observe() -> Observation:
        return seen(any(b.name == spec.name for b in await direct(world, member).bridges.bridges()))

    async def act(_: Context) -> None:
        await direct(world, member).bridges.create(spec)

    async def undo() -> None:
        await direct(world, member).bridges.delete(spec.name)

    return Step(f"bridge {spec.name} on {member.name}", observe, act, undo)


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


async def check_free_pool_name(world: World, name: str, own: str | None = None) -> None:
    """Refuse a pool name that another pool than ``own`` (its id) has."""
    if any(p.name == name and p.id != own for p in await world.pools()):
        raise Refused("object.exists", f"pool {name}", "the name is taken", "choose another")


def changed(pool: PoolDocument, **fields: Any) -> PoolPlan:
    """The plan that changes these fields of a pool's record."""
    return PoolPlan(before=pool, after=pool.model_copy(update=fields))
