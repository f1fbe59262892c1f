"""Gathering what placement decides on."""

import asyncio
from dataclasses import replace

from millpond.domain.errors import Refused, Unknown
from millpond.domain.placement import Candidate, Placement, place
from millpond.domain.pool import Member, PoolDocument
from millpond.domain.server import Inventory, Role
from millpond.domain.vm import VmConfig, VmDocument
from millpond.operations.base import Context, Step
from millpond.operations.vms import Vm
from millpond.ports.world import World


async def inventories(
    world: World, pool: PoolDocument, only: str | None = None
) -> dict[str, Inventory | None]:
    """Each member's inventory by server id, asked all at once; None where none came. ``only``: the
    one server to ask, by id or name."""

    async def ask(member: Member) -> Inventory | None:
        if only not in (None, member.id, member.name):
            return None
        try:
            return await world.agent(pool, member.id).server.inventory()
        except Unknown:
            return None

    answers = await asyncio.gather(*(ask(m) for m in pool.members))
    return {m.id: answer for m, answer in zip(pool.members, answers, strict=True)}


def committed_by(documents: list[VmDocument]) -> dict[str, int]:
    """MiB of max_memory placed on, or moving to, each server."""
    committed: dict[str, int] = {}
    for document in documents:
        for server in {document.placed_on, document.migrating_to}:
            if server is not None:
                committed[server] = committed.get(server, 0) + document.config.max_memory
    return committed


async def candidates(
    world: World, pool: PoolDocument, known: dict[str, Inventory | None], leaving_out: str = ""
) -> list[Candidate]:
    """The members as placement sees them; VM ``leaving_out`` is not counted as placed."""
    committed = committed_by([d for d in await world.vms(pool) if d.config.id != leaving_out])
    result = []
    for member in pool.members:
        inventory = known[member.id]
        result.append(
            Candidate(
                id=member.id,
                name=member.name,
                reachable=inventory is not None,
                maintenance=member.maintenance,
                vm_role=Role.VM in member.roles,
                memory=inventory.memory if inventory else 0,
                committed=committed.get(member.id, 0),
                bridges=frozenset(b.name for b in inventory.bridges) if inventory else frozenset(),
            )
        )
    return result


async def choose(world: World, pool: PoolDocument, config: VmConfig, on: str | None) -> Placement:
    """A server for a VM that is off. Raises ``Refused(placement.none)``."""
    known = await inventories(world, pool, on)
    return place(config, await candidates(world, pool, known, config.id), on)


def placed_step(
    vm: Vm, name: str, before: VmDocument, placement: Placement, **wanted: object
) -> Step:
    """Record where the VM goes; refused if the server is full by then.

    Plans are made side by side and may count on the same memory. Whoever has written its claim
    counts all claims: of two that do not fit together, never both stay.
    """
    claim = vm.record_step(name, before, **wanted)

    async def act(ctx: Context) -> None:
        await claim.act(ctx)
        committed = committed_by(await vm.world.vms(await vm.pool()))
        if committed.get(placement.server, 0) > placement.capacity:
            await claim.undo()
            raise Refused(
                "placement.none",
                f"vm {before.config.name}",
                f"{placement.server_name} was filled by other VMs meanwhile",
                "try again",
            )

    return replace(claim, act=act)
