"""Do these servers make a pool? A pure comparison that names every difference and its fix."""

from pydantic import Field

from millpond.domain.server import Acceleration, Inventory
from millpond.domain.vm import Model

MAX_CLOCK_OFFSET = 2.0
"""Seconds two servers' clocks may differ; TLS and logs need no better."""


class ServerFacts(Model):
    """What the preflight gathered of one server. ``inventory`` is None when its agent did not
    answer, with the reason in ``problem``. ``clock_offset`` is in seconds against the manager.
    ``resolves`` maps each member's name, and its address (which may be a host name, too), to the
    addresses that they resolve to there."""

    id: str
    name: str
    address: str
    inventory: Inventory | None
    problem: str = ""
    clock_offset: float = 0.0
    resolves: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    sees_storage: bool = False
    pool: str | None = None


class Difference(Model):
    """One thing in the way (``blocking``) or worth knowing."""

    server: str
    subject: str
    expected: str
    found: str
    fix: str
    blocking: bool = True


def _reachability(facts: ServerFacts, pool: str | None) -> list[Difference]:
    if facts.inventory is None:
        return [
            Difference(
                server=facts.name,
                subject="reachability",
                expected="the agent answers",
                found=facts.problem,
                fix=f"check that millpond-agent runs on {facts.address} and was enrolled",
            )
        ]
    if facts.pool is not None and facts.pool != pool:
        return [
            Difference(
                server=facts.name,
                subject="membership",
                expected="the server belongs to no other pool",
                found=f"it belongs to pool {facts.pool}",
                fix="remove it from that pool first",
            )
        ]
    return []


def _versions(reference: Inventory, mine: Inventory, name: str) -> list[Difference]:
    found: list[Difference] = []
    for subject, expected, have, fix in (
        (
            "agent version",
            reference.agent_version,
            mine.agent_version,
            "install the same Millpond version on all servers",
        ),
        (
            "hypervisor",
            f"{reference.hypervisor} ({reference.acceleration.value})",
            f"{mine.hypervisor} ({mine.acceleration.value})",
            "install the same hypervisor packages; " + mine.acceleration_proof,
        ),
        (
            "libvirt",
            reference.libvirt_version,
            mine.libvirt_version,
            "install the same libvirt packages",
        ),
        (
            "CPU vendor",
            reference.cpu.vendor,
            mine.cpu.vendor,
            "live migration needs one CPU vendor in a pool; use servers of one make",
        ),
    ):
        if expected != have:
            found.append(
                Difference(server=name, subject=subject, expected=expected, found=have, fix=fix)
            )
    return found


def _cpu(reference: Inventory, mine: Inventory, name: str) -> list[Difference]:
    """Guests that borrow the server's CPU need the same features everywhere; emulated ones do
    not care."""
    if mine.acceleration is Acceleration.TCG:
        return []
    missing = sorted(set(reference.cpu.flags) - set(mine.cpu.flags))
    surplus = sorted(set(mine.cpu.flags) - set(reference.cpu.flags))
    if not missing and not surplus:
        return []
    return [
        Difference(
            server=name,
            subject="CPU features",
            expected=f"those of the first server ({reference.cpu.model})",
            found=f"missing: {' '.join(missing) or '-'}; in excess: {' '.join(surplus) or '-'}",
            fix="bring BIOS and microcode to one level, or pool servers of one CPU model",
        )
    ]


def _resolution(facts: ServerFacts, other: ServerFacts) -> Difference | None:
    """Its own name a server may resolve as it likes: Debian's installer makes it 127.0.1.1."""
    addresses = facts.resolves.get(other.name, ())
    right = set(facts.resolves.get(other.address, ())) | {other.address}
    if other.id == facts.id or right & set(addresses):
        return None
    found = f"it resolves to {', '.join(addresses)}" if addresses else "it does not resolve"
    verb = "correct" if addresses else "add"
    return Difference(
        server=facts.name,
        subject="name resolution",
        expected=f"{other.name} resolves to {other.address}",
        found=found,
        fix=f"{verb} {other.name} in DNS or in /etc/hosts on {facts.name}",
        blocking=False,
    )


def _surroundings(facts: ServerFacts, all_facts: list[ServerFacts], root: str) -> list[Difference]:
    found: list[Difference] = []
    if abs(facts.clock_offset) > MAX_CLOCK_OFFSET:
        found.append(
            Difference(
                server=facts.name,
                subject="clock",
                expected=f"within {MAX_CLOCK_OFFSET:.0f} s of the manager",
                found=f"{facts.clock_offset:+.1f} s",
                fix="run a time service such as chrony on every server",
            )
        )
    found += (d for other in all_facts if (d := _resolution(facts, other)) is not None)
    if not facts.sees_storage:
        found.append(
            Difference(
                server=facts.name,
                subject="shared storage",
                expected=f"{root} is one file system on all servers",
                found="a file written there by the pool master is not seen",
                fix=f"mount the shared repository on {root} of {facts.name}",
            )
        )
    return found


def compare(
    servers: list[ServerFacts], root: str, bridges: set[str], pool: str | None = None
) -> list[Difference]:
    """All differences, measured against the first server (the pool master).

    ``root`` is the cluster root every server must see; ``bridges`` are the bridges each must have,
    besides those that all but some have.
    """
    found: list[Difference] = []
    for facts in servers:
        found += _reachability(facts, pool)
    present = [f for f in servers if f.inventory is not None]
    everywhere = bridges | {b.name for f in present if f.inventory for b in f.inventory.bridges}
    reference = servers[0].inventory if servers else None
    for facts in present:
        mine = facts.inventory
        assert mine is not None
        if reference is not None and mine is not reference:
            found += _versions(reference, mine, facts.name) + _cpu(reference, mine, facts.name)
        found += _surroundings(facts, present, root)
        missing = sorted(everywhere - {b.name for b in mine.bridges})
        if missing:
            found.append(
                Difference(
                    server=facts.name,
                    subject="bridges",
                    expected=", ".join(sorted(everywhere)),
                    found=f"missing: {', '.join(missing)}",
                    fix="have them made on all members: "
                    f"millpond network create POOL {missing[0]} (in a new pool: --bridge)",
                    blocking=False,
                )
            )
    return found
