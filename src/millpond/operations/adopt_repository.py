"""Adopt what lies in a repository: VMs, templates and ISOs of an Oracle VM, or plain image files, become
the pool's where they are."""

import asyncio

from pydantic import Field

from millpond.domain.converting import Wishes
from millpond.domain.errors import Unknown
from millpond.domain.image import ImageFacts
from millpond.domain.job import Lock, Mode, Observation
from millpond.domain.layout import vm_directory
from millpond.domain.names import Id, InterfaceName
from millpond.domain.permissions import Permission
from millpond.domain.pool import PoolDocument
from millpond.domain.template import TemplateDocument
from millpond.operations.adoption import (
    AdoptedImage,
    AdoptedVm,
    Around,
    Defaults,
    Link,
    Sorted,
    Sorting,
)
from millpond.operations.base import Context, Operation, Step, seen
from millpond.operations.catalogue import every_image, every_template
from millpond.operations.devices import claim_locks, claims
from millpond.operations.networks import bridges_of
from millpond.operations.records import readable
from millpond.operations.repositories import RepositorySpec
from millpond.operations.utility import utility_server
from millpond.operations.vms import Vm, follow
from millpond.ports.agent import Agent
from millpond.ports.world import World


class RepositoryAdoptSpec(RepositorySpec, Defaults):
    networks: dict[str, InterfaceName] = Field(
        default={},
        max_length=64,
        description="Bridges for networks that are called otherwise in a description",
        examples=[{"br0": "xenbr0"}],
    )
    new_macs: bool = Field(default=False, description="Fresh MAC addresses instead of their own")


class RepositoryAdoptPlan(Sorted):
    """The ``root`` of the repository (an id, None: the cluster root), and the server that looked."""

    pool: Id
    repository: Id | None
    root: str
    utility: Id


class AdoptRepository(Operation[RepositoryAdoptSpec, RepositoryAdoptPlan]):
    kind = "repository.adopt"
    summary = "Make VMs and images of what lies in a repository, where it is"
    permission = Permission.POOL_MANAGE
    spec_type = RepositoryAdoptSpec
    plan_type = RepositoryAdoptPlan

    async def plan(self, world: World, spec: RepositoryAdoptSpec) -> RepositoryAdoptPlan:
        pool = await world.pool(spec.pool)
        around = await _around(world, pool, spec.repository)
        utility = utility_server(pool, around.key, around.repository)
        finds = await world.agent(pool, utility).adoption.survey(around.root)
        wishes = Wishes(bridges=spec.networks, new_macs=spec.new_macs)
        found = Sorting(around, wishes, Defaults(memory=spec.memory, vcpus=spec.vcpus)).sort(finds)
        return RepositoryAdoptPlan(
            **dict(found),
            pool=pool.id,
            repository=around.repository_id,
            root=around.root,
            utility=utility,
        )

    def locks(self, spec: RepositoryAdoptSpec, plan: RepositoryAdoptPlan) -> list[Lock]:
        locks = [
            Lock(object=f"pool:{plan.pool}", mode=Mode.SHARED),
            Lock(object=f"server:{plan.utility}", mode=Mode.SHARED),
            Lock(object=f"adoption:{plan.repository or plan.pool}"),
        ]
        for vm in plan.vms:
            config = vm.before.config
            locks += [
                Lock(object=f"vm:{config.id}"),
                Lock(object=f"vm-name:{plan.pool}/{config.name}"),
                *claim_locks(plan.pool, claims(config)),
            ]
        for image in plan.images:
            name = f"{plan.pool}/{image.document.name}"
            locks += [Lock(object=f"{kind}:{name}") for kind in ("image-name", "template")]
            locks.append(Lock(object=f"image:{image.document.id}"))
        return locks

    def subject(self, spec: RepositoryAdoptSpec, plan: RepositoryAdoptPlan) -> str:
        return f"pool:{plan.pool}"

    def steps(
        self, world: World, spec: RepositoryAdoptSpec, plan: RepositoryAdoptPlan
    ) -> list[Step]:
        there = _There(world, plan)
        return [
            *(_image_step(there, image) for image in plan.images),
            *(_vm_step(there, vm) for vm in plan.vms),
            _told_step(plan),
        ]


async def _around(world: World, pool: PoolDocument, key: str) -> Around:
    repository = pool.repository(key)
    root = readable(pool, repository) if repository else pool.cluster_root
    vms, images, templates, bridges = await asyncio.gather(
        world.vms(pool),
        every_image(world, pool),
        every_template(world, pool),
        bridges_of(world, pool),
    )
    return Around(pool, repository, root, vms, images, [t.name for t in templates], bridges)


