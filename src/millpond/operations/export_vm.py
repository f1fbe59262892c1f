"""Write a VM out for other products, into the repository's ``publish_pool``."""

from pydantic import Field

from millpond.domain.converting import from_config
from millpond.domain.errors import Refused, Unknown
from millpond.domain.job import Lock, Observation
from millpond.domain.layout import PUBLISH_POOL, disk_path
from millpond.domain.names import AbsolutePath, Id, Name
from millpond.domain.package import ExportFormat, PackedImage
from millpond.domain.permissions import Permission
from millpond.domain.pool import PoolDocument
from millpond.domain.vm import VmDocument
from millpond.operations.base import Context, Step, seen
from millpond.operations.room import data_in, room
from millpond.operations.utility import utility_server
from millpond.operations.vms import Vm, VmOperation, VmPlan, VmSpec, find, find_for, follow
from millpond.ports.agent import Agent
from millpond.ports.world import World


class VmExportSpec(VmSpec):
    format: ExportFormat = Field(
        default=ExportFormat.OVA,
        description="ova holds the disks; vm.cfg, xl.cfg and xml say where they lie",
    )
    disks: PackedImage = Field(
        default=PackedImage.VMDK, description="Format of the disks in an ova; vmdk fits everywhere"
    )
    file: Name | None = Field(default=None, description="The file's name; the VM's without")


class VmExportPlan(VmPlan):
    """``path`` is the file to be made, ``lost`` what its format cannot say of the VM."""

    utility: Id
    path: AbsolutePath
    lost: tuple[str, ...]


class ExportVm(VmOperation[VmExportSpec, VmExportPlan]):
    kind = "vm.export"
    summary = "Write a VM out as an OVA, or describe it for another product"
    permission = Permission.VM_MANAGE
    spec_type = VmExportSpec
    plan_type = VmExportPlan

    async def plan(self, world: World, spec: VmExportSpec) -> VmExportPlan:
        if spec.format is ExportFormat.OVA:
            found = await find_for(world, spec.vm, self.kind)
        else:
            found = await find(world, spec.vm)
        pool, config = found.pool, found.document.config
        key = found.document.repository
        utility = utility_server(pool, config.id, pool.repository(key) if key else None)
        name = f"{spec.file or config.name}.{spec.format.value}"
        path = f"{pool.cluster_root}/{PUBLISH_POOL}/{name}"
        agent = world.agent(pool, utility)
        if await agent.disks.size(path) is not None:
            raise Refused(
                "object.exists",
                f"file {path}",
                "there is one of that name already",
                "remove it, or name another with --file",
            )
        directory = pool.directory_of(found.document)
        if spec.format is ExportFormat.OVA:
            await _check_room(world, pool, found.document, agent)
        return VmExportPlan(
            pool=pool.id,
            before=found.document,
            servers=(utility,),
            utility=utility,
            path=path,
            lost=await agent.packages.losses(
                from_config(config, directory), directory, spec.format
            ),
        )

    def locks(self, spec: VmExportSpec, plan: VmExportPlan) -> list[Lock]:
        return [*super().locks(spec, plan), Lock(object=f"export:{plan.pool}/{plan.path[-80:]}")]

    def steps(self, world: World, spec: VmExportSpec, plan: VmExportPlan) -> list[Step]:
        vm = plan.at_work(world)

        async def utility() -> Agent:
            return await vm.agent(plan.utility)

        async def observe() -> Observation:
            return seen(await (await utility()).disks.size(plan.path) is not None)

        async def act(ctx: Context) -> None:
            agent, directory = await utility(), await vm.directory()
            task = f"{ctx.job}/export"
            foreign = from_config(plan.before.config, directory)

            async def begin() -> None:
                await agent.packages.export(
                    task, foreign, directory, plan.path, spec.format, spec.disks
                )

            await ctx.result({"path": plan.path, "lost": list(plan.lost)})
            await follow(agent, task, begin, ctx)

        async def undo() -> None:
            await (await utility()).disks.remove(plan.path)

        return [Step("export", observe, act, undo), _checksum_step(vm, plan)]


def _checksum_step(vm: Vm, plan: VmExportPlan) -> Step:
    """What whoever carries the file away can compare it with."""
    told = False

    async def observe() -> Observation:
        return seen(told)

    async def act(ctx: Context) -> None:
        nonlocal told
        exports, root = (await vm.agent(plan.utility)).exports, (await vm.pool()).cluster_root
        name, task = plan.path.rpartition("/")[2], f"{ctx.job}/checksum"
        await follow(
            await vm.agent(plan.utility), task, lambda: exports.digest(task, root, name), ctx
        )
        found = await exports.sha256(root, name)
        if found is None:
            raise Unknown("checksum", "the agent was restarted meanwhile")
        await ctx.result({"sha256": found})
        told = True

    return Step("checksum", observe, act)


async def _check_room(
    world: World, pool: PoolDocument, document: VmDocument, utility: Agent
) -> None:
    """An OVA takes what its disks take; less, where it compresses them."""
    directory = pool.directory_of(document)
    paths = [
        disk_path(directory, d.source)
        for d in document.config.disks
        if not d.source.startswith("phy:")
    ]
    data, left = await data_in(utility.disks, paths), await room(world, pool, None)
    left.check(f"vm {document.config.name}", data)
