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
    """Host ``host_id`` of generation ``generation`` can no longer write."""

    host_id: int
    generation: int
    claims: tuple[Claim, ...]


def prove(before: LeaseHost, claims: tuple[Claim, ...], after: LeaseHost) -> Proof:
    """Weigh what the devices claim against what the storage shows.

    ``before`` is the host's delta lease as it was when the fence was ordered, ``after`` as it was
    read once every device of one level had confirmed. A host that renewed in between is alive,
    whatever the devices say. Raises ``Refused``: ``fence.unproven`` without a claim,
    ``fence.contradicted`` if the host lives.
    """
    if not claims:
        raise Refused(
            "fence.unproven",
            f"host {before.host_id}",
            "no fence device confirmed that it is off",
            "its leases run out by themselves; check its fence devices with: "
            "millpond fence check SERVER",
        )
    same = after.generation == before.generation and after.timestamp == before.timestamp
    if not same and after.state is not HostState.FREE:
        raise Refused(
            "fence.contradicted",
            f"host {before.host_id}",
            f"{claims[0].device} says it is off, yet it renewed its lease",
            "the device lies or belongs to another server; correct it with: "
            f"millpond fence set SERVER {claims[0].device} --agent AGENT",
        )
    return Proof(before.host_id, before.generation, claims)