class _There:
    """The repository at work. The pool's record is read once: the job holds the pool."""

    def __init__(self, world: World, plan: RepositoryAdoptPlan) -> None:
        self.world = world
        self.plan = plan
        self._pool: PoolDocument | None = None

    async def pool(self) -> PoolDocument:
        if self._pool is None:
            self._pool = await self.world.pool(self.plan.pool)
        return self._pool

    async def utility(self) -> Agent:
        return self.world.agent(await self.pool(), self.plan.utility)

    async def master(self) -> Agent:
        return self.world.master(await self.pool())

    async def take(self, link: Link, to: str) -> None:
        await (await self.utility()).adoption.take(self.plan.root, link.file, link.format, to)

    async def facts(self, ctx: Context, link: Link) -> ImageFacts:
        agent, root = await self.utility(), self.plan.root
        task = f"{ctx.job}/digest {link.inode}"

        async def begin() -> None:
            await agent.adoption.digest(task, root, link.file, link.format)

        await follow(agent, task, begin, ctx)
        facts = await agent.adoption.facts(root, link.file)
        if facts is None:
            raise Unknown("digest", "the agent was restarted meanwhile")
        return facts


def _vm_step(there: _There, adopted: AdoptedVm) -> Step:
    """The record first, so that what is unfinished is known for what it is. Undone by removing the
    record and the files' second names; they keep their own."""
    before, plan = adopted.before, there.plan
    config = before.config
    vm = Vm(there.world, plan.pool, config.id, plan.repository)
    directory = vm_directory(plan.root, config.id)

    async def observe() -> Observation:
        document = await vm.read()
        return seen(document is not None and not document.creating)

    async def act(_: Context) -> None:
        master = await there.master()
        if vm.latest is None:
            await master.records.put_vm(plan.root, before)
        for link in adopted.links:
            await there.take(link, f"{directory}/{link.to}")
        await master.leases.create(plan.root, plan.pool, config.id)
        await vm.read()
        await vm.write(creating=False)

    async def undo() -> None:
        await (await there.master()).records.delete_vm(plan.root, config.id, True)
        await there.world.touch(await there.pool(), config.id)

    return Step(f"vm {config.name}", observe, act, undo)


def _image_step(there: _There, adopted: AdoptedImage) -> Step:
    """The image's record makes it one, and so is written last."""
    document, root = adopted.document, there.plan.root

    async def observe() -> Observation:
        found = await (await there.master()).image_records.images(root)
        return seen(any(d.id == document.id for d in found))

    async def act(ctx: Context) -> None:
        for link in adopted.links:
            await there.take(link, link.to)
        facts = [await there.facts(ctx, link) for link in adopted.links]
        master = await there.master()
        if adopted.template is not None:
            await master.image_records.put_template(root, _with_digests(adopted.template, facts))
        await master.image_records.put_image(root, document.model_copy(update={"facts": facts[0]}))

    async def undo() -> None:
        master, utility = await there.master(), await there.utility()
        await master.image_records.delete_image(root, document.id)
        if adopted.template is not None:
            await master.image_records.delete_template(root, document.name, False)
        for link in adopted.links:
            await utility.adoption.release(root, link.file, link.to)

    return Step(f"{document.kind.value} {document.name}", observe, act, undo)


def _with_digests(template: TemplateDocument, facts: list[ImageFacts]) -> TemplateDocument:
    disks = (
        disk.model_copy(update={"sha256": found.sha256})
        for disk, found in zip(template.disks, facts, strict=True)
    )
    return template.model_copy(update={"disks": tuple(disks)})


def _told_step(plan: RepositoryAdoptPlan) -> Step:
    """What there is to know, in the job's result."""
    told = False

    async def observe() -> Observation:
        return seen(told)

    async def act(ctx: Context) -> None:
        nonlocal told
        entries: tuple[AdoptedVm | AdoptedImage, ...] = (*plan.vms, *plan.images)
        await ctx.result(
            {
                "vms": [v.before.config.name for v in plan.vms],
                "images": [i.document.name for i in plan.images],
                "known": list(plan.known),
                "notes": [f"{e.path}: {note}" for e in entries for note in e.notes],
                "refused": [
                    f"{r.path}: {r.problem.message}; {r.problem.fix}" for r in plan.refused
                ],
            }
        )
        told = True

    return Step("tell", observe, act)
