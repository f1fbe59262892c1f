"""Let a pool use an image that was imported."""

from millpond.domain.image import ImageKind, ImageState
from millpond.domain.job import Observation
from millpond.domain.template import TemplateDisk, TemplateDocument
from millpond.domain.vm import DiskFormat
from millpond.operations.base import Context, Step, seen
from millpond.operations.images import (
    Image,
    ImageOperation,
    ImagePlan,
    ImageSpec,
    check_state,
    find_image,
    planned,
)
from millpond.ports.world import World


class ApproveImage(ImageOperation[ImageSpec, ImagePlan]):
    kind = "image.approve"
    summary = "Approve an imported image: from then on it can be used"
    spec_type = ImageSpec
    plan_type = ImagePlan

    async def plan(self, world: World, spec: ImageSpec) -> ImagePlan:
        pool, document = await find_image(world, spec)
        check_state(document, ImageState.PENDING)
        return planned(pool, document)

    def steps(self, world: World, spec: ImageSpec, plan: ImagePlan) -> list[Step]:
        image = Image(world, plan)
        steps = [_publish_step(image), image.state_step("finish", ImageState.APPROVED)]
        if image.before.kind is ImageKind.TEMPLATE:
            steps.insert(1, _template_step(image))
        return steps


def _publish_step(image: Image) -> Step:
    async def observe() -> Observation:
        agent, root = await image.utility()
        there = await agent.disks.size(await image.path()) is not None
        return seen(there and await agent.images.staged(root, image.id) is None)

    async def act(_: Context) -> None:
        agent, root = await image.utility()
        await agent.images.publish(root, image.id, await image.path())

    return Step("publish", observe, act, point_of_no_return=True)


def _template_step(image: Image) -> Step:
    """Describe the template beside its disk: that makes it one."""
    before, facts = image.before, image.before.facts
    assert facts is not None, "an image is pending once that is known"
    document = TemplateDocument(
        name=before.name,
        description=before.description,
        memory=before.memory,
        vcpus=before.vcpus,
        disks=(
            TemplateDisk(
                target="vda",
                file=f"system.{before.format.value}",
                format=DiskFormat(before.format.value),
                size=facts.virtual_size,
                sha256=facts.sha256,
            ),
        ),
        repository=before.repository,
    )

    async def observe() -> Observation:
        master, root = await image.master()
        return seen(await master.records.template(root, before.name) == document)

    async def act(_: Context) -> None:
        master, root = await image.master()
        await master.image_records.put_template(root, document)

    return Step("template", observe, act, point_of_no_return=True)
