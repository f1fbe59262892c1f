"""Suspend a VM to disk: its memory goes to a file beside its disks, where any server can resume it."""

from dataclasses import replace

from millpond.domain.job import Observation
from millpond.domain.layout import suspend_image
from millpond.domain.pool import PoolDocument
from millpond.domain.vm import VmDocument, Wanted
from millpond.operations.base import Context, Step, seen
from millpond.operations.room import room
from millpond.operations.vms import (
    Vm,
    VmOperation,
    VmPlan,
    VmSpec,
    find_for,
    follow,
    plan_where_found,
)
from millpond.ports.agent import Agent
from millpond.ports.world import World


def suspend_steps(vm: Vm, before: VmDocument, server: str) -> list[Step]:
    """Save the guest's memory on ``server``; the VM is on no server after. That stays, whatever may
    follow: a record that sent it back to a server would have it booted without its memory."""

    async def observe() -> Observation:
        if await vm.guest(server) is not None:
            return Observation.ABSENT
        saved = await (await vm.agent(server)).disks.size(suspend_image(await vm.directory()))
        return seen(saved is not None)

    async def act(ctx: Context) -> None:
        agent = await vm.agent(server)
        path = suspend_image(await vm.directory())
        await agent.disks.remove(path)
        task = f"{ctx.job}/save"
        await follow(agent, task, lambda: agent.hypervisor.save(task, vm.id, path), ctx)

    return [
        vm.record_step("want suspended", before, wanted=Wanted.SUSPENDED),
        Step("save", observe, act, point_of_no_return=True),
        replace(vm.release_step(before), point_of_no_return=True),
    ]


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


async def check_memory_room(world: World, pool: PoolDocument, document: VmDocument) -> None:
    """For the most memory that the guest may have by then. Raises ``Refused(storage.full)``."""
    left = await room(world, pool, document.repository)
    left.check(f"vm {document.config.name}", document.config.max_memory << 20)


class SuspendVm(VmOperation[VmSpec, VmPlan]):
    kind = "vm.suspend"
    summary = "Save the guest's memory to disk and free its server"
    spec_type = VmSpec
    plan_type = VmPlan

    async def plan(self, world: World, spec: VmSpec) -> VmPlan:
        found = await find_for(world, spec.vm, self.kind)
        await check_memory_room(world, found.pool, found.document)
        return plan_where_found(found)

    def steps(self, world: World, spec: VmSpec, plan: VmPlan) -> list[Step]:
        return suspend_steps(plan.at_work(world), plan.before, plan.servers[0])
