"""What all operations on repositories share: who has one, and the steps that bring it to them."""

import asyncio
from typing import TypeVar

from pydantic import Field, ValidationError

from millpond.domain.errors import Failed, MillpondError, Refused, Unknown
from millpond.domain.job import Observation
from millpond.domain.names import AbsolutePath, Id, Name, new_id
from millpond.domain.placement import repositories_of
from millpond.domain.pool import Member, PoolDocument
from millpond.domain.repository import CLUSTER_ROOT, MOUNTS, Identity, Repository, RepositoryKind
from millpond.domain.vm import Model
from millpond.operations.base import Context, Step, seen
from millpond.operations.pool_members import member_by_key
from millpond.operations.pools import PoolPlan, PoolSpec
from millpond.ports.agent import Agent
from millpond.ports.world import World

M = TypeVar("M", bound=Model)


class RepositorySpec(PoolSpec):
    """A request about one repository of a pool."""

    repository: Name = Field(description="Name or id of the repository", examples=["data1"])


class RepositorySource(Model):
    """Storage that a pool shall have as a repository."""

    name: Name = Field(examples=["data1"])
    kind: RepositoryKind = Field(examples=["nfs"])
    source: str = Field(
        max_length=512,
        description="A directory (local), SERVER:/EXPORT (nfs) or a block device (ocfs2)",
        examples=["filer1:/vol/data1"],
    )
    servers: tuple[Name, ...] = Field(
        default=(),
        max_length=255,
        description="The servers that have a local one; left out: all members",
    )
    mount: AbsolutePath | None = Field(
        default=None, description=f"Where to mount it; left out, in {MOUNTS}"
    )


class RepositoryPlan(PoolPlan):
    """``servers`` are those that have it and answered, the pool master first if it is one."""

    repository: Repository
    identity: Identity
    servers: tuple[Id, ...]


def checked_repository(pool: PoolDocument, spec: RepositorySource, id_: str) -> Repository:
    """The repository that the request is about. Raises ``Refused``: ``request.invalid``,
    ``object.exists``."""
    local = spec.kind is RepositoryKind.LOCAL
    everyone = tuple(m.name for m in pool.members)
    named = spec.servers or (everyone if local else ())
    members = tuple(dict.fromkeys(member_by_key(pool, key).id for key in named))
    mount = spec.mount or (spec.source if local else f"{MOUNTS}/{id_}")
    subject = f"repository {spec.name}"
    try:
        made = Repository(
            id=id_,
            name=spec.name,
            kind=spec.kind,
            source=spec.source,
            mount=mount,
            members=members,
        )
    except ValidationError as error:
        why = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise Refused("request.invalid", subject, why, "correct the request") from error
    _check_free(pool, made)
    return made


def _check_free(pool: PoolDocument, made: Repository) -> None:
    subject = f"repository {made.name}"
    for other in pool.repositories:
        if made.name == other.name or made.id == other.id:
            raise Refused(
                "object.exists",
                subject,
                f"pool {pool.name} has it already" if made.id == other.id else "the name is taken",
                "list what the pool has with: millpond repository list POOL",
            )
    if made.name == CLUSTER_ROOT:
        raise Refused(
            "object.exists", subject, "the cluster root is called that", "choose another name"
        )
    taken = {pool.cluster_root: CLUSTER_ROOT} | {r.mount: r.name for r in pool.repositories}
    for root, name in taken.items():
        if made.mount == root:
            raise Refused(
                "object.exists",
                subject,
                f"{root} is repository {name} of the pool already",
                "list what the pool has with: millpond repository list POOL",
            )
        if _within(made.mount, root) or _within(root, made.mount):
            raise Refused(
                "request.invalid",
                subject,
                f"{made.mount} and {root}, which is a repository of the pool, lie in each other",
                "give a directory of its own",
            )


def _within(path: str, root: str) -> bool:
    return f"{path}/".startswith(f"{root}/")


def one_of(pool: PoolDocument, key: str) -> Repository:
    """A repository besides the cluster root. Raises ``Refused``: ``request.not_found``,
    ``repository.in_use`` for the cluster root."""
    found = pool.repository(key)
    if found is None:
        raise Refused(
            "repository.in_use",
            f"repository {CLUSTER_ROOT}",
            "it is the pool's cluster root, and lives as long as the pool",
            f"delete the pool: millpond pool delete {pool.name}",
        )
    return found


