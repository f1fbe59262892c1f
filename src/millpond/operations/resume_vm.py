"""Resume a suspended VM, on any server."""

from contextlib import suppress
from dataclasses import replace

from millpond.domain.errors import Unknown
from millpond.domain.job import Observation
from millpond.domain.layout import suspend_image
from millpond.domain.placement import Placement
from millpond.domain.vm import Power, VmDocument
from millpond.operations.admitting import room_check
from millpond.operations.base import Context, Step, seen
from millpond.operations.placing import keep_claim, placed_step
from millpond.operations.start_vm import VmStartPlan, VmStartSpec, placed, start_plan, under_lease
from millpond.operations.vms import Vm, VmOperation
from millpond.ports.world import World


class VmResumeSpec(VmStartSpec):
    pass


def resume_steps(
    vm: Vm, before: VmDocument, saved: VmDocument, placement: Placement, run: str, *, force: bool
) -> list[Step]:
    """Record the server, then restore the memory there. ``saved`` is the record of the suspended VM,
    ``before`` what it was when the request was accepted."""
    server = placement.server
    check_room = None if force else room_check(vm, before)
    claim = placed_step(vm, "place", saved, placement, check_room, **placed(placement, run))

    async def here() -> Power | None:
        """How the guest of this run is on the server."""
        guest = await vm.guest(server)
        return guest.power if guest is not None and guest.run == run else None

    async def withdraw() -> None:
        """Unless the guest is there for good, and its record is right."""
        with suppress(Unknown):  # out of reach, so nothing has begun there: see ``undo``
            if await here() is not None:
                return
        await claim.undo()

    async def observe() -> Observation:
        return seen(await here() is Power.RUNNING)

    async def act(ctx: Context) -> Observation:
        await keep_claim(vm, claim, server, run, ctx)
        agent, spec = await vm.agent(server), await vm.guest_spec(run)
        guest = await under_lease(vm, lambda: agent.hypervisor.restore(spec))
        await vm.world.touch(await vm.pool(), vm.id)
        return seen(guest.run == run)

    async def undo() -> None:
        """End what has not run yet, as long as its memory is still in its file too."""
        agent = await vm.agent(server)
        if any((c.vm, c.run) == (vm.id, run) for c in await agent.hypervisor.coming()):
            raise Unknown("restore", "its memory is still being loaded")
        if await here() is not Power.PAUSED:
            return
        if await agent.disks.size(suspend_image(await vm.directory())) is not None:
            await agent.hypervisor.destroy(vm.id)

    return [
        replace(claim, undo=withdraw),
        Step("restore", observe, act, undo, point_of_no_return=True),
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
