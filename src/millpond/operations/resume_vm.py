"""Resume a suspended VM, on any server."""

from millpond.domain.job import Observation
from millpond.domain.layout import suspend_image
from millpond.domain.placement import Placement
from millpond.domain.vm import VmDocument
from millpond.operations.admitting import room_check
from millpond.operations.base import Context, Step, seen
from millpond.operations.placing import keep_claim, placed_step
from millpond.operations.start_vm import VmStartPlan, VmStartSpec, placed, start_plan, under_lease
from millpond.operations.vms import Vm, VmOperation
from millpond.ports.agent import Agent
from millpond.ports.world import World


class VmResumeSpec(VmStartSpec):
    pass


def discard_step(vm: Vm, server: str | None) -> Step:
    """Remove the saved memory, through ``server`` or else the pool master."""

    async def where() -> tuple[Agent, str]:
        pool = await vm.pool()
        return vm.world.agent(pool, server or pool.master.id), suspend_image(await vm.directory())

    async def observe() -> Observation:
        agent, path = await where()
        return seen(await agent.disks.size(path) is None)

    async def act(_: Context) -> None:
        agent, path = await where()
        await agent.disks.remove(path)

    return Step("discard memory", observe, act)


def resume_steps(
    vm: Vm, before: VmDocument, saved: VmDocument, placement: Placement, run: str, *, force: bool
) -> list[Step]:
    """Record the server, restore the memory there, and only then remove the file. ``saved`` is the
    record of the suspended VM, ``before`` what it was when the request was accepted."""
    server = placement.server
    check_room = None if force else room_check(vm, before)
    claim = placed_step(vm, "place", saved, placement, check_room, **placed(placement, run))

    async def observe() -> Observation:
        guest = await vm.guest(server)
        return seen(guest is not None and guest.run == run)

    async def act(ctx: Context) -> None:
        await keep_claim(vm, claim, server, run, ctx)
        agent, spec = await vm.agent(server), await vm.guest_spec(run)
        path = suspend_image(await vm.directory())
        await under_lease(vm, lambda: agent.hypervisor.restore(spec, path))
        await vm.world.touch(await vm.pool(), vm.id)

    return [
        claim,
        Step("restore", observe, act, point_of_no_return=True),
        discard_step(vm, server),
    ]


class ResumeVm(VmOperation[VmResumeSpec, VmStartPlan]):
    kind = "vm.resume"
    summary = "Bring a suspended VM back where it left off"
    spec_type = VmResumeSpec
    plan_type = VmStartPlan

    async def plan(self, world: World, spec: VmResumeSpec) -> VmStartPlan:
        return await start_plan(world, spec, self.kind)

    def steps(self, world: World, spec: VmResumeSpec, plan: VmStartPlan) -> list[Step]:
        vm = plan.at_work(world)
        before, where = plan.before, plan.placement
        return resume_steps(vm, before, before, where, plan.run, force=spec.force)
