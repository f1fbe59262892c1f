"""What the operations on templates share, and a VM's way to become one."""

from millpond.domain.errors import Refused
from millpond.domain.job import Observation
from millpond.domain.layout import template_directory
from millpond.domain.pool import PoolDocument
from millpond.domain.template import TemplateDocument
from millpond.operations.base import Context, Step, seen
from millpond.ports.agent import Agent
from millpond.ports.world import World

SHOWN = 5
"""Names that a refusal lists."""


async def check_unlinked(world: World, pool: PoolDocument, template: str) -> None:
    """Raises ``Refused(image.in_use)`` with the names of the VMs whose disks lie over the template's."""
    beneath = f"seed:{template}/"
    names = sorted(
        vm.config.name
        for vm in await world.vms(pool)
        if any(layer.source.startswith(beneath) for d in vm.config.disks for layer in d.backing)
    )
    if names:
        more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
        raise Refused(
            "image.in_use",
            f"template {template}",
            f"the disks of {', '.join(names[:SHOWN])}{more} lie over its own",
            "delete those VMs first; a clone in full needs no template: "
            "millpond vm clone VM NAME --cloning full",
            {"vms": names},
        )


async def check_free_folder(world: World, pool: PoolDocument, template: TemplateDocument) -> None:
    """Raises ``Refused(object.exists)`` if there is a folder where the template shall be: what is in it
    would be taken for the job's own."""
    directory = template_directory(pool.root_of(template.repository), template.name)
    if await world.master(pool).disks.size(directory) is not None:
        raise Refused(
            "object.exists",
            f"folder {directory}",
            "it is there already, and has no template in it",
            "move it away, or choose another name",
        )


class Seed:
    """One template while a job is at it. The pool's record is read once: the job holds the pool."""

    def __init__(self, world: World, pool: str, document: TemplateDocument) -> None:
        self._world = world
        self._pool_id = pool
        self._pool: PoolDocument | None = None
        self.document = document

    async def pool(self) -> PoolDocument:
        if self._pool is None:
            self._pool = await self._world.pool(self._pool_id)
        return self._pool

    async def agent(self, server: str) -> Agent:
        return self._world.agent(await self.pool(), server)

    async def root(self) -> str:
        return (await self.pool()).root_of(self.document.repository)

    async def directory(self) -> str:
        return template_directory(await self.root(), self.document.name)

    async def master(self) -> Agent:
        return self._world.master(await self.pool())

    async def read(self) -> TemplateDocument | None:
        return await (await self.master()).records.template(await self.root(), self.document.name)

    async def remove(self) -> None:
        records = (await self.master()).image_records
        await records.delete_template(await self.root(), self.document.name, True)

    def folder_step(self, server: str) -> Step:
        """A folder for its disks, which ``server`` writes; undone with all that is in it."""

        async def observe() -> Observation:
            agent = await self.agent(server)
            return seen(await agent.disks.size(await self.directory()) is not None)

        async def act(_: Context) -> None:
            records = (await self.master()).image_records
            await records.begin_template(await self.root(), self.document.name)

        return Step("folder", observe, act, self.remove)

    def record_step(self) -> Step:
        """Describe it beside its disks: that makes it a template."""

        async def observe() -> Observation:
            return seen(await self.read() == self.document)

        async def act(_: Context) -> None:
            records = (await self.master()).image_records
            await records.put_template(await self.root(), self.document)

        return Step("record", observe, act, point_of_no_return=True)
