"""Where a VM goes, and why: one pure function, explained server by server."""

from pydantic import Field

from millpond.domain.errors import Refused
from millpond.domain.names import Id, Name
from millpond.domain.vm import Model, VmConfig

RESERVE = 512
"""MiB of each server's memory that guests never get."""


class Candidate(Model):
    """A member as placement sees it. Memory in MiB; ``committed`` is the max_memory of all VMs
    placed on it. ``reachable`` is False when its agent did not answer."""

    id: Id
    name: Name
    reachable: bool
    maintenance: bool
    vm_role: bool
    memory: int
    committed: int
    bridges: frozenset[str]

    @property
    def free(self) -> int:
        """MiB that a new guest could get."""
        return self.memory - RESERVE - self.committed


class Verdict(Model):
    """What was decided about one server, in a sentence."""

    server: Name
    suitable: bool
    reason: str


class Placement(Model):
    """``capacity`` is what all guests of the chosen server together may have, in MiB."""

    server: Id
    server_name: Name
    capacity: int
    verdicts: tuple[Verdict, ...] = Field(description="One per server of the pool")


def _objection(config: VmConfig, candidate: Candidate, on: str | None) -> str | None:
    """Why the server cannot take the VM; None if it can."""
    if on is not None and on not in (candidate.id, candidate.name):
        return f"the request names server {on}"
    if not candidate.vm_role:
        return "it does not have the role vm"
    if candidate.maintenance:
        return "it is in maintenance"
    if not candidate.reachable:
        return "its agent does not answer"
    missing = sorted({vif.bridge for vif in config.vifs} - candidate.bridges)
    if missing:
        return f"it has no bridge {', '.join(missing)}"
    if config.max_memory > candidate.free:
        return f"{candidate.free} MiB are free, {config.max_memory} MiB are needed"
    return None


def place(config: VmConfig, candidates: list[Candidate], on: str | None = None) -> Placement:
    """The preferred server with most free memory, else the one with most free memory.

    Ties go to the name that sorts first. Raises ``Refused(placement.none)`` with every verdict.
    """
    verdicts: list[Verdict] = []
    fitting: list[Candidate] = []
    for candidate in sorted(candidates, key=lambda c: c.name):
        objection = _objection(config, candidate, on)
        if objection is None:
            fitting.append(candidate)
            wanted = " and is preferred" if candidate.name in config.preferred_servers else ""
            objection_or_praise = f"{candidate.free} MiB are free{wanted}"
        else:
            objection_or_praise = objection
        verdicts.append(
            Verdict(server=candidate.name, suitable=objection is None, reason=objection_or_praise)
        )
    if not fitting:
        raise Refused(
            "placement.none",
            f"vm {config.name}",
            "no server can take it: " + "; ".join(f"{v.server}: {v.reason}" for v in verdicts),
            "remove one of these reasons: free memory, end a maintenance, create the bridge",
            {"verdicts": [v.model_dump(mode="json") for v in verdicts]},
        )
    best = max(fitting, key=lambda c: (c.name in config.preferred_servers, c.free))
    return Placement(
        server=best.id,
        server_name=best.name,
        capacity=best.memory - RESERVE,
        verdicts=tuple(verdicts),
    )
