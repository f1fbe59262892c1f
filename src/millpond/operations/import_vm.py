"""Bring a VM of another product into a pool, with its disks: from an OVA, or from a folder with an OVF,
VMX, vm.cfg or domain XML beside its images."""

from dataclasses import replace

from pydantic import Field

from millpond.domain.converting import Wishes, to_config
from millpond.domain.errors import Refused
from millpond.domain.foreign import ForeignDisk
from millpond.domain.job import Lock, Observation
from millpond.domain.names import AbsolutePath, Id, InterfaceName, Name, new_id
from millpond.domain.package import DeploymentOption
from millpond.domain.permissions import Permission
from millpond.domain.pool import PoolDocument
from millpond.domain.repository import Repository
from millpond.domain.vm import Disk, DiskFormat, Model, VmDocument
from millpond.operations.base import Context, Step
from millpond.operations.catalogue import destination
from millpond.operations.create_vm import Fill, born_step, disk_step, with_lease
from millpond.operations.devices import check_unclaimed, claim_locks, claims
from millpond.operations.drivers import check_copied, drivers_step, intended
from millpond.operations.networks import bridges_of
from millpond.operations.pool_members import member_by_key
from millpond.operations.room import room
from millpond.operations.utility import utility_server
from millpond.operations.vms import VmOperation, VmPlan, check_free_name
from millpond.ports.agent import Agent
from millpond.ports.world import World


class VmImportSpec(Model):
    pool: Name = Field(description="Name or id of the pool", examples=["pool1"])
    path: AbsolutePath = Field(
        description="An OVA, a folder or a description, in an import folder of the utility server",
        examples=["/var/lib/millpond/import/web1.ova"],
    )
    name: Name | None = Field(default=None, description="Its name here; its own without")
    repository: Name | None = Field(
        default=None, description="Where it shall lie; left out, in the cluster root"
    )
    option: str = Field(default="", max_length=255, description="Deployment option of an OVF")
    system: str = Field(default="", max_length=255, description="Virtual system of an OVF")
    networks: dict[str, InterfaceName] = Field(
        default={},
        max_length=64,
        description="Bridges for networks that are called otherwise in the description",
        examples=[{"VM Network": "xenbr0"}],
    )
    new_macs: bool = Field(default=False, description="Fresh MAC addresses instead of its own")
    format: DiskFormat = Field(default=DiskFormat.QCOW2, description="Format of its disks here")
    drivers: bool = Field(
        default=False, description="Have virt-v2v put virtio drivers into the copy's guest"
    )
    on: Name | None = Field(default=None, description="The utility server to read from")

    @property
    def wishes(self) -> Wishes:
        return Wishes(
            name=self.name,
            bridges=self.networks,
            new_macs=self.new_macs,
            format=self.format,
            virtio=self.drivers,
        )


class ArrivingDisk(Model):
    """A disk of the new VM, and the drive of the description it is made of."""

    disk: Disk
    foreign: ForeignDisk


class VmImportPlan(VmPlan):
    """``before`` is the record the VM is born with. ``notes`` say what of the description was not
    understood or is other here, ``remarks`` what to know of the package."""

    utility: Id
    arriving: tuple[ArrivingDisk, ...]
    notes: tuple[str, ...]
    remarks: tuple[str, ...]
    options: tuple[DeploymentOption, ...]
    option: str


class ImportVm(VmOperation[VmImportSpec, VmImportPlan]):
    kind = "vm.import"
    summary = "Import a VM of another product with its disks"
    permission = Permission.VM_MANAGE
    spec_type = VmImportSpec
    plan_type = VmImportPlan

    async def plan(self, world: World, spec: VmImportSpec) -> VmImportPlan:
        pool = await world.pool(spec.pool)
        vm = new_id()
        repository = destination(pool, spec.repository)
        utility = _reader(pool, spec.on, repository) or utility_server(pool, vm, repository)
        agent = world.agent(pool, utility)
        package = await agent.packages.look(spec.path, spec.option, spec.system)
        remarks = package.remarks
        if spec.drivers:
            check_copied(package.vm)
            remarks = (*remarks, intended(await agent.drivers.tool(), pool.member(utility).name))
        made = to_config(package.vm, vm, spec.wishes, await bridges_of(world, pool))
        others = await world.vms(pool)
        check_free_name(pool, others, made.config.name)
        check_unclaimed(claims(made.config), [d.config for d in others])
        born = VmDocument(
            config=made.config,
            generation=1,
            creating=True,
            repository=repository.id if repository else None,
        )
        left = await room(world, pool, born.repository)
        left.check(f"vm {made.config.name}", package.size)
        return VmImportPlan(
            pool=pool.id,
            before=born,
            servers=(utility,),
            utility=utility,
            arriving=tuple(ArrivingDisk(disk=d.disk, foreign=d.foreign) for d in made.disks),
            notes=made.notes,
            remarks=remarks,
            options=package.options,
            option=package.option,
        )

    def locks(self, spec: VmImportSpec, plan: VmImportPlan) -> list[Lock]:
        config = plan.before.config
        name = Lock(object=f"vm-name:{plan.pool}/{config.name}")
        return [*super().locks(spec, plan), name, *claim_locks(plan.pool, claims(config))]

    def steps(self, world: World, spec: VmImportSpec, plan: VmImportPlan) -> list[Step]:
        vm = plan.at_work(world)
        disks = [
            disk_step(vm, plan.utility, arriving.disk, "import", _bringing(spec, arriving))
            for arriving in plan.arriving
            if not arriving.foreign.block
        ]
        finish = vm.record_step("finish", plan.before, creating=False)
        if spec.drivers:
            disks.append(
                drivers_step(vm, plan.utility, [(d.disk, d.foreign) for d in plan.arriving])
            )
        first, *others = (*disks, replace(told(finish, plan), point_of_no_return=True))
        return [born_step(vm, plan), with_lease(vm, first), *others]


def _reader(pool: PoolDocument, on: str | None, repository: Repository | None) -> str | None:
    """The server that is asked for. Raises ``Refused``: ``storage.unavailable`` if it does not have the
    repository."""
    member = member_by_key(pool, on) if on else None
    if member is not None and repository is not None and not repository.on(member.id):
        raise Refused(
            "storage.unavailable",
            f"repository {repository.name}",
            f"{member.name} does not have it, and so cannot write there",
            "name one of its servers with --on; they are listed by: "
            f"millpond repository show {pool.name} {repository.name}",
        )
    return member.id if member else None


def told(step: Step, plan: VmImportPlan) -> Step:
    """``step``, with what there is to know in the job's result."""

    async def act(ctx: Context) -> Observation | None:
        await ctx.result({"notes": list(plan.notes), "remarks": list(plan.remarks)})
        return await step.act(ctx)

    return replace(step, act=act)


def _bringing(spec: VmImportSpec, arriving: ArrivingDisk) -> Fill | None:
    """None for a drive that is empty in the package, too."""
    disk, foreign = arriving.disk, arriving.foreign
    if not foreign.file:
        return None

    async def bring(agent: Agent, task: str, path: str) -> None:
        await agent.packages.bring(task, spec.path, foreign, path, disk.format, disk.size)

    return bring
