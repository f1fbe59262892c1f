"""Start a VM: choose a server, record the choice, start the guest there."""

from collections.abc import Awaitable, Callable

from pydantic import Field

from millpond.domain.errors import Refused
from millpond.domain.job import Observation
from millpond.domain.names import Id, Name, new_id
from millpond.domain.placement import Placement
from millpond.domain.vm import Guest, VmDocument, Wanted
from millpond.operations.admitting import FORCE, choose, room_check, survey
from millpond.operations.base import Context, Step, seen
from millpond.operations.placing import keep_claim, placed_step
from millpond.operations.vms import Vm, VmOperation, VmPlan, VmSpec, find_for
from millpond.ports.world import World


class VmStartSpec(VmSpec):
    on: Name | None = Field(default=None, description="Start on this server and no other")
    force: bool = Field(default=False, description=FORCE)


class VmStartPlan(VmPlan):
    placement: Placement
    run: Id


def start_steps(
    vm: Vm, before: VmDocument, placement: Placement, run: str, *, force: bool
) -> list[Step]:
    """Record where the guest will be, then start it there: never the other way round, so that a
    guest runs nowhere but where its record says."""
    check_room = None if force else room_check(vm, before)
    claim = placed_step(vm, "place", before, placement, check_room, **placed(placement, run))
    return [claim, boot_step(vm, claim, placement.server, run)]


def placed(placement: Placement, run: str) -> dict[str, object]:
    """What the record of a VM that is to run says."""
    return {"placed_on": placement.server, "wanted": Wanted.ON, "run": run}


def boot_step(vm: Vm, claim: Step, server: str, run: str) -> Step:
    """Start the guest where its record says, since ``claim``."""

    async def observe() -> Observation:
        guest = await vm.guest(server)
        return seen(guest is not None and guest.run == run)

    async def act(ctx: Context) -> Observation:
        await keep_claim(vm, claim, server, run, ctx)
        spec = await vm.guest_spec(run)
        guest = await under_lease(vm, lambda: vm.start(server, spec))
        return seen(guest.run == run)

    async def undo() -> None:
        hypervisor = (await vm.agent(server)).hypervisor
        runs = [c.run for c in await hypervisor.coming() if c.vm == vm.id]
        if (guest := await vm.guest(server)) is not None:
            runs.append(guest.run)
        if run in runs:
            await hypervisor.destroy(vm.id)

    return Step("start", observe, act, undo)


async def under_lease(vm: Vm, start: Callable[[], Awaitable[Guest]]) -> Guest:
    """``start`` a guest. A VM that has no lease yet gets one; a lease that another server holds is
    refused with that server's name."""
    try:
        return await start()
    except Refused as refused:
        pool = await vm.pool()
        if refused.code == "lease.lockspace":
            await vm.world.master(pool).leases.create(await vm.root(), pool.id, vm.id)
            return await start()
        holder = refused.details.get("host_id") if refused.code == "lease.held" else None
        for member in pool.members:
            if member.host_id == holder:
                raise Refused(
                    refused.code,
                    refused.subject,
                    f"{refused.message} ({member.name})",
                    refused.fix,
                    refused.details,
                ) from refused
        raise


async def start_plan(world: World, spec: VmStartSpec, operation: str) -> VmStartPlan:
    """A server for a VM that has none, and a name for its next run."""
    found = await find_for(world, spec.vm, operation)
    around = await survey(world, found.pool, spec.on, force=spec.force)
    placement = choose(found.pool, found.document, spec.on, around, force=spec.force)
    return VmStartPlan(
        pool=found.pool.id,
        before=found.document,
        servers=(placement.server,),
        placement=placement,
        run=new_id(),
    )


class StartVm(VmOperation[VmStartSpec, VmStartPlan]):
    kind = "vm.start"
    summary = "Start a VM on the server that suits it best"
    spec_type = VmStartSpec
    plan_type = VmStartPlan

    async def plan(self, world: World, spec: VmStartSpec) -> VmStartPlan:
        return await start_plan(world, spec, self.kind)

    def steps(self, world: World, spec: VmStartSpec, plan: VmStartPlan) -> list[Step]:
        vm = plan.at_work(world)
        return start_steps(vm, plan.before, plan.placement, plan.run, force=spec.force)
