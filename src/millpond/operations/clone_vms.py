"""Clone a VM many times: a job of its own for each clone, a few of them at once."""

import re

from pydantic import Field

from millpond.domain.cloning import MAX_CLONES, Cloning, Pattern, numbered
from millpond.domain.errors import Refused
from millpond.domain.job import Lock, Mode, Observation, Progress
from millpond.domain.names import NAME_PATTERN, Name
from millpond.domain.permissions import Permission
from millpond.operations.admitting import FORCE
from millpond.operations.base import Context, Step, seen
from millpond.operations.children import in_turn
from millpond.operations.clone_vm import VmCloneSpec
from millpond.operations.vms import VmOperation, VmPlan, VmSpec, check_free_name, find_for
from millpond.ports.world import World

AT_ONCE = 4
"""Clones made at the same time: each writes records and images to the same storage."""


class VmCloneManySpec(VmSpec):
    pattern: Pattern = Field(
        description="Their names; {} or {:02} becomes a number", examples=["web-{:02}"]
    )
    count: int = Field(ge=1, le=MAX_CLONES, examples=[50])
    first: int = Field(default=1, ge=0, le=1_000_000, description="Number of the first")
    repository: Name | None = Field(
        default=None, description="Where they shall lie; left out, where the VM does"
    )
    cloning: Cloning = Field(default=Cloning.AUTO, description="How their disks come from the VM's")
    start: bool = False
    force: bool = Field(default=False, description=FORCE)


class VmCloneManyPlan(VmPlan):
    """``before`` is the record of the VM that is cloned."""

    names: tuple[Name, ...]


class CloneVms(VmOperation[VmCloneManySpec, VmCloneManyPlan]):
    kind = "vm.clone_many"
    summary = "Clone a VM that is off many times"
    permission = Permission.VM_MANAGE
    spec_type = VmCloneManySpec
    plan_type = VmCloneManyPlan

    async def plan(self, world: World, spec: VmCloneManySpec) -> VmCloneManyPlan:
        found = await find_for(world, spec.vm, self.kind)
        names = _names(spec)
        others = await world.vms(found.pool)
        for name in names:
            check_free_name(found.pool, others, name)
        return VmCloneManyPlan(pool=found.pool.id, before=found.document, names=tuple(names))

    def locks(self, spec: VmCloneManySpec, plan: VmCloneManyPlan) -> list[Lock]:
        return [
            Lock(object=f"pool:{plan.pool}", mode=Mode.SHARED),
            Lock(object=f"vm:{plan.vm}", mode=Mode.SHARED),
            *(Lock(object=f"vm-name:{plan.pool}/{name}") for name in plan.names),
        ]

    def steps(self, world: World, spec: VmCloneManySpec, plan: VmCloneManyPlan) -> list[Step]:
        return [_clone_step(world, spec, plan)]


def _names(spec: VmCloneManySpec) -> list[str]:
    names = numbered(spec.pattern, spec.count, spec.first)
    for name in names:
        if not re.match(NAME_PATTERN, name):
            raise Refused(
                "request.invalid",
                f"vm {name}",
                "that is no name that a VM can have",
                "let the pattern begin with a letter or a digit, and be shorter",
            )
    return names


def _clone_step(world: World, spec: VmCloneManySpec, plan: VmCloneManyPlan) -> Step:
    """What is complete stays, whatever becomes of the others: it can be used, or deleted."""

    async def left() -> list[str]:
        pool = await world.pool(plan.pool)
        done = {d.config.name for d in await world.vms(pool) if not d.creating}
        return [name for name in plan.names if name not in done]

    async def observe() -> Observation:
        return seen(not await left())

    async def act(ctx: Context) -> None:
        async def clone(name: str) -> None:
            one = VmCloneSpec(
                vm=plan.vm,
                name=name,
                repository=spec.repository,
                cloning=spec.cloning,
                start=spec.start,
                force=spec.force,
            )
            await world.wait(await world.submit("vm.clone", one, f"{ctx.job}/{name}"))
            done, total = len(plan.names) - len(await left()), len(plan.names)
            await ctx.report(Progress(percent=100 * done / total, done=done, total=total))

        await in_turn(await left(), clone, AT_ONCE, ctx)

    return Step("clone", observe, act)