async def owners(world: World, pool: PoolDocument, repository: Repository) -> list[Member]:
    """Those of its servers that answer now, the pool master first. Raises
    ``Refused(server.unreachable)`` if none does. Others get it by themselves once they are back."""
    members = sorted(
        (m for m in pool.members if repository.on(m.id)), key=lambda m: m.id != pool.master.id
    )

    async def answers(member: Member) -> bool:
        try:
            await world.agent(pool, member.id).server.membership()
        except MillpondError:
            return False
        return True

    found = await asyncio.gather(*(answers(m) for m in members))
    able = [m for m, answered in zip(members, found, strict=True) if answered]
    if not able:
        raise Refused(
            "server.unreachable",
            f"repository {repository.name}",
            "none of its servers answers",
            "bring one of them back",
        )
    return able


async def probed(
    world: World, pool: PoolDocument, spec: RepositorySource
) -> tuple[Repository, list[Member], Identity | None]:
    """The repository that is asked for under a new id, its servers that answer, and who its storage says
    that it is (None: there is no repository). Raises what ``checked_repository`` and ``owners`` raise."""
    draft = checked_repository(pool, spec, new_id())
    members = await owners(world, pool, draft)
    return draft, members, await world.agent(pool, members[0].id).repositories.probe(draft)


def identity_of(pool: PoolDocument, repository: Repository) -> Identity:
    return Identity(id=repository.id, name=repository.name, pool=pool.id, pool_name=pool.name)


def mount_step(world: World, pool: PoolDocument, member: Member, repository: Repository) -> Step:
    """Have it on the server; undone by taking it from there."""

    def there() -> Agent:
        return world.agent(pool, member.id)

    async def observe() -> Observation:
        state, *_ = await there().repositories.states([repository])
        return seen(state.usable)

    async def act(_: Context) -> None:
        await there().repositories.mount(repository)

    async def undo() -> None:
        await there().repositories.unmount(repository)

    return Step(f"mount on {member.name}", observe, act, undo)


def unmount_step(world: World, pool: PoolDocument, member: Member, repository: Repository) -> Step:
    done = False

    async def observe() -> Observation:
        return seen(done)

    async def act(_: Context) -> None:
        nonlocal done
        await world.agent(pool, member.id).repositories.unmount(repository)
        done = True

    return Step(f"unmount on {member.name}", observe, act)


def tell_step(world: World, before: PoolDocument, after: PoolDocument, member: Member) -> Step:
    """Let the server know which repositories it has from now on, before it reads that in the pool's
    record."""

    async def tell(pool: PoolDocument) -> None:
        server = world.agent(after, member.id).server
        known = await server.membership()
        if known is None or known.pool != after.id:
            raise Failed("tell", f"{member.name} is not in pool {after.name} any more")
        wanted = known.model_copy(update={"repositories": pool.repositories_of(member.id)})
        if wanted != known:
            await server.join(wanted)

    async def observe() -> Observation:
        known = await world.agent(after, member.id).server.membership()
        return seen(known is not None and known.repositories == after.repositories_of(member.id))

    async def act(_: Context) -> None:
        await tell(after)

    async def undo() -> None:
        await tell(before)

    return Step(f"tell {member.name}", observe, act, undo)


async def check_no_guests(
    world: World, pool: PoolDocument, repository: Repository, members: list[Member]
) -> None:
    """Raises ``Refused(repository.in_use)`` while a guest runs from it, by the word of the records and
    of the servers themselves."""
    used = {
        d.config.name
        for d in await world.vms(pool)
        if repository.id in repositories_of(d.config, d.repository)
        and (d.placed_on or d.migrating_to)
    }

    async def running(member: Member) -> set[str]:
        try:
            guests = await world.agent(pool, member.id).hypervisor.guests()
        except Unknown:
            return set()
        return {g.config.name for g in guests if _within(g.directory, repository.mount)}

    used = used.union(*await asyncio.gather(*(running(m) for m in members)))
    if used:
        raise Refused(
            "repository.in_use",
            f"repository {repository.name}",
            f"{len(used)} VMs are on from it, such as {', '.join(sorted(used)[:3])}",
            "stop them first: millpond vm stop VM...",
        )


def without(pool: PoolDocument, repository: Repository) -> PoolDocument:
    """The pool's record once it does not have it any more."""
    left = tuple(r for r in pool.repositories if r.id != repository.id)
    return pool.model_copy(update={"repositories": left})
