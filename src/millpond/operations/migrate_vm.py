"""Move a VM to another server of its pool: live, or by saving and restoring its memory."""

from pydantic import Field

from millpond.domain.errors import Failed, Refused, Unknown
from millpond.domain.job import Observation
from millpond.domain.migration import MigrationOptions, check_guest, check_target
from millpond.domain.names import Id, Name, new_id
from millpond.domain.placement import Candidate, Placement, place
from millpond.domain.pool import PoolDocument
from millpond.domain.vm import Power, VmDocument, Wanted
from millpond.operations.admitting import FORCE, admit, room_check, running_on
from millpond.operations.base import Context, Step, seen
from millpond.operations.placing import candidates, inventories, placed_step
from millpond.operations.resume_vm import resume_steps
from millpond.operations.suspend_vm import check_memory_room, suspend_steps
from millpond.operations.vms import (
    Vm,
    VmOperation,
    VmPlan,
    VmSpec,
    find_for,
    follow,
    plan_where_found,
)
from millpond.ports.world import World


class VmMigrateSpec(VmSpec):
    to: Name | None = Field(default=None, description="Target server; left out, one is chosen")
    live: bool = Field(default=True, description="False: save the memory, restore it there")
    options: MigrationOptions = MigrationOptions()
    force: bool = Field(default=False, description=FORCE)


class VmMigratePlan(VmPlan):
    """``servers`` is source, then target. ``run`` is the guest's next run if it is not live."""

    placement: Placement
    run: Id


async def _check_member(world: World, pool: PoolDocument, to: str) -> None:
    """A target outside the pool is refused for what it is."""
    if not any(to in (m.id, m.name) for m in pool.members):
        server = await world.server(to)
        raise Refused(
            "migration.other_pool",
            f"server {server.name}",
            f"it is not a member of pool {pool.name}",
            f"choose a member, or add it: millpond pool add-server {pool.name} {server.name}",
        )


def _others(everyone: list[Candidate], source: str) -> list[Candidate]:
    return [c for c in everyone if c.id != source]


class MigrateVm(VmOperation[VmMigrateSpec, VmMigratePlan]):
    kind = "vm.migrate"
    summary = "Move a VM to another server of its pool"
    spec_type = VmMigrateSpec
    plan_type = VmMigratePlan

    async def plan(self, world: World, spec: VmMigrateSpec) -> VmMigratePlan:
        found = await find_for(world, spec.vm, self.kind)
        if found.guest is not None:
            check_guest(found.guest)
        if not spec.live and found.power is Power.PAUSED:
            name = found.document.config.name
            raise Refused(
                "vm.state",
                f"vm {name}",
                "it is paused, and restoring its memory would let it run",
                f"unpause it first, or migrate it live: millpond vm migrate {name} --live",
            )
        on = plan_where_found(found)
        pool, config, source = found.pool, on.before.config, on.servers[0]
        if spec.to is not None:
            await _check_member(world, pool, spec.to)
        known = await inventories(world, pool)
        everyone = await candidates(world, pool, known, config.id)
        named = [c for c in everyone if spec.to in (c.id, c.name)]
        here, there = known[source], known[named[0].id] if named else None
        if here is not None and there is not None:
            check_target(config, here, there, named[0].free)
        elif named and named[0].id == source:
            raise Refused(
                "migration.same_server",
                f"vm {config.name}",
                f"it already is on {named[0].name}",
                "name another server with --to, or leave --to out",
            )
        able, where = _others(everyone, source), on.before.repository
        placement = place(config, able, spec.to, pool.ha.rules, where)
        target = known[placement.server]
        if here is not None and target is not None:
            check_target(
                config, here, target, next(c for c in everyone if c.id == placement.server).free
            )
        if not spec.live:
            await check_memory_room(world, pool, on.before)
        if not spec.force:
            moved = running_on(on.before, placement.server)
            await admit(world, f"vm {config.name}", pool, pool, [moved], known)
        return VmMigratePlan(
            pool=pool.id,
            before=on.before,
            servers=(source, placement.server),
            placement=placement,
            run=new_id(),
        )

    def steps(self, world: World, spec: VmMigrateSpec, plan: VmMigratePlan) -> list[Step]:
        vm = plan.at_work(world)
        source, target = plan.servers
        if not spec.live:
            before, where = plan.before, plan.placement
            off = {"wanted": Wanted.SUSPENDED, "placed_on": None, "run": None}
            saved = before.model_copy(update=off)
            return [
                *suspend_steps(vm, before, source),
                *resume_steps(vm, before, saved, where, plan.run, force=spec.force),
            ]
        check_room = None if spec.force else room_check(vm, plan.before)
        return [
            placed_step(
                vm, "announce", plan.before, plan.placement, check_room, migrating_to=target
            ),
            _move_step(vm, plan.before, source, target, spec.options),
            vm.record_step("record", plan.before, placed_on=target, migrating_to=None),
        ]


def _move_step(
    vm: Vm, before: VmDocument, source: str, target: str, options: MigrationOptions
) -> Step:
    """The hand-over. In the middle of it neither server claims the guest: that is UNKNOWN, and the
    answer is to look again, unless the pool has started it anew since. A dead server claims nothing."""

    async def claimed(server: str) -> tuple[bool, bool]:
        """Whether the run that moves is there, and whether the server is dead."""
        try:
            guest = await vm.guest(server)
        except Unknown:
            await check_run()
            if not await vm.is_dead(server):
                raise
            return False, True
        return guest is not None and guest.run == before.run, False

    async def check_run() -> None:
        document = await vm.read()
        if document is None or document.run != before.run:
            raise Failed("migrate", "the guest ended, and the pool has taken care of its VM since")

    async def observe() -> Observation:
        (there, lost), (here, _) = await claimed(target), await claimed(source)
        if there == here:
            await check_run()
            return Observation.UNKNOWN
        if here and lost:
            raise Failed("migrate", "the target died, and the guest stays on its source")
        return seen(there)

    async def act(ctx: Context) -> None:
        pool = await vm.pool()
        agent = await vm.agent(source)
        await (await vm.agent(target)).hypervisor.accept_migration(
            await vm.guest_spec(before.run or vm.id)
        )
        limited = (
            options
            if options.bandwidth
            else options.model_copy(update={"bandwidth": pool.bandwidth})
        )
        task = f"{ctx.job}/migrate"
        address = pool.member(target).address
        state = await follow(
            agent, task, lambda: agent.hypervisor.migrate(task, vm.id, address, limited), ctx
        )
        await ctx.result(dict(state.result))
        if await vm.guest(target) is None:
            raise Failed("migrate", "the guest is not on the target after its migration")
        await vm.world.touch(pool, vm.id)

    return Step("move", observe, act, point_of_no_return=True)
