"""Gathering what placement decides on."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping

from millpond.domain.errors import Refused, Unknown
from millpond.domain.ha.affinity import Affinity
from millpond.domain.placement import Candidate, Placement
from millpond.domain.pool import Member, PoolDocument
from millpond.domain.server import Inventory, Role
from millpond.domain.vm import VmDocument
from millpond.operations.base import Context, Step, admitted
from millpond.operations.vms import Vm
from millpond.ports.world import World

Inventories = Mapping[str, Inventory | None]
"""By server id; None where none came."""

RoomCheck = Callable[[PoolDocument, list[VmDocument]], Awaitable[None]]
"""Raises ``Refused`` if these records of a pool and its VMs leave too little room."""


async def inventories(
    world: World, pool: PoolDocument, only: str | None = None
) -> dict[str, Inventory | None]:
    """Each member's inventory, asked all at once. ``only``: the one server to ask, by id or name."""

    async def ask(member: Member) -> Inventory | None:
        if only not in (None, member.id, member.name):
            return None
        try:
            return await world.agent(pool, member.id).server.inventory()
        except Unknown:
            return None

    answers = await asyncio.gather(*(ask(m) for m in pool.members))
    return {m.id: answer for m, answer in zip(pool.members, answers, strict=True)}


def committed_by(documents: Collection[VmDocument]) -> dict[str, int]:
    """MiB of max_memory placed on, or moving to, each server."""
    committed: dict[str, int] = {}
    for document in documents:
        for server in {document.placed_on, document.migrating_to}:
            if server is not None:
                committed[server] = committed.get(server, 0) + document.config.max_memory
    return committed


def names_on(pool: PoolDocument, documents: Collection[VmDocument]) -> dict[str, frozenset[str]]:
    """The names of the VMs placed on, or moving to, each server. From a server in maintenance all
    are moving away: no rule keeps another VM with them."""
    staying = {m.id for m in pool.members if not m.maintenance}
    return {
        server: frozenset(
            d.config.name for d in documents if server in (d.placed_on, d.migrating_to)
        )
        for server in staying
    }


async def candidates(
    world: World, pool: PoolDocument, known: Inventories, leaving_out: str = ""
) -> list[Candidate]:
    """The members as placement sees them; VM ``leaving_out`` is not counted as placed."""
    others = [d for d in await world.vms(pool) if d.config.id != leaving_out]
    return candidates_of(pool, known, others)


def candidates_of(
    pool: PoolDocument, known: Inventories, documents: Collection[VmDocument]
) -> list[Candidate]:
    """The members as placement sees them, with these VMs on them."""
    committed, names = committed_by(documents), names_on(pool, documents)
    result = []
    for member in pool.members:
        inventory = known[member.id]
        result.append(
            Candidate(
                id=member.id,
                name=member.name,
                reachable=inventory is not None,
                joined=inventory is not None and inventory.joined,
                maintenance=member.maintenance,
                vm_role=Role.VM in member.roles,
                memory=inventory.memory if inventory else 0,
                committed=committed.get(member.id, 0),
                bridges=frozenset(b.name for b in inventory.bridges) if inventory else frozenset(),
                repositories=inventory.repositories if inventory else frozenset(),
                vms=names.get(member.id, frozenset()),
            )
        )
    return result


async def afresh(vm: Vm) -> tuple[PoolDocument, list[VmDocument]]:
    """The VM's pool and the pool's VMs as they are now. A pool may have other rules, and tolerate
    more failures, than when the job began."""
    return await asyncio.gather(vm.world.pool(vm.pool_id), vm.world.vms(await vm.pool()))


def placed_step(
    vm: Vm,
    name: str,
    before: VmDocument,
    placement: Placement,
    check_room: RoomCheck | None = None,
    **wanted: object,
) -> Step:
    """Record where the VM goes; refused if the server is full by then, or a rule is against it, or
    ``check_room`` raises.

    Plans are made side by side and may count on the same memory. Whoever sees its claim written
    counts all claims: of two that do not fit together, never both stay, whatever crashes.
    """

    async def check() -> None:
        pool, documents = await afresh(vm)
        if why := objection(pool, documents):
            raise Refused("placement.none", f"vm {before.config.name}", why, "try again")
        if check_room is not None:
            await check_room(pool, documents)

    def objection(pool: PoolDocument, documents: list[VmDocument]) -> str | None:
        if committed_by(documents).get(placement.server, 0) > placement.capacity:
            return f"{placement.server_name} was filled by other VMs meanwhile"
        others = [d for d in documents if d.config.id != vm.id]
        names = {m.id: m.name for m in pool.members}
        placed = {names[server]: vms for server, vms in names_on(pool, others).items()}
        rules = Affinity(pool.ha.rules)
        return rules.objection(before.config.name, placement.server_name, placed)

    return admitted(vm.claim_step(name, before, **wanted), check)


async def keep_claim(vm: Vm, claim: Step, server: str, run: str, ctx: Context) -> None:
    """Before a guest is brought to life its record has to send it there. A job that rested for long
    may find the VM released meanwhile: then it makes its ``claim`` anew. Raises ``Refused``:
    ``placement.none`` if its room is gone, ``vm.state`` if the pool has started it by itself."""
    document = await vm.read()
    if document is not None and document.placed_on is None:
        await claim.act(ctx)
        await claim.observe()
        document = await vm.read()
    if document is None or (document.placed_on, document.run) != (server, run):
        name = document.config.name if document else vm.id
        raise Refused(
            "vm.state",
            f"vm {name}",
            "its record was changed while this job rested",
            f"look at it, then repeat the request: millpond vm show {name}",
        )
