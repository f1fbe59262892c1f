"""Copy a template to another pool, whatever storage and servers that has: its data go through the manager."""

import asyncio

from pydantic import Field

from millpond.domain.errors import Failed, Refused
from millpond.domain.job import Lock, Mode, Observation, Progress
from millpond.domain.layout import template_directory
from millpond.domain.names import Id, Name
from millpond.domain.permissions import Permission
from millpond.domain.pool import PoolDocument
from millpond.domain.template import MAX_PIECE, TemplateDisk, TemplateDocument, TemplateFile
from millpond.domain.vm import Model
from millpond.operations.base import Cancelled, Context, Operation, Step, seen
from millpond.operations.catalogue import check_free_image_name, destination, template_of
from millpond.operations.delete_template import TemplateSpec
from millpond.operations.room import data_in, room
from millpond.operations.templates import Seed, check_free_folder
from millpond.operations.utility import utility_server
from millpond.ports.template_files import TemplateFiles
from millpond.ports.world import World


class TemplateDeploySpec(TemplateSpec):
    to: Name = Field(description="Name or id of the other pool", examples=["pool2"])
    name: Name | None = Field(default=None, description="What it shall be called there")
    repository: Name | None = Field(
        default=None, description="Of that pool, where it shall lie; left out, its cluster root"
    )


class TemplateDeployPlan(Model):
    """``source`` in ``pool``, read by ``reader``, becomes ``template`` in the pool ``to``, written by
    ``utility``. ``files`` are the source's, in the order of its disks."""

    pool: Id
    source: TemplateDocument
    reader: Id
    files: tuple[TemplateFile, ...]
    to: Id
    template: TemplateDocument
    utility: Id


class DeployTemplate(Operation[TemplateDeploySpec, TemplateDeployPlan]):
    kind = "template.deploy"
    summary = "Copy a template to another pool"
    permission = Permission.IMAGE_MANAGE
    spec_type = TemplateDeploySpec
    plan_type = TemplateDeployPlan

    async def plan(self, world: World, spec: TemplateDeploySpec) -> TemplateDeployPlan:
        pool, other = await asyncio.gather(world.pool(spec.pool), world.pool(spec.to))
        if pool.id == other.id:
            raise Refused(
                "request.invalid",
                f"template {spec.template}",
                f"it lies in pool {pool.name} already",
                "name another pool: millpond pool list",
            )
        source = await template_of(world, pool, spec.template)
        template = await _deployed(world, other, source, spec)
        reader = _utility(pool, source)
        agent, directory = world.agent(pool, reader), _directory(pool, source)
        paths = [f"{directory}/{disk.file}" for disk in source.disks]
        files = await asyncio.gather(*(agent.template_files.stat(path) for path in paths))
        data = await data_in(agent.disks, paths)
        left = await room(world, other, template.repository)
        left.check(f"template {template.name}", data)
        return TemplateDeployPlan(
            pool=pool.id,
            source=source,
            reader=reader,
            files=tuple(files),
            to=other.id,
            template=template,
            utility=_utility(other, template),
        )

    def locks(self, spec: TemplateDeploySpec, plan: TemplateDeployPlan) -> list[Lock]:
        there = f"{plan.to}/{plan.template.name}"
        return [
            *(Lock(object=f"pool:{p}", mode=Mode.SHARED) for p in (plan.pool, plan.to)),
            *(Lock(object=f"server:{s}", mode=Mode.SHARED) for s in (plan.reader, plan.utility)),
            Lock(object=f"template:{plan.pool}/{plan.source.name}", mode=Mode.SHARED),
            Lock(object=f"template:{there}"),
            Lock(object=f"image-name:{there}"),
        ]

    def subject(self, spec: TemplateDeploySpec, plan: TemplateDeployPlan) -> str:
        return f"pool:{plan.to}"

    def steps(self, world: World, spec: TemplateDeploySpec, plan: TemplateDeployPlan) -> list[Step]:
        origin = Seed(world, plan.pool, plan.source)
        seed = Seed(world, plan.to, plan.template)
        disks = [
            _copy_step(origin, seed, plan, disk, file)
            for disk, file in zip(plan.source.disks, plan.files, strict=True)
        ]
        return [seed.folder_step(plan.utility), *disks, seed.record_step()]


async def _deployed(
    world: World, pool: PoolDocument, source: TemplateDocument, spec: TemplateDeploySpec
) -> TemplateDocument:
    """As it shall be there."""
    name = spec.name or source.name
    await check_free_image_name(world, pool, name)
    repository = destination(pool, spec.repository)
    where = repository.id if repository is not None else None
    made = source.model_copy(update={"name": name, "repository": where})
    await check_free_folder(world, pool, made)
    return made


def _utility(pool: PoolDocument, template: TemplateDocument) -> str:
    found = pool.repository(template.repository) if template.repository else None
    return utility_server(pool, pool.id, found)


def _directory(pool: PoolDocument, template: TemplateDocument) -> str:
    return template_directory(pool.root_of(template.repository), template.name)


def _copy_step(
    origin: Seed, seed: Seed, plan: TemplateDeployPlan, disk: TemplateDisk, file: TemplateFile
) -> Step:
    """One disk's file, as it is; it has its name once it is complete. Undone with the folder."""

    async def path() -> str:
        return f"{await seed.directory()}/{disk.file}"

    async def observe() -> Observation:
        agent = await seed.agent(plan.utility)
        return seen(await agent.disks.size(await path()) is not None)

    async def act(ctx: Context) -> None:
        source = (await origin.agent(plan.reader)).template_files
        target = (await seed.agent(plan.utility)).template_files
        ends = (f"{await origin.directory()}/{disk.file}", await path())
        await _copy(source, target, ends, file, ctx)
        await target.finish(ends[1], disk.format, file.size)

    return Step(f"disk {disk.target}", observe, act)


async def _copy(
    source: TemplateFiles,
    target: TemplateFiles,
    ends: tuple[str, str],
    file: TemplateFile,
    ctx: Context,
) -> None:
    """Go on where an earlier try broke off, but for its last piece. While one piece is written the next is
    read. Raises ``Failed`` if the file is another one meanwhile."""
    have = await target.received(ends[1])
    piece = await source.read(ends[0], max(0, have - MAX_PIECE))
    while piece.data:
        if ctx.cancelled:
            raise Cancelled
        if piece.version != file.version:
            raise Failed("copy", f"{ends[0]} was changed meanwhile")
        _, following = await asyncio.gather(
            target.write(ends[1], piece), source.read(ends[0], piece.end)
        )
        percent = 100 * piece.end / file.size
        await ctx.report(
            Progress(percent=percent, done=piece.end, total=file.size, message="copying")
        )
        piece = following
