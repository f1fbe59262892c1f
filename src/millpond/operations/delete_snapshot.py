"""Delete a snapshot: what lies over it alone is merged with it, what others need stays."""

from dataclasses import replace

from millpond.domain.chain import ImageFile, chain
from millpond.domain.errors import Failed, Unknown
from millpond.domain.job import Observation
from millpond.domain.layout import disk_path
from millpond.domain.permissions import Permission
from millpond.domain.snapshots import Merge, find_snapshot, forgotten, merged, merges
from millpond.domain.vm import Guest, Power, VmDocument
from millpond.operations.base import Context, Step, seen
from millpond.operations.snapshots import (
    SnapshotPlan,
    SnapshotSpec,
    image,
    removal_step,
    utility_of,
)
from millpond.operations.vms import Vm, VmOperation, find_for, follow
from millpond.ports.world import World


class SnapshotDeletePlan(SnapshotPlan):
    """``merges`` in their order. ``resume``: a guest that has to stand still for a moment runs on."""

    merges: tuple[Merge, ...]
    resume: bool


class DeleteSnapshot(VmOperation[SnapshotSpec, SnapshotDeletePlan]):
    kind = "snapshot.delete"
    summary = "Delete a snapshot; the VM and its other snapshots stay what they are"
    permission = Permission.VM_MANAGE
    spec_type = SnapshotSpec
    plan_type = SnapshotDeletePlan

    async def plan(self, world: World, spec: SnapshotSpec) -> SnapshotDeletePlan:
        found = await find_for(world, spec.vm, self.kind)
        document = found.document
        name = find_snapshot(document, spec.snapshot).name
        utility = utility_of(found.pool, document)
        server = document.placed_on
        return SnapshotDeletePlan(
            pool=found.pool.id,
            before=document,
            servers=(utility, server) if server else (utility,),
            utility=utility,
            merges=tuple(merges(forgotten(document, name))),
            resume=found.power is Power.RUNNING,
        )

    def steps(self, world: World, spec: SnapshotSpec, plan: SnapshotDeletePlan) -> list[Step]:
        """Each merge is recorded as it is done: cancelled, the snapshot is there and marked, and
        deleting it goes on where it was."""
        vm = plan.at_work(world)
        doomed = find_snapshot(plan.before, spec.snapshot)
        marked = tuple(
            s.model_copy(update={"deleting": True}) if s.name == doomed.name else s
            for s in plan.before.snapshots
        )
        document = plan.before.model_copy(update={"snapshots": marked})
        mark = vm.record_step("mark", plan.before, snapshots=marked)
        steps = [replace(mark, point_of_no_return=True)] if plan.merges else []
        for merge in plan.merges:
            done = merged(document, merge)
            steps.append(_merge_step(vm, plan, merge, document, done))
            document = done
        last = forgotten(document, doomed.name)
        forget = vm.record_step(
            "forget", plan.before, snapshots=last.snapshots, snapshot=last.snapshot
        )
        return [
            *steps,
            replace(forget, point_of_no_return=True),
            removal_step(vm, plan.utility, plan.before),
        ]


def _merge_step(
    vm: Vm, plan: SnapshotDeletePlan, merge: Merge, before: VmDocument, after: VmDocument
) -> Step:
    """Write the data of one image into another, then say so in the record. While a guest writes to the
    image it stands still from the end of the first to the end of the second, so that at any moment it
    is the same whether it is started from the old chain or the new one."""

    async def observe() -> Observation:
        document = await vm.read()
        if document is None or (document.config, document.snapshots) != (
            after.config,
            after.snapshots,
        ):
            return Observation.ABSENT
        guest = await _guest(vm, plan, document)
        return seen(not (plan.resume and guest is not None and guest.power is Power.PAUSED))

    async def act(ctx: Context) -> None:
        document = await vm.read()
        if document is None:
            raise Failed("merge", "the record of the VM is gone")
        if document.config != after.config or document.snapshots != after.snapshots:
            guest = await _guest(vm, plan, document)
            if guest is not None and before.config != after.config:
                await _merge_live(vm, guest, merge, after, ctx)
            else:
                await _merge_off(vm, plan, merge, before, ctx)
            await _rename(vm, plan, merge, before, guest)
            await vm.write(config=after.config, snapshots=after.snapshots)
        await go_on()

    async def go_on() -> None:
        """A guest that was merged already, and of which the record does not say so, must not run on
        before it does."""
        document = await vm.read()
        guest = await _guest(vm, plan, document) if document is not None else None
        if guest is None or document is None or document.placed_on is None:
            return
        if before.config != after.config and guest.config.disks == after.config.disks:
            await vm.write(config=after.config, snapshots=after.snapshots)
        if plan.resume:
            await (await vm.agent(document.placed_on)).hypervisor.unpause(vm.id)

    name = merge.drop.removeprefix("file:")
    return Step(f"merge {name}", observe, act, go_on, point_of_no_return=True)


async def _guest(vm: Vm, plan: SnapshotDeletePlan, document: VmDocument) -> Guest | None:
    """The VM's guest. Raises ``Unknown`` for one that should be there: it ended, and the pool may just
    be starting it."""
    if document.placed_on is None:
        return None
    guest = await vm.guest(document.placed_on)
    if guest is None and plan.resume:
        raise Unknown("merge", "the guest ended, and the pool may just be starting it")
    return guest


async def _merge_live(vm: Vm, guest: Guest, merge: Merge, after: VmDocument, ctx: Context) -> None:
    document = vm.latest
    if document is None or document.placed_on is None:
        raise Failed("merge", "the VM is on no server")
    agent = await vm.agent(document.placed_on)
    spec = await vm.guest_spec(guest.run)
    spec = spec.model_copy(update={"config": after.config})
    task = f"{ctx.job}/merge {merge.drop}"
    await follow(agent, task, lambda: agent.layers.merge(task, spec), ctx)


async def _merge_off(
    vm: Vm, plan: SnapshotDeletePlan, merge: Merge, before: VmDocument, ctx: Context
) -> None:
    """The image is open nowhere: the VM is off, or its guest does not need it."""
    agent, directory = await vm.agent(plan.utility), await vm.directory()
    versions = (before.config, *(s.config for s in before.snapshots))
    line: tuple[ImageFile, ...] = ()
    for config in versions:
        line = line or image(directory, config, merge.drop)
    task = f"{ctx.job}/merge {merge.drop}"
    top, *below = line
    await follow(agent, task, lambda: agent.disks.commit(task, top.path, tuple(below)), ctx)


async def _rename(
    vm: Vm, plan: SnapshotDeletePlan, merge: Merge, before: VmDocument, guest: Guest | None
) -> None:
    """Have those images that lay over the one that goes name the one beneath it, as far as no guest has
    them open: libvirt has seen to those."""
    agent, directory = await vm.agent(plan.utility), await vm.directory()
    gone = disk_path(directory, merge.drop)
    opened = {
        path
        for disk in (guest.config.disks if guest else ())
        for path in chain(directory, disk).paths
    }
    for config in (before.config, *(s.config for s in before.snapshots)):
        for disk in config.disks:
            paths = chain(directory, disk)
            for number, path in enumerate(paths.paths[1:]):
                upper = paths.paths[number]
                if path == gone and upper not in opened:
                    await agent.disks.rebase(upper, paths.backing[number + 1])
