"""What the operations on imported images share."""

from typing import TypeVar

from pydantic import Field

from millpond.domain.errors import Refused, not_found
from millpond.domain.image import ImageDocument, ImageKind, ImageState
from millpond.domain.job import Lock, Mode, Observation
from millpond.domain.layout import image_path
from millpond.domain.names import Id, Name
from millpond.domain.permissions import Permission
from millpond.domain.pool import PoolDocument
from millpond.domain.vm import Model
from millpond.operations.base import Context, Operation, Step, seen
from millpond.operations.catalogue import image_of, lies_in
from millpond.operations.utility import utility_server
from millpond.ports.agent import Agent
from millpond.ports.world import World


class ImageSpec(Model):
    """A request about one image of a pool, by name or id."""

    pool: Name = Field(description="Name or id of the pool", examples=["pool1"])
    image: Name = Field(description="Name or id of the image", examples=["debian-12"])


class ImagePlan(Model):
    """The image's record as it was when the request was accepted (or shall be at first), and the
    utility server that does the work."""

    pool: Id
    before: ImageDocument
    utility: Id


S = TypeVar("S", bound=Model)
P = TypeVar("P", bound=ImagePlan)


class ImageOperation(Operation[S, P]):
    """An operation on one image: it holds the image alone, its pool and server shared."""

    permission = Permission.IMAGE_MANAGE

    def locks(self, spec: S, plan: P) -> list[Lock]:
        image = plan.before
        locks = [
            Lock(object=f"pool:{plan.pool}", mode=Mode.SHARED),
            Lock(object=f"server:{plan.utility}", mode=Mode.SHARED),
            Lock(object=f"image:{image.id}"),
            Lock(object=f"image-name:{plan.pool}/{image.name}"),
        ]
        if image.kind is ImageKind.TEMPLATE:
            locks.append(Lock(object=f"template:{plan.pool}/{image.name}"))
        return locks

    def subject(self, spec: S, plan: P) -> str:
        return f"image:{plan.before.id}"


async def find_image(world: World, spec: ImageSpec) -> tuple[PoolDocument, ImageDocument]:
    """Raises ``Refused(request.not_found)``."""
    pool = await world.pool(spec.pool)
    return pool, await image_of(world, pool, spec.image)


async def approved_iso(world: World, pool: PoolDocument, iso: str) -> ImageDocument:
    """Raises ``Refused``: ``request.not_found``, or ``image.state`` if it is not approved yet."""
    fix = "list the CDs with: millpond image list --kind iso"
    return await _approved(world, pool, iso, ImageKind.ISO, fix)


async def approved_disk(world: World, pool: PoolDocument, disk: str) -> ImageDocument:
    """A shared disk. Raises what ``approved_iso`` raises."""
    fix = "list the shared disks with: millpond image list --kind disk"
    return await _approved(world, pool, disk, ImageKind.DISK, fix)


async def _approved(
    world: World, pool: PoolDocument, key: str, kind: ImageKind, fix: str
) -> ImageDocument:
    document = await image_of(world, pool, key)
    if document.kind is not kind:
        raise not_found("image", key, fix)
    check_state(document, ImageState.APPROVED)
    return document


def check_reached(
    subject: str, pool: PoolDocument, image: ImageDocument, repository: str | None
) -> None:
    """Raises ``Refused(request.invalid)`` for a VM that lies, or shall lie, in another ``repository`` (an id)
    than the image."""
    if image.repository != repository:
        raise Refused(
            "request.invalid",
            subject,
            f"image {image.name} lies in repository {lies_in(pool, image.repository)}, and a VM reads "
            "only those of its own",
            "use a VM of that repository, or import the image into the VM's under another name: "
            "millpond image import POOL IMAGE SOURCE --repository REPOSITORY",
        )


def planned(pool: PoolDocument, document: ImageDocument) -> ImagePlan:
    found = pool.repository(document.repository) if document.repository else None
    utility = utility_server(pool, document.id, found)
    return ImagePlan(pool=pool.id, before=document, utility=utility)


class Image:
    """One image while a job is at it. The pool's record is read once: the job holds the pool."""

    def __init__(self, world: World, plan: ImagePlan) -> None:
        self.world = world
        self.before = plan.before
        self.id = plan.before.id
        self._plan = plan
        self._pool: PoolDocument | None = None

    async def master(self) -> tuple[Agent, str]:
        """The pool master's agent and the repository's root."""
        pool = await self.pool()
        return self.world.master(pool), pool.root_of(self.before.repository)

    async def utility(self) -> tuple[Agent, str]:
        """The utility server's agent and the repository's root."""
        pool = await self.pool()
        root = pool.root_of(self.before.repository)
        return self.world.agent(pool, self._plan.utility), root

    async def pool(self) -> PoolDocument:
        if self._pool is None:
            self._pool = await self.world.pool(self._plan.pool)
        return self._pool

    async def path(self) -> str:
        """Where it lies once it is approved."""
        _, root = await self.master()
        return image_path(root, self.before.kind, self.before.name, self.before.format)

    async def read(self) -> ImageDocument | None:
        master, root = await self.master()
        found = await master.image_records.images(root)
        return next((d for d in found if d.id == self.id), None)

    async def put(self, document: ImageDocument) -> None:
        master, root = await self.master()
        await master.image_records.put_image(root, document)

    async def discard(self) -> None:
        agent, root = await self.utility()
        await agent.images.discard(root, self.id)

    async def forget(self) -> None:
        master, root = await self.master()
        await master.image_records.delete_image(root, self.id)

    def state_step(self, name: str, state: ImageState) -> Step:
        """Record that it has got so far, with what was found of it."""

        async def observe() -> Observation:
            document = await self.read()
            return seen(document is not None and document.state is state)

        async def act(_: Context) -> None:
            document = await self.read()
            if document is None:
                raise not_found("image", self.before.name)
            agent, root = await self.utility()
            staged = await agent.images.staged(root, self.id)
            facts = (staged.facts if staged else None) or document.facts
            changes = {"state": state, "facts": facts, "generation": document.generation + 1}
            await self.put(document.model_copy(update=changes))

        return Step(name, observe, act, point_of_no_return=True)


def check_state(document: ImageDocument, *states: ImageState) -> None:
    """Raises ``Refused(image.state)`` unless it is in one of them."""
    if document.state not in states:
        raise Refused(
            "image.state",
            f"image {document.name}",
            f"it is {document.state.value}",
            "see how far it is with: millpond image list",
        )
