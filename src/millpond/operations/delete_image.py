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
        if document.kind is ImageKind.ISO and document.state is ImageState.APPROVED:
            await _check_unused(world, pool, document)
        if document.kind is ImageKind.TEMPLATE and document.state is ImageState.APPROVED:
            await check_unlinked(world, pool, document.name)
        return planned(pool, document)

    def steps(self, world: World, spec: ImageDeleteSpec, plan: ImagePlan) -> list[Step]:
        image = Image(world, plan)
        return [_files_step(image, keep=spec.keep_files), _forget_step(image)]


async def _check_unused(world: World, pool: PoolDocument, iso: ImageDocument) -> None:
    for vm in await world.vms(pool):
        drives = vm.config.disks if vm.repository == iso.repository else ()
        if any(disk.source == f"iso:{iso.name}" for disk in drives):
            raise Refused(
                "image.in_use",
                f"image {iso.name}",
                f"it is in the CD drive of VM {vm.config.name}",
                "delete that VM first",
            )


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
