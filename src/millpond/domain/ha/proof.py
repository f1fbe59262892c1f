"""What it takes to call a host dead before its leases have run out.

``prove`` is the only maker of a ``Proof`` (a test reads the source for others), and
``ports.lockspace.Lockspaces.clear`` takes nothing less.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import final

from millpond.domain.errors import Refused
from millpond.domain.leases import HostState, LeaseHost


class FenceMethod(StrEnum):
    """How a host was cut off, fastest first."""

    SCSI_PR = "scsi-pr"
    POWER = "power"


@dataclass(frozen=True)
class Claim:
    """A fence device's word that the host is cut off: ``detail`` is what it said, read back after
    the act (never the mere absence of an error). ``level`` names the devices that had to agree."""

    method: FenceMethod
    device: str
    detail: str


@final
@dataclass(frozen=True)
class Proof:
    """Host ``host_id`` of generation ``generation`` can no longer write: its delta lease stood at
    ``timestamp`` when its devices had confirmed that, at ``at`` on the prover's monotonic clock
    (seconds)."""

    host_id: int
    generation: int
    timestamp: int
    at: float
    claims: tuple[Claim, ...]

    def stands(self, generation: int, timestamp: int) -> bool:
        """Whether it says something of the host's delta lease as it is now: a host that has renewed
        it since lives, and one of a newer generation is not the one that died."""
        return generation < self.generation or (
            generation == self.generation and timestamp <= self.timestamp
        )

    def is_fresh(self, now: float) -> bool:
        """Whether leases may still be cleared with it, at ``now`` on the prover's clock."""
        return now - self.at <= CLEARING


CLEARING = 30.0
"""Seconds. With what storage may hold a write back, they end before sanlock gives a dead host's leases
to others by itself: whoever clears one does not take it from its next owner."""


def check_proof(proof: Proof, found: LeaseHost | None, now: float) -> None:
    """Whether a lease may be cleared with it; ``found`` is the host's delta lease, read just now.
    Raises ``Refused``: ``fence.contradicted``, ``fence.unproven``."""
    if found is None or not proof.stands(found.generation, found.timestamp):
        raise contradicted(proof.host_id, proof.claims)
    if not proof.is_fresh(now):
        raise Refused(
            "fence.unproven",
            f"host {proof.host_id}",
            f"its death was proven {now - proof.at:.0f} s ago, which is too long",
            "its leases run out by themselves",
        )


def contradicted(host_id: int, claims: tuple[Claim, ...]) -> Refused:
    return Refused(
        "fence.contradicted",
        f"host {host_id}",
        f"{claims[0].device} says it is off, yet it renewed its lease",
        "the device lies or belongs to another server; correct it with: "
        f"millpond fence set SERVER {claims[0].device} --agent AGENT",
    )


def moved(before: LeaseHost, after: LeaseHost) -> bool:
    """Whether the host has renewed its delta lease in between; giving it back is no sign of life."""
    same = after.generation == before.generation and after.timestamp == before.timestamp
    return not same and after.state is not HostState.FREE


def prove(before: LeaseHost, claims: tuple[Claim, ...], after: LeaseHost, now: float) -> Proof:
    """Weigh what the devices claim against what the storage shows.

    ``before`` is the host's delta lease as it was when the fence was ordered, ``after`` as it was
    read once every device of one level had confirmed. A host that renewed in between is alive,
    whatever the devices say. ``now`` is the observer's monotonic clock. Raises ``Refused``:
    ``fence.unproven`` without a claim, ``fence.contradicted`` if the host lives.
    """
    if not claims:
        raise Refused(
            "fence.unproven",
            f"host {before.host_id}",
            "no fence device confirmed that it is off",
            "its leases run out by themselves; check its fence devices with: "
            "millpond fence check SERVER",
        )
    if moved(before, after):
        raise contradicted(before.host_id, claims)
    return Proof(before.host_id, before.generation, before.timestamp, now, claims)
