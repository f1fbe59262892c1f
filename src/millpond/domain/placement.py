"""Where a VM goes, and why: one pure function, explained server by server.

``best`` decides for everybody: for people's requests through ``place``, for high availability
(``domain.ha.brain``) and for its admission control.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from pydantic import Field

from millpond.domain.errors import Refused
from millpond.domain.ha.affinity import Affinity
from millpond.domain.ha.rules import AffinityRule
from millpond.domain.names import Id, Name
from millpond.domain.vm import Model, VmConfig

RESERVE = 512
"""MiB of each server's memory that guests never get."""


class Candidate(Model):
    """A member as placement sees it. Memory in MiB; ``committed`` is the max_memory of all VMs
    placed on it, ``vms`` their names. ``repositories`` are those it can use besides the cluster root. ``reachable`` is False when its agent did not answer,
    ``joined`` when it has no host id in the pool's lockspace and so can take no lease."""

    id: Id
    name: Name
    reachable: bool
    joined: bool
    maintenance: bool
    vm_role: bool
    memory: int
    committed: int
    bridges: frozenset[str]
    repositories: frozenset[Id] = frozenset()
    vms: frozenset[Name] = frozenset()

    @property
    def free(self) -> int:
        """MiB that a new guest could get."""
        return self.memory - RESERVE - self.committed

    @property
    def unfit(self) -> str | None:
        """Why it takes no VM at all."""
        if not self.vm_role:
            return "it does not have the role vm"
        if self.maintenance:
            return "it is in maintenance"
        if not self.reachable:
            return "its agent does not answer"
        return None if self.joined else "it has not joined the pool's lockspace (yet)"


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


@dataclass(frozen=True, slots=True)
class Need:
    """What a VM asks of a server. Memory in MiB; ``preferred`` are servers' names,
    ``repositories`` are those it lies in (ids), besides the cluster root."""

    vm: str
    memory: int
    bridges: frozenset[str]
    preferred: tuple[str, ...]
    repositories: frozenset[str] = frozenset()


def need_of(config: VmConfig, repository: str | None) -> Need:
    """``repository`` is where it lies (an id, None: the cluster root)."""
    bridges = frozenset(vif.bridge for vif in config.vifs)
    return Need(
        config.name,
        config.max_memory,
        bridges,
        config.preferred_servers,
        repositories_of(config, repository),
    )


def repositories_of(config: VmConfig, repository: str | None) -> frozenset[str]:
    """All that a VM's files lie in, besides the cluster root."""
    return frozenset(
        r for r in (repository, *(d.repository for d in config.disks)) if r is not None
    )


@dataclass(slots=True, eq=False)
class Spot:
    """A server as VMs are being placed on it. Memory in MiB; ``unfit``: why it takes none at all.
    ``leaving``: what is on it is on its way elsewhere, so no rule keeps a VM with it."""

    id: str
    name: str
    unfit: str | None
    memory: int
    committed: int
    bridges: frozenset[str]
    vms: set[str] = field(default_factory=set)
    leaving: bool = False
    repositories: frozenset[str] = frozenset()

    @property
    def free(self) -> int:
        return self.memory - RESERVE - self.committed


class Board:
    """The servers of a pool while VMs are being placed: each that is placed counts for the next."""

    def __init__(self, spots: Iterable[Spot], affinity: Affinity) -> None:
        self.spots = sorted(spots, key=lambda s: s.name)
        self._affinity = affinity
        self._placed = {s.name: s.vms for s in self.spots if not s.leaving}

    def objection(self, need: Need, spot: Spot) -> str | None:
        """Why the server cannot take the VM; None if it can."""
        if spot.unfit is not None:
            return spot.unfit
        if not need.repositories <= spot.repositories:
            return "it does not have the VM's repository"
        if not need.bridges <= spot.bridges:
            return f"it has no bridge {', '.join(sorted(need.bridges - spot.bridges))}"
        if need.memory > spot.free:
            return f"{spot.free} MiB are free, {need.memory} MiB are needed"
        return self._affinity.objection(need.vm, spot.name, self._placed)

    def best(self, need: Need, among: Iterable[Spot], group: int = 0) -> Spot:
        """Of servers that can all take the VM: where fewest soft rules are broken, then the
        preferred, then the one with most free memory; ties go to the name that sorts first.
        ``group``: MiB that VMs which must be with this one will need beside it."""

        def rank(spot: Spot) -> tuple[bool, int, bool, int, str]:
            regrets = self._affinity.regrets(need.vm, spot.name, self._placed)
            cramped = need.memory + group > spot.free
            return cramped, regrets, spot.name not in need.preferred, -spot.free, spot.name

        return min(among, key=rank)

    def companions(self, vm: str) -> frozenset[str]:
        """The VMs that must be where this one is."""
        return self._affinity.companions(vm)

    def put(self, need: Need, spot: Spot) -> None:
        spot.committed += need.memory
        spot.vms.add(need.vm)

    def take(self, need: Need, spot: Spot) -> None:
        """Undo ``put``."""
        spot.committed -= need.memory
        spot.vms.discard(need.vm)


def spot_of(candidate: Candidate, *, empty: bool = False) -> Spot:
    """``empty``: without what is on it."""
    c = candidate
    committed, vms = (0, set()) if empty else (c.committed, set(c.vms))
    return Spot(
        c.id,
        c.name,
        c.unfit,
        c.memory,
        committed,
        c.bridges,
        vms,
        c.maintenance,
        c.repositories,
    )


def place(
    config: VmConfig,
    candidates: list[Candidate],
    on: str | None = None,
    rules: tuple[AffinityRule, ...] = (),
    repository: str | None = None,
) -> Placement:
    """The server for one VM, as ``Board.best`` ranks them. ``on``: none but this one, by id or name.
    ``rules``: the pool's; they need the candidates' ``vms``. ``repository``: where the VM lies (an id).

    Raises ``Refused(placement.none)`` with every verdict.
    """
    need = need_of(config, repository)
    board = Board((spot_of(c) for c in candidates), Affinity(rules))
    verdicts: list[Verdict] = []
    fitting: list[Spot] = []
    for spot in board.spots:
        if on is not None and on not in (spot.id, spot.name):
            objection: str | None = f"the request names server {on}"
        else:
            objection = board.objection(need, spot)
        if objection is None:
            fitting.append(spot)
            wanted = " and is preferred" if spot.name in config.preferred_servers else ""
            objection_or_praise = f"{spot.free} MiB are free{wanted}"
        else:
            objection_or_praise = objection
        verdicts.append(
            Verdict(server=spot.name, suitable=objection is None, reason=objection_or_praise)
        )
    if not fitting:
        raise Refused(
            "placement.none",
            f"vm {config.name}",
            "no server can take it: " + "; ".join(f"{v.server}: {v.reason}" for v in verdicts),
            "remove one of these reasons: free memory, end a maintenance, create the bridge, mend the repository",
            {"verdicts": [v.model_dump(mode="json") for v in verdicts]},
        )
    best = board.best(need, fitting)
    return Placement(
        server=best.id,
        server_name=best.name,
        capacity=best.memory - RESERVE,
        verdicts=tuple(verdicts),
    )
