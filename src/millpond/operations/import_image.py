"""Bring an image into a pool: receive it, look into it, convert it, and let it wait for approval."""

from typing import Self

from pydantic import Field, model_validator

from millpond.domain.image import ImageDocument, ImageFormat, ImageKind, ImageState, Sha256, Url
from millpond.domain.job import Observation
from millpond.domain.names import AbsolutePath, Id, Name, Text, new_id
from millpond.domain.vm import DiskFormat, Model
from millpond.operations.base import Context, Step, seen
from millpond.operations.catalogue import check_free_image_name, destination
from millpond.operations.images import Image, ImageOperation, ImagePlan, planned
from millpond.operations.room import room
from millpond.operations.vms import follow
from millpond.ports.world import World


class ImageImportSpec(Model):
    """Where it comes from is one of ``url``, ``path`` and ``upload``."""

    pool: Name = Field(description="Name or id of the pool", examples=["pool1"])
    name: Name = Field(description="What it shall be called", examples=["debian-12"])
    kind: ImageKind
    format: ImageFormat = Field(description="What it is; it is refused if it is anything else")
    url: Url | None = Field(default=None, description="Fetched by http or https")
    path: AbsolutePath | None = Field(
        default=None, description="On the utility server, in one of its import folders"
    )
    upload: Id | None = Field(default=None, description="The id of an upload that is complete")
    size: int | None = Field(default=None, ge=0, description="Bytes of the upload")
    sha256: Sha256 | None = Field(default=None, description="Refused if it is not this")
    repository: Name | None = Field(
        default=None, description="Where it shall lie; left out, in the cluster root"
    )
    into: DiskFormat = Field(default=DiskFormat.QCOW2, description="Format of a template or disk")
    description: Text = ""
    memory: int = Field(default=1024, ge=32, le=16_777_216, description="MiB, of a template")
    vcpus: int = Field(default=1, ge=1, le=288, description="Of a template")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if sum(source is not None for source in (self.url, self.path, self.upload)) != 1:
            raise ValueError("give one of url, path and upload")
        if (self.upload is None) != (self.size is None):
            raise ValueError("an upload comes with its size, and nothing else does")
        if (self.kind is ImageKind.ISO) != (self.format is ImageFormat.ISO):
            raise ValueError("what is imported as an iso has the format iso, and nothing else has")
        return self

    @property
    def result(self) -> ImageFormat:
        """The format it has in the repository."""
        return ImageFormat.ISO if self.kind is ImageKind.ISO else ImageFormat(self.into.value)


class ImportImage(ImageOperation[ImageImportSpec, ImagePlan]):
    kind = "image.import"
    summary = "Import an ISO, a template or a shared disk"
    spec_type = ImageImportSpec
    plan_type = ImagePlan

    async def plan(self, world: World, spec: ImageImportSpec) -> ImagePlan:
        pool = await world.pool(spec.pool)
        repository = destination(pool, spec.repository)
        await check_free_image_name(world, pool, spec.name)
        document = ImageDocument(
            id=spec.upload or new_id(),
            name=spec.name,
            kind=spec.kind,
            format=spec.result,
            state=ImageState.IMPORTING,
            source=spec.url or spec.path or "upload",
            description=spec.description,
            memory=spec.memory,
            vcpus=spec.vcpus,
            repository=repository.id if repository else None,
            generation=1,
        )
        (await room(world, pool, document.repository)).check(f"image {spec.name}", 0)
        return planned(pool, document)

    def steps(self, world: World, spec: ImageImportSpec, plan: ImagePlan) -> list[Step]:
        image = Image(world, plan)
        return [
            _record_step(image),
            _receive_step(image, spec),
            _check_step(image, spec),
            image.state_step("finish", ImageState.PENDING),
        ]


def _record_step(image: Image) -> Step:
    async def observe() -> Observation:
        return seen(await image.read() is not None)

    async def act(_: Context) -> None:
        await image.put(image.before)

    async def undo() -> None:
        await image.discard()
        await image.forget()

    return Step("record", observe, act, undo)


def _receive_step(image: Image, spec: ImageImportSpec) -> Step:
    async def observe() -> Observation:
        agent, root = await image.utility()
        staged = await agent.images.staged(root, image.id)
        return seen(staged is not None and staged.complete)

    async def act(ctx: Context) -> None:
        agent, root = await image.utility()
        task, images = f"{ctx.job}/receive", agent.images
        if spec.upload is not None:
            await images.uploaded(root, image.id, spec.size or 0)
            return
        await images.begin(root, image.id, 0)

        async def begin() -> None:
            if spec.url is not None:
                await images.fetch(task, root, image.id, spec.url)
            elif spec.path is not None:
                await images.take(task, root, image.id, spec.path)

        await follow(agent, task, begin, ctx)

    return Step("receive", observe, act, image.discard)


def _check_step(image: Image, spec: ImageImportSpec) -> Step:
    async def observe() -> Observation:
        agent, root = await image.utility()
        staged = await agent.images.staged(root, image.id)
        return seen(staged is not None and staged.facts is not None)

    async def act(ctx: Context) -> None:
        agent, root = await image.utility()
        task = f"{ctx.job}/check"
        if spec.format is not spec.result:
            await _check_room(image)

        async def begin() -> None:
            await agent.images.check(task, root, image.id, spec.format, spec.result, spec.sha256)

        await follow(agent, task, begin, ctx)

    return Step("check", observe, act)


async def _check_room(image: Image) -> None:
    """For a second image beside what arrived. How much is in that, the server finds out."""
    agent, root = await image.utility()
    staged = await agent.images.staged(root, image.id)
    left = await room(image.world, await image.pool(), image.before.repository)
    left.check(f"image {image.before.name}", staged.received if staged else 0)
