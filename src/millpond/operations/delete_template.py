"""Delete a template that no disk lies over."""

from pydantic import Field

from millpond.domain.job import Lock, Mode, Observation
from millpond.domain.names import Id, Name
from millpond.domain.permissions import Permission
from millpond.domain.template import TemplateDocument
from millpond.domain.vm import Model
from millpond.operations.base import Context, Operation, Step, seen
from millpond.operations.catalogue import every_image, template_of
from millpond.operations.templates import Seed, check_unlinked
from millpond.ports.world import World


class TemplateSpec(Model):
    """A request about one template of a pool."""

    pool: Name = Field(description="Name or id of the pool", examples=["pool1"])
    template: Name = Field(examples=["golden"])


class TemplatePlan(Model):
    """``image`` is the record of the import that it comes from, if it does."""

    pool: Id
    before: TemplateDocument
    image: Id | None


class DeleteTemplate(Operation[TemplateSpec, TemplatePlan]):
    kind = "template.delete"
    summary = "Delete a template and its files"
    permission = Permission.IMAGE_MANAGE
    spec_type = TemplateSpec
    plan_type = TemplatePlan

    async def plan(self, world: World, spec: TemplateSpec) -> TemplatePlan:
        pool = await world.pool(spec.pool)
        document = await template_of(world, pool, spec.template)
        await check_unlinked(world, pool, document.name)
        images = await every_image(world, pool)
        image = next((i.id for i in images if i.name == document.name), None)
        return TemplatePlan(pool=pool.id, before=document, image=image)

    def locks(self, spec: TemplateSpec, plan: TemplatePlan) -> list[Lock]:
        name = plan.before.name
        return [
            Lock(object=f"pool:{plan.pool}", mode=Mode.SHARED),
            Lock(object=f"template:{plan.pool}/{name}"),
            Lock(object=f"image-name:{plan.pool}/{name}"),
            *([Lock(object=f"image:{plan.image}")] if plan.image else []),
        ]

    def subject(self, spec: TemplateSpec, plan: TemplatePlan) -> str:
        return f"pool:{plan.pool}"

    def steps(self, world: World, spec: TemplateSpec, plan: TemplatePlan) -> list[Step]:
        seed = Seed(world, plan.pool, plan.before)

        async def gone() -> Observation:
            disks = (await seed.master()).disks
            return seen(await disks.size(await seed.directory()) is None)

        async def remove(_: Context) -> None:
            await seed.remove()

        steps = [Step("remove", gone, remove, point_of_no_return=True)]
        if plan.image is not None:
            steps.append(_forget_step(seed, plan.image))
        return steps


def _forget_step(seed: Seed, image: str) -> Step:
    async def observe() -> Observation:
        records = (await seed.master()).image_records
        return seen(all(i.id != image for i in await records.images(await seed.root())))

    async def act(_: Context) -> None:
        await (await seed.master()).image_records.delete_image(await seed.root(), image)

    return Step("forget", observe, act, point_of_no_return=True)
