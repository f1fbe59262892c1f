"""Delete an imported image, with its file or without."""

from pydantic import Field

from millpond.domain.errors import Refused
from millpond.domain.image import ImageDocument, ImageKind, ImageState
from millpond.domain.job import Observation
from millpond.domain.pool import PoolDocument
from millpond.operations.base import Context, Step, seen
from millpond.operations.images import (
    Image,
    ImageOperation,
    ImagePlan,
    ImageSpec,
    find_image,
    planned,
)
from millpond.operations.templates import check_unlinked
from millpond.ports.world import World


class ImageDeleteSpec(ImageSpec):
    keep_files: bool = Field(
        default=False, description="Leave an approved image's file where it is"
    )


class DeleteImage(ImageOperation[ImageDeleteSpec, ImagePlan]):
    kind = "image.delete"
    summary = "Remove an imported image and, unless told otherwise, its file"
    spec_type = ImageDeleteSpec
    plan_type = ImagePlan

    async def plan(self, world: World, spec: ImageDeleteSpec) -> ImagePlan:
        pool, document = await find_image(world, spec)
        if document.state is ImageState.APPROVED:
            await _check_unused(world, pool, document)
        if document.kind is ImageKind.TEMPLATE and document.state is ImageState.APPROVED:
            await check_unlinked(world, pool, document.name)
        return planned(pool, document)

    def steps(self, world: World, spec: ImageDeleteSpec, plan: ImagePlan) -> list[Step]:
        image = Image(world, plan)
        return [_files_step(image, keep=spec.keep_files), _forget_step(image)]


async def _check_unused(world: World, pool: PoolDocument, image: ImageDocument) -> None:
    source = _source(image)
    for vm in await world.vms(pool):
        name = vm.config.name
        lying = vm.repository == image.repository
        for disk in (d for d in vm.config.disks if lying and d.source == source):
            fix = f"millpond vm disk detach {name} {disk.target}"
            raise Refused(
                "image.in_use",
                f"image {image.name}",
                f"VM {name} has it as {disk.target}",
                f"take it out first: {f'millpond vm cdrom eject {name}' if disk.cdrom else fix}",
            )


def _source(image: ImageDocument) -> str | None:
    """Of a VM's disk that is this image; of a template VMs have copies."""
    match image.kind:
        case ImageKind.ISO:
            return f"iso:{image.name}"
        case ImageKind.DISK:
            return f"shared:{image.name}.{image.format.value}"
        case ImageKind.TEMPLATE:
            return None


def _files_step(image: Image, *, keep: bool) -> Step:
    """What has not been approved goes in any case: nothing but the record knows of it."""

    async def observe() -> Observation:
        agent, root = await image.utility()
        there = not keep and await agent.disks.size(await image.path()) is not None
        return seen(not there and await agent.images.staged(root, image.id) is None)

    async def act(_: Context) -> None:
        agent, root = await image.utility()
        await agent.images.discard(root, image.id)
        if keep:
            return
        if image.before.kind is ImageKind.TEMPLATE:
            master, root = await image.master()
            await master.image_records.delete_template(root, image.before.name, True)
        else:
            await agent.disks.remove(await image.path())

    return Step("files", observe, act, point_of_no_return=True)


def _forget_step(image: Image) -> Step:
    async def observe() -> Observation:
        return seen(await image.read() is None)

    async def act(_: Context) -> None:
        await image.forget()

    return Step("record", observe, act, point_of_no_return=True)
