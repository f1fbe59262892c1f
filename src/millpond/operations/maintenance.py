"""Put a server into maintenance (its guests move away first), and end that."""

from typing import TypeVar

from pydantic import Field

from millpond.domain.errors import Refused
from millpond.domain.job import Lock, Mode, Observation, Progress
from millpond.domain.names import Id, Name
from millpond.domain.permissions import Permission
from millpond.domain.placement import Candidate, place
from millpond.domain.pool import PoolDocument
from millpond.domain.vm import Model, VmDocument
from millpond.operations.admitting import FORCE, admit
from millpond.operations.base import Context, Operation, Step, admitted, seen
from millpond.operations.children import in_turn
from millpond.operations.migrate_vm import VmMigrateSpec
from millpond.operations.placing import Inventories, candidates, inventories
from millpond.operations.pools import adjust_step
from millpond.ports.world import World


class ServerSpec(Model):
    server: Name = Field(description="Name or id of the server", examples=["srv2"])


class EvacuateSpec(ServerSpec):
    force: bool = Field(default=False, description=FORCE)


class MaintenancePlan(Model):
    """``vms`` (ids) are on the server when the request is accepted; ``slots`` of them move at
    once. ``blocked``: it was in maintenance already."""

    pool: Id
    server: Id
    slots: int
    vms: tuple[Id, ...] = ()
    blocked: bool = False


S = TypeVar("S", bound=ServerSpec)
P = TypeVar("P", bound=MaintenancePlan)


class ServerOperation(Operation[S, P]):
    """An operation on one member: it holds the server alone and shares the pool."""

    permission = Permission.SERVER_MANAGE

    def locks(self, spec: S, plan: P) -> list[Lock]:
        return [
            Lock(object=f"pool:{plan.pool}", mode=Mode.SHARED),
            Lock(object=f"server:{plan.server}"),
            *(Lock(object=f"vm:{vm}") for vm in plan.vms),
        ]

    def subject(self, spec: S, plan: P) -> str:
        return f"server:{plan.server}"


async def _pool_of(world: World, key: str) -> tuple[PoolDocument, str]:
    server = await world.server(key)
    if server.pool is None:
        raise Refused(
            "server.not_in_pool", f"server {server.name}", "it is in no pool", "add it to one first"
        )
    return await world.pool(server.pool), server.id


def _flagged(pool: PoolDocument, server: str, *, maintenance: bool) -> PoolDocument:
    return pool.model_copy(
        update={
            "members": tuple(
                m.model_copy(update={"maintenance": maintenance}) if m.id == server else m
                for m in pool.members
            )
        }
    )


def flag_step(world: World, plan: MaintenancePlan, *, maintenance: bool) -> Step:
    """Set the server's flag; undone to what it was."""
    return adjust_step(
        world,
        plan.pool,
        "block" if maintenance else "unblock",
        lambda now: _flagged(now, plan.server, maintenance=maintenance),
        lambda now: _flagged(now, plan.server, maintenance=plan.blocked),
    )


def block_step(world: World, spec: EvacuateSpec, plan: MaintenancePlan) -> Step:
    """Place no more guests there; refused if what was planned beside it has taken the room."""

    async def check() -> None:
        blocked = await world.pool(plan.pool)
        before = _flagged(blocked, plan.server, maintenance=plan.blocked)
        guests = [
            d
            for d in await world.vms(blocked)
            if d.config.id in plan.vms and d.placed_on == plan.server
        ]
        await _check_room(world, before, blocked, plan.server, guests, force=spec.force)

    return admitted(flag_step(world, plan, maintenance=True), check)


async def _check_room(
    world: World,
    pool: PoolDocument,
    blocked: PoolDocument,
    server: str,
    guests: list[VmDocument],
    *,
    force: bool,
) -> None:
    """Raises ``Refused``: ``placement.none`` if the others lack room for the guests,
    ``ha.admission`` if too little would be left (but not with ``force``)."""
    known = await inventories(world, pool)
    moved = await _spread(world, blocked, known, guests)
    if not force:
        await admit(world, f"server {pool.member(server).name}", pool, blocked, moved, known)


