"""Gathering the facts a preflight compares, from servers in or out of a pool."""

import asyncio
import time
from dataclasses import dataclass

from millpond.domain.errors import Failed, Refused, Unknown
from millpond.domain.names import new_id
from millpond.domain.preflight import Difference, ServerFacts, compare
from millpond.ports.agent import Agent
from millpond.ports.world import KnownServer, World


@dataclass(frozen=True)
class Reached:
    """A server and the way to it."""

    server: KnownServer
    agent: Agent


async def enrolled(world: World, key: str) -> Reached:
    """A server that has a certificate, addressed directly. Raises ``Refused``."""
    server = await world.server(key)
    if not server.enrolled:
        raise Refused(
            "server.not_enrolled",
            f"server {server.name}",
            "it has no certificate yet",
            f"run on it: millpond-agent enrol TOKEN (millpond server token {server.name})",
        )
    return Reached(server, world.direct(server.address, server.port, server.id))


async def _facts(reached: Reached, asked_for: list[str], root: str, nonce: str) -> ServerFacts:
    server, port = reached.server, reached.agent.server
    facts = ServerFacts(
        id=server.id, name=server.name, address=server.address, inventory=None, pool=server.pool
    )
    try:
        asked = time.time()
        inventory = await port.inventory()
        answered = time.time()
        resolves = await port.resolve(asked_for)
        sees = await port.read_probe(root, nonce)
        membership = await port.membership()
    except (Unknown, Refused, Failed) as error:
        return facts.model_copy(update={"problem": str(error)})
    # The clock was read somewhere between asking and answering: only what lies outside counts.
    early, late = asked - inventory.clock, inventory.clock - answered
    return facts.model_copy(
        update={
            "inventory": inventory,
            "resolves": resolves,
            "sees_storage": sees,
            "clock_offset": late if late > 0 else -early if early > 0 else 0.0,
            "pool": membership.pool if membership else None,
        }
    )


async def preflight(
    servers: list[Reached], root: str, bridges: set[str], pool: str | None = None
) -> tuple[list[ServerFacts], list[Difference]]:
    """Ask all servers at once (the first is the pool master) and compare what they say.

    The master writes a probe file under ``root`` for the others to see, and removes it again.
    """
    names = [r.server.name for r in servers]
    asked_for = [*names, *(r.server.address for r in servers)]
    nonce = new_id()
    master = servers[0].agent.server
    problem = ""
    try:
        await master.write_probe(root, nonce)
    except (Refused, Failed, Unknown) as error:
        problem = str(error)
    try:
        facts = await asyncio.gather(*(_facts(r, asked_for, root, nonce) for r in servers))
    finally:
        try:
            await master.remove_probe(root, nonce)
        except (Refused, Failed, Unknown):
            problem = problem or "the probe file could not be removed"
    differences = compare(list(facts), root, bridges, pool)
    if problem and facts[0].inventory is not None:
        differences.append(
            Difference(
                server=names[0],
                subject="shared storage",
                expected=f"{root} can be written",
                found=problem,
                fix=f"mount the shared repository on {root} of {names[0]}",
            )
        )
    return list(facts), differences


def refuse_blocking(pool: str, differences: list[Difference]) -> None:
    """Raise ``Refused(pool.preflight)`` with all differences if any of them blocks."""
    blocking = [d for d in differences if d.blocking]
    if blocking:
        raise Refused(
            "pool.preflight",
            f"pool {pool}",
            "; ".join(f"{d.server}: {d.subject}: {d.found}" for d in blocking),
            "; ".join(dict.fromkeys(d.fix for d in blocking)),
            {"differences": [d.model_dump(mode="json") for d in differences]},
        )
