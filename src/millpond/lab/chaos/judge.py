"""Whether what was promised for one fault was kept, for the guests that nobody asks for anything."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from millpond.lab.chaos.checker import Watched
from millpond.lab.chaos.faults import Bmc
from millpond.lab.chaos.plan import Round
from millpond.lab.chaos.report import Return


@dataclass(frozen=True)
class Promises:
    """Seconds, as the pool gives them, from the last fault to its guests' QEMUs running again; ``fenceable``: servers with a device. ``shut_down``: whether
    a server that is cut from the network shuts its guests down."""

    fenced: float
    by_leases: float
    fenceable: frozenset[str]
    shut_down: bool

    def bound(self, round_: Round) -> float:
        proven = round_.server in self.fenceable and round_.bmc is Bmc.HONEST
        return self.fenced if round_.fault.silences and proven else self.by_leases

    def kills(self, round_: Round) -> bool:
        cut = round_.fault.name == "network cable"
        return round_.fault.kills or (cut and self.shut_down)


@dataclass
class Judge:
    """Made just before the first fault of a round; ``strikes``: when each of its faults began."""

    round: Round
    guests: Sequence[Watched]
    promises: Promises
    began: float
    strikes: list[float] = field(default_factory=list)
    _on: dict[str, tuple[str, ...]] = field(init=False)
    _boots: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        self._on = {g.name: g.on for g in self.guests}
        self._boots = {g.name: len(g.boots) for g in self.guests}

    def verdict(self) -> tuple[list[Return], list[str]]:
        """Who was gone and came back, and what was promised in vain. To be asked once everybody is
        back, or nobody is waited for any more."""
        returns, broken = [], []
        bound = self.promises.bound(self.round)
        for guest in self.guests:
            ends = [a.ended for a in guest.absences if a.ended > self.began]
            back = [end - max(s for s in (self.began, *self.strikes) if s < end) for end in ends]
            if guest.gone is not None:
                broken.append(f"{guest.name} is not back after: {self.round}")
            elif back and max(back) > bound:
                late = f"after {max(back):.1f} s, promised within {bound:g} s"
                broken.append(f"{guest.name} was back {late}: {self.round}")
            if self._spared(guest) and (back or len(guest.boots) > self._boots[guest.name]):
                where = ", ".join(self._on[guest.name])
                broken.append(f"{guest.name} on {where} did not survive: {self.round}")
            returns += [Return(guest.name, str(self.round), max(back), bound)] if back else []
        return returns, broken

    def _spared(self, guest: Watched) -> bool:
        """Whether the fault must not touch it."""
        return self._on[guest.name] != (self.round.server,) or not self.promises.kills(self.round)