async def _spread(
    world: World, pool: PoolDocument, known: Inventories, guests: list[VmDocument]
) -> list[VmDocument]:
    """Every guest must find a place once the server is blocked; raises ``placement.none``. Their
    records as they may be then: each move chooses anew."""
    everyone = await candidates(world, pool, known)
    moved = []
    for guest in sorted(guests, key=lambda d: -d.config.max_memory):
        chosen = place(
            guest.config, everyone, rules=pool.ha.rules, repository=guest.repository
        ).server
        everyone = [_taken(c, guest) if c.id == chosen else c for c in everyone]
        moved.append(guest.model_copy(update={"placed_on": chosen, "migrating_to": None}))
    return moved


def _taken(candidate: Candidate, guest: VmDocument) -> Candidate:
    return candidate.model_copy(
        update={
            "committed": candidate.committed + guest.config.max_memory,
            "vms": candidate.vms | {guest.config.name},
        }
    )


async def evacuation(world: World, spec: EvacuateSpec) -> tuple[PoolDocument, MaintenancePlan]:
    """The plan to empty a server. Raises what ``_check_room`` raises."""
    pool, server = await _pool_of(world, spec.server)
    here = {g.id for g in await world.agent(pool, server).hypervisor.guests()}
    guests = [d for d in await world.vms(pool) if d.config.id in here]
    blocked = _flagged(pool, server, maintenance=True)
    await _check_room(world, pool, blocked, server, guests, force=spec.force)
    plan = MaintenancePlan(
        pool=pool.id,
        server=server,
        slots=pool.migrations,
        vms=tuple(sorted(d.config.id for d in guests)),
        blocked=pool.member(server).maintenance,
    )
    return pool, plan


class EnterMaintenance(ServerOperation[EvacuateSpec, MaintenancePlan]):
    kind = "server.maintenance"
    summary = "Move all guests off a server and place none there"
    spec_type = EvacuateSpec
    plan_type = MaintenancePlan

    async def plan(self, world: World, spec: EvacuateSpec) -> MaintenancePlan:
        _, plan = await evacuation(world, spec)
        return plan

    def steps(self, world: World, spec: EvacuateSpec, plan: MaintenancePlan) -> list[Step]:
        return [block_step(world, spec, plan), evacuate_step(world, plan)]


def evacuate_step(world: World, plan: MaintenancePlan) -> Step:
    """One child job per guest, a few at a time; a resumed step finds the children it had."""

    async def left() -> list[str]:
        """Those still here, by the server's word or by their record: a move is over when both
        agree, not when the guest has gone."""
        pool = await world.pool(plan.pool)
        guests = await world.agent(pool, plan.server).hypervisor.guests()
        here = {g.id for g in guests} | {
            d.config.id
            for d in await world.vms(pool)
            if d.placed_on == plan.server or d.migrating_to is not None
        }
        return sorted(here & set(plan.vms))

    async def observe() -> Observation:
        return seen(not await left())

    async def act(ctx: Context) -> None:
        async def move(vm: str) -> None:
            spec = VmMigrateSpec(vm=vm, force=True)  # admitted as a whole already
            await world.wait(await world.submit("vm.migrate", spec, f"{ctx.job}/{vm}"))
            gone = len(plan.vms) - len(await left())
            await ctx.report(
                Progress(percent=100 * gone / len(plan.vms), done=gone, total=len(plan.vms))
            )

        await in_turn(await left(), move, plan.slots, ctx)

    return Step("evacuate", observe, act)


class Activate(ServerOperation[ServerSpec, MaintenancePlan]):
    kind = "server.activate"
    summary = "End a server's maintenance"
    spec_type = ServerSpec
    plan_type = MaintenancePlan

    async def plan(self, world: World, spec: ServerSpec) -> MaintenancePlan:
        pool, server = await _pool_of(world, spec.server)
        return MaintenancePlan(
            pool=pool.id,
            server=server,
            slots=pool.migrations,
            blocked=pool.member(server).maintenance,
        )

    def steps(self, world: World, spec: ServerSpec, plan: MaintenancePlan) -> list[Step]:
        return [flag_step(world, plan, maintenance=False)]
