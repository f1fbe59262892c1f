"""Add, change and remove one network interface of a VM, hot where it runs."""

from typing import TypeVar

from pydantic import Field

from millpond.domain.errors import Refused
from millpond.domain.job import Lock
from millpond.domain.names import InterfaceName, Mac
from millpond.domain.permissions import Permission
from millpond.domain.vm import Vif
from millpond.operations.base import Step
from millpond.operations.devices import NewVif
from millpond.operations.edit_vm import VmEditPlan, edit_plan, edit_steps
from millpond.operations.vms import Found, VmOperation, VmSpec, find
from millpond.ports.world import World


class VifAddSpec(VmSpec):
    vif: NewVif


class VifRemoveSpec(VmSpec):
    mac: Mac


class VifEditSpec(VifRemoveSpec):
    bridge: InterfaceName | None = None
    rate_limit: int | None = Field(
        default=None, ge=0, le=100_000_000, description="kB/s; 0 lifts the limit"
    )


S = TypeVar("S", bound=VmSpec)


class VifOperation(VmOperation[S, VmEditPlan]):
    """An edit of the VM's list of interfaces."""

    permission = Permission.VM_MANAGE
    plan_type = VmEditPlan

    def locks(self, spec: S, plan: VmEditPlan) -> list[Lock]:
        return [*super().locks(spec, plan), *plan.claim_locks()]

    def steps(self, world: World, spec: S, plan: VmEditPlan) -> list[Step]:
        return edit_steps(plan.at_work(world), plan)


def _existing(found: Found, mac: str) -> Vif:
    for vif in found.document.config.vifs:
        if vif.mac == mac:
            return vif
    name = found.document.config.name
    raise Refused(
        "request.not_found",
        f"vif {mac}",
        f"VM {name} has no such network interface",
        f"list what it has with: millpond vm show {name}",
    )


class AddVif(VifOperation[VifAddSpec]):
    kind = "vif.add"
    summary = "Plug a network interface into a VM"
    spec_type = VifAddSpec

    async def plan(self, world: World, spec: VifAddSpec) -> VmEditPlan:
        found = await find(world, spec.vm)
        vifs = [*found.document.config.vifs, spec.vif.vif()]
        return await edit_plan(world, found, {"vifs": vifs})


class EditVif(VifOperation[VifEditSpec]):
    kind = "vif.edit"
    summary = "Plug a network interface into another bridge, or change its rate limit"
    spec_type = VifEditSpec

    async def plan(self, world: World, spec: VifEditSpec) -> VmEditPlan:
        found = await find(world, spec.vm)
        old = _existing(found, spec.mac)
        new = old.model_copy(
            update={
                "bridge": spec.bridge or old.bridge,
                "rate_limit": old.rate_limit
                if spec.rate_limit is None
                else spec.rate_limit or None,
            }
        )
        vifs = [new if v.mac == spec.mac else v for v in found.document.config.vifs]
        return await edit_plan(world, found, {"vifs": vifs})


class RemoveVif(VifOperation[VifRemoveSpec]):
    kind = "vif.remove"
    summary = "Unplug a network interface from a VM"
    spec_type = VifRemoveSpec

    async def plan(self, world: World, spec: VifRemoveSpec) -> VmEditPlan:
        found = await find(world, spec.vm)
        gone = _existing(found, spec.mac)
        vifs = [v for v in found.document.config.vifs if v != gone]
        return await edit_plan(world, found, {"vifs": vifs})
