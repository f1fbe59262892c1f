"""Repositories of a pool."""

import asyncio
from typing import Annotated, NamedTuple

from fastapi import APIRouter
from fastapi.responses import Response

from millpond.domain.errors import Failed, Refused, Unknown
from millpond.domain.names import Name
from millpond.domain.permissions import Permission
from millpond.domain.pool import Member, PoolDocument
from millpond.domain.repository import CLUSTER_ROOT, Repository, RepositoryState
from millpond.domain.vm import VmDocument
from millpond.manager.api import models, views
from millpond.manager.api.deps import After, Calling, Key, Limit, Parts, runs, serves
from millpond.manager.api.specs import Asked
from millpond.operations.adopt_repository import RepositoryAdoptSpec
from millpond.operations.attach_repository import RepositoryAttachSpec
from millpond.operations.create_repository import RepositoryCreateSpec
from millpond.operations.drop_repository import RepositoryDeleteSpec, RepositoryDetachSpec
from millpond.operations.repositories import RepositorySpec
from millpond.ports.world import World

router = APIRouter(prefix="/pools/{key}/repositories", tags=["Repositories"])

_READS = (
    "request.not_found",
    "server.unreachable",
    "step.unknown",
    "step.failed",
    "server.role",
    "storage.unavailable",
    "pool.deposed",
    "pool.unreadable",
)


class _Answer(NamedTuple):
    """What a member says: of the cluster root, and of each other repository that it shall have."""

    member: Member
    root: RepositoryState
    others: dict[str, RepositoryState]


async def _ask(world: World, pool: PoolDocument, member: Member) -> _Answer | None:
    agent, wanted = world.agent(pool, member.id), list(pool.repositories_of(member.id))
    try:
        root, states = await asyncio.gather(
            agent.repositories.room(pool.cluster_root), agent.repositories.states(wanted)
        )
    except (Refused, Failed, Unknown):
        return None
    return _Answer(member, root, {r.id: s for r, s in zip(wanted, states, strict=True)})


async def _look(world: World, key: str) -> list[models.RepositoryView]:
    """The cluster root, then the others by name."""
    pool = await world.pool(key)
    vms, answers = await asyncio.gather(
        world.vms(pool), asyncio.gather(*(_ask(world, pool, m) for m in pool.members))
    )
    heard = [a for a in answers if a is not None]
    others = sorted(pool.repositories, key=lambda r: r.name)
    return [_view(pool, r, heard, vms) for r in (None, *others)]


def _view(
    pool: PoolDocument,
    repository: Repository | None,
    heard: list[_Answer],
    vms: list[VmDocument],
) -> models.RepositoryView:
    states = {a.member.name: _state(a, repository) for a in heard}
    found = {name: state for name, state in states.items() if state is not None}
    best = next((s for s in found.values() if s.usable), RepositoryState())
    key = repository.id if repository else None
    lying = [d for d in vms if d.repository == key]
    shall = [m for m in pool.members if repository is None or repository.on(m.id)]
    return models.RepositoryView(
        id=repository.id if repository else None,
        name=repository.name if repository else CLUSTER_ROOT,
        kind=repository.kind if repository else None,
        source=repository.source if repository else pool.cluster_root,
        mount=repository.mount if repository else pool.cluster_root,
        cluster_root=repository is None,
        servers=[name for name, state in found.items() if state.usable],
        problems={name: state.problem for name, state in found.items() if not state.usable},
        unknown=[m.name for m in shall if m.name not in found],
        total=best.total,
        free=best.free,
        virtual=sum(
            disk.size * len(disk.owned)
            for document in vms
            for disk in document.config.disks
            if disk.source.startswith("file:") and document.repository_of(disk) == key
        ),
        vms=len(lying),
    )


def _state(answer: _Answer, repository: Repository | None) -> RepositoryState | None:
    return answer.root if repository is None else answer.others.get(repository.id)


@router.get("", summary="List repositories", **serves(Permission.POOL_VIEW, *_READS))
async def list_repositories(
    api: Parts, key: Key, limit: Limit = 100, after: After = None
) -> models.Listing[models.RepositoryView]:
    """The cluster root and the pool's other repositories, as its servers see them now."""
    items = sorted(await _look(api.manager.world(), key), key=lambda r: r.name)
    shown, more = views.page(items, limit, after, lambda r: r.name)
    return models.Listing(items=shown, next=more)


@router.get("/{repository}", summary="Show one repository", **serves(Permission.POOL_VIEW, *_READS))
async def show_repository(api: Parts, key: Key, repository: Name) -> models.RepositoryView:
    """By id or name; the cluster root is called ``root``."""
    world = api.manager.world()
    found = (await world.pool(key)).repository(repository)
    name = found.name if found else CLUSTER_ROOT
    return next(r for r in await _look(world, key) if r.name == name)


@router.post("", **runs("repository.create"))
async def create_repository(
    call: Calling,
    spec: Annotated[RepositoryCreateSpec, Asked(RepositoryCreateSpec, pool="key")],
) -> Response:
    return await call.accept("repository.create", spec)


@router.post("/attach", **runs("repository.attach"))
async def attach_repository(
    call: Calling,
    spec: Annotated[RepositoryAttachSpec, Asked(RepositoryAttachSpec, pool="key")],
) -> Response:
    return await call.accept("repository.attach", spec)


@router.post("/{repository}/refresh", **runs("repository.refresh"))
async def refresh_repository(
    call: Calling,
    spec: Annotated[RepositorySpec, Asked(RepositorySpec, pool="key", repository="repository")],
) -> Response:
    return await call.accept("repository.refresh", spec)


@router.post("/{repository}/adopt", **runs("repository.adopt"))
async def adopt_repository(
    call: Calling,
    spec: Annotated[
        RepositoryAdoptSpec, Asked(RepositoryAdoptSpec, pool="key", repository="repository")
    ],
) -> Response:
    return await call.accept("repository.adopt", spec)


@router.post("/{repository}/detach", **runs("repository.detach"))
async def detach_repository(
    call: Calling,
    spec: Annotated[
        RepositoryDetachSpec, Asked(RepositoryDetachSpec, pool="key", repository="repository")
    ],
) -> Response:
    return await call.accept("repository.detach", spec)


@router.delete("/{repository}", **runs("repository.delete"))
async def delete_repository(
    call: Calling,
    spec: Annotated[
        RepositoryDeleteSpec,
        Asked(RepositoryDeleteSpec, pool="key", repository="repository", query=("contents",)),
    ],
) -> Response:
    return await call.accept("repository.delete", spec)
