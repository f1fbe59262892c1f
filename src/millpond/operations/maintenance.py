"""Put a server into maintenance (its guests move away first), and end that."""

import asyncio

from pydantic import Field

from millpond.domain.errors import Refused
from millpond.domain.job import Lock, Mode, Observation, Progress
from millpond.domain.names import Id, Name
from millpond.domain.permissions import Permission
from millpond.domain.placement import place
from millpond.domain.pool import PoolDocument
from millpond.domain.vm import Model, VmDocument
from millpond.operations.base import Context, Operation, Step, seen
from millpond.operations.migrate_vm import VmMigrateSpec
from millpond.operations.placing import candidates, inventories
from millpond.ports.world import World


class ServerSpec(Model):
    server: Name = Field(description="Name or id of the server", examples=["srv2"])


class MaintenancePlan(Model):
    """``vms`` (ids) are on the server when the request is accepted; ``slots`` of them move at
    once."""

    pool: Id
    server: Id
    slots: int
    vms: tuple[Id, ...] = ()


class ServerOperation(Operation[ServerSpec, MaintenancePlan]):
    """An operation on one member: it holds the server alone and shares the pool."""

    permission = Permission.SERVER_MANAGE
    spec_type = ServerSpec
    plan_type = MaintenancePlan

    def locks(self, spec: ServerSpec, plan: MaintenancePlan) -> list[Lock]:
        return [
            Lock(object=f"pool:{plan.pool}", mode=Mode.SHARED),
            Lock(object=f"server:{plan.server}"),
            *(Lock(object=f"vm:{vm}") for vm in plan.vms),
        ]

    def subject(self, spec: ServerSpec, plan: MaintenancePlan) -> str:
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


def _flag_step(world: World, pool: str, server: str, *, maintenance: bool) -> Step:
    """Set one member's flag. Works on the record as it is, since an evacuation shares the pool
    with other work for as long as it takes."""

    async def write(value: bool) -> None:
        now = await world.pool(pool)
        if now.member(server).maintenance is not value:
            after = _flagged(now, server, maintenance=value).model_copy(
                update={"generation": now.generation + 1}
            )
            await world.master(now).records.put_pool(after)
            await world.remember(after)

    async def observe() -> Observation:
        return seen((await world.pool(pool)).member(server).maintenance is maintenance)

    async def act(_: Context) -> None:
        await write(maintenance)

    async def undo() -> None:
        await write(not maintenance)

    return Step("block" if maintenance else "unblock", observe, act, undo)


async def _check_room(world: World, pool: PoolDocument, guests: list[VmDocument]) -> None:
    """Every guest must find a place once the server is blocked; raises ``placement.none``."""
    known = await inventories(world, pool)
    everyone = await candidates(world, pool, known)
    for guest in sorted(guests, key=lambda d: -d.config.max_memory):
        chosen = place(guest.config, everyone).server
        everyone = [
            c.model_copy(update={"committed": c.committed + guest.config.max_memory})
            if c.id == chosen
            else c
            for c in everyone
        ]


class EnterMaintenance(ServerOperation):
    kind = "server.maintenance"
    summary = "Move all guests off a server and place none there"

    async def plan(self, world: World, spec: ServerSpec) -> MaintenancePlan:
        pool, server = await _pool_of(world, spec.server)
        here = {g.id for g in await world.agent(pool, server).hypervisor.guests()}
        guests = [d for d in await world.vms(pool) if d.config.id in here]
        await _check_room(world, _flagged(pool, server, maintenance=True), guests)
        return MaintenancePlan(
            pool=pool.id,
            server=server,
            slots=pool.migrations,
            vms=tuple(sorted(d.config.id for d in guests)),
        )

    def steps(self, world: World, spec: ServerSpec, plan: MaintenancePlan) -> list[Step]:
        return [
            _flag_step(world, plan.pool, plan.server, maintenance=True),
            _evacuate_step(world, plan),
        ]


def _evacuate_step(world: World, plan: MaintenancePlan) -> Step:
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
        slots = asyncio.Semaphore(plan.slots)

        async def move(vm: str) -> None:
            async with slots:
                spec = VmMigrateSpec(vm=vm)
                await world.wait(await world.submit("vm.migrate", spec, f"{ctx.job}/{vm}"))
                gone = len(plan.vms) - len(await left())
                await ctx.report(
                    Progress(percent=100 * gone / len(plan.vms), done=gone, total=len(plan.vms))
                )

        outcomes = await asyncio.gather(*(move(vm) for vm in await left()), return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome

    return Step("evacuate", observe, act)


class Activate(ServerOperation):
    kind = "server.activate"
    summary = "End a server's maintenance"

    async def plan(self, world: World, spec: ServerSpec) -> MaintenancePlan:
        pool, server = await _pool_of(world, spec.server)
        return MaintenancePlan(pool=pool.id, server=server, slots=pool.migrations)

    def steps(self, world: World, spec: ServerSpec, plan: MaintenancePlan) -> list[Step]:
        return [_flag_step(world, plan.pool, plan.server, maintenance=False)]
