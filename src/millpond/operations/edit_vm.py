"""Change a VM: in its record at once, in the running guest where that can be done hot.

What cannot be done hot waits for the next start and is shown as pending.
"""

from collections.abc import Callable

from pydantic import Field

from millpond.domain.errors import Refused
from millpond.domain.ha.rules import renamed
from millpond.domain.job import Lock, Observation
from millpond.domain.names import Name, Tag, Text
from millpond.domain.permissions import Permission
from millpond.domain.pool import PoolDocument
from millpond.domain.vm import HOT_FIELDS, BootDevice, Keyboard, Model, Power, VmConfig
from millpond.operations.admitting import FORCE, admit, room_check
from millpond.operations.base import Context, Step, admitted, check_generation, seen
from millpond.operations.devices import NewVif, build_config, check_unclaimed, claim_locks, claims
from millpond.operations.placing import afresh
from millpond.operations.pools import adjust_step
from millpond.operations.vms import Found, Vm, VmOperation, VmPlan, VmSpec, check_free_name, find
from millpond.ports.world import World


class VmChanges(Model):
    """What to change; a field that is left out stays as it is."""

    name: Name | None = None
    memory: int | None = Field(default=None, ge=32, le=16_777_216, description="MiB")
    max_memory: int | None = Field(default=None, ge=32, le=16_777_216, description="MiB")
    vcpus: int | None = Field(default=None, ge=1, le=288)
    max_vcpus: int | None = Field(default=None, ge=1, le=288)
    cpu_weight: int | None = Field(default=None, ge=1, le=10_000)
    cpu_cap: int | None = Field(default=None, ge=0, le=28_800)
    io_weight: int | None = Field(
        default=None, ge=1, le=1000, description="Share of its server's disk time; 100 is usual"
    )
    boot: tuple[BootDevice, ...] | None = Field(default=None, min_length=1, max_length=3)
    keyboard: Keyboard | None = None
    description: Text | None = None
    tags: tuple[Tag, ...] | None = Field(default=None, max_length=64)
    preferred_servers: tuple[Name, ...] | None = Field(default=None, max_length=64)
    ha: bool | None = Field(default=None, description="Restart it elsewhere when its server fails")
    restart_priority: int | None = Field(default=None, ge=1, le=1000, description="Highest first")
    vifs: tuple[NewVif, ...] | None = Field(default=None, max_length=16)


_WEIGHS = ("max_memory", "ha", "restart_priority")
"""What admission goes by."""


class VmEditSpec(VmSpec):
    changes: VmChanges
    force: bool = Field(default=False, description=FORCE)
    if_match: int | None = Field(default=None, description="Only if this is its generation")


class VmEditPlan(VmPlan):
    """``ruled``: its name changes, and an affinity rule of its pool has it. ``weighs``: it changes what
    room is kept for, and was not forced."""

    config: VmConfig
    ruled: bool = False
    weighs: bool = False

    @property
    def names(self) -> tuple[str, str]:
        """The old one and the new one."""
        return self.before.config.name, self.config.name

    def claim_locks(self) -> list[Lock]:
        """Of what it gets, and of what it gives away."""
        old, new = self.before.config, self.config
        return claim_locks(self.pool, claims(new, old), claims(old, new))


async def edit_plan(
    world: World, found: Found, changes: dict[str, object], *, force: bool = False
) -> VmEditPlan:
    """The plan that gives the VM these fields. Raises ``Refused`` where they contradict, or would
    leave too little room (``ha.admission``, but not with ``force``)."""
    document = found.document
    if found.power is Power.UNKNOWN:
        raise Refused(
            "server.unreachable",
            f"vm {document.config.name}",
            "the server it was last on does not answer",
            "bring the server back and repeat",
        )
    config = build_config(f"vm {document.config.name}", document.config.model_dump() | changes)
    claimed, renames = claims(config, document.config), config.name != document.config.name
    if renames or any(claimed):
        others = [d for d in await world.vms(found.pool) if d.config.id != config.id]
        if renames:
            _check_stopped(found)
            check_free_name(found.pool, others, config.name)
        check_unclaimed(claimed, [d.config for d in others])
    differs = any(getattr(config, f) != getattr(document.config, f) for f in _WEIGHS)
    weighs = differs and not force
    if weighs:
        changed = [document.model_copy(update={"config": config})]
        await admit(world, f"vm {config.name}", found.pool, found.pool, changed)
    servers = (document.placed_on,) if found.guest and document.placed_on else ()
    plan = VmEditPlan(
        pool=found.pool.id, before=document, servers=servers, config=config, weighs=weighs
    )
    ruled = _renaming(*plan.names)(found.pool) != found.pool
    return plan.model_copy(update={"ruled": ruled})


def _check_stopped(found: Found) -> None:
    """A guest has its name for as long as it lives, in its hypervisor and in its saved memory: given
    away meanwhile, it would be in the way of the next VM of that name."""
    if found.power is not Power.STOPPED:
        name = found.document.config.name
        raise Refused(
            "vm.not_hot",
            f"vm {name}",
            f"it is {found.power.value}, and is known by its name to its hypervisor",
            f"stop it first: millpond vm stop {name}",
        )


def _renaming(old: str, new: str) -> Callable[[PoolDocument], PoolDocument]:
    """The pool's record with the VM's new name in its rules."""

    def apply(pool: PoolDocument) -> PoolDocument:
        ha = pool.ha.model_copy(update={"rules": renamed(pool.ha.rules, old, new)})
        return pool.model_copy(update={"ha": ha})

    return apply


def edit_steps(vm: Vm, plan: VmEditPlan) -> list[Step]:
    """Write the record, then bring the guest as near to it as can be done hot."""
    tried = False

    async def observe() -> Observation:
        guest = await vm.guest(plan.servers[0])
        return seen(
            tried
            or guest is None
            or all(getattr(guest.config, f) == getattr(plan.config, f) for f in HOT_FIELDS)
        )

    async def act(_: Context) -> None:
        nonlocal tried
        agent = await vm.agent(plan.servers[0])
        await agent.hypervisor.apply(await vm.guest_spec(plan.before.run or plan.vm))
        await vm.world.touch(await vm.pool(), vm.id)
        tried = True

    record = vm.record_step("record", plan.before, config=plan.config)
    weigh = room_check(vm, plan.before)

    async def check() -> None:
        await weigh(*await afresh(vm))

    steps = [admitted(record, check) if plan.weighs else record]
    if plan.ruled:
        old, new = plan.names
        steps.append(
            adjust_step(vm.world, plan.pool, "rules", _renaming(old, new), _renaming(new, old))
        )
    if plan.servers:
        steps.append(Step("apply", observe, act))
    return steps


class EditVm(VmOperation[VmEditSpec, VmEditPlan]):
    kind = "vm.edit"
    summary = "Change a VM; what cannot be changed while it runs waits for its next start"
    permission = Permission.VM_MANAGE
    spec_type = VmEditSpec
    plan_type = VmEditPlan

    async def plan(self, world: World, spec: VmEditSpec) -> VmEditPlan:
        found = await find(world, spec.vm)
        document = found.document
        check_generation(f"vm {document.config.name}", document.generation, spec.if_match)
        changes: dict[str, object] = {
            field: value
            for field in spec.changes.model_fields_set
            if (value := getattr(spec.changes, field)) is not None
        }
        if spec.changes.vifs is not None:
            changes["vifs"] = [v.vif() for v in spec.changes.vifs]
        if "memory" in changes and "max_memory" not in changes and found.power is Power.STOPPED:
            changes["max_memory"] = max(spec.changes.memory or 0, found.document.config.max_memory)
        return await edit_plan(world, found, changes, force=spec.force)

    def locks(self, spec: VmEditSpec, plan: VmEditPlan) -> list[Lock]:
        old, new = plan.names
        names = [Lock(object=f"vm-name:{plan.pool}/{new}")] if new != old else []
        rules = [Lock(object=f"pool-settings:{plan.pool}")] if plan.ruled else []
        return [*super().locks(spec, plan), *names, *rules, *plan.claim_locks()]

    def steps(self, world: World, spec: VmEditSpec, plan: VmEditPlan) -> list[Step]:
        return edit_steps(plan.at_work(world), plan)
