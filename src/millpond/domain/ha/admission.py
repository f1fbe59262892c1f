"""Admission control: room is kept for the server failures that a pool tolerates.

The check plays each failure through as the brain would: highest restart priority first, then largest
first, each VM where ``placement.Board`` puts it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, islice
from math import comb

from millpond.domain.errors import Refused
from millpond.domain.ha.affinity import Affinity
from millpond.domain.ha.settings import HaSettings
from millpond.domain.placement import Board, Candidate, Need, Spot, need_of, spot_of
from millpond.domain.vm import VmDocument, Wanted

MOST = 100
"""Combinations of failing servers that are played through; see ``_failures``."""


@dataclass(frozen=True, slots=True)
class Shortage:
    """What would not be restarted if the servers ``failing`` failed at once: VMs by name, each with
    the reason; ``memory`` is theirs in MiB."""

    failing: tuple[str, ...]
    stranded: tuple[str, ...]
    memory: int
    why: str


def shortage(
    servers: Sequence[Candidate], vms: Iterable[VmDocument], settings: HaSettings
) -> Shortage | None:
    """The worst that up to ``settings.tolerate`` failures at once could do; None if every HA VM that
    runs would find a place. ``vms`` is where all of them are, or would be after a change; what the
    servers have ``committed`` and their ``vms`` are counted from there."""
    if not settings.enabled or not settings.tolerate:
        return None
    pool = _Pool(servers, vms, settings)
    found = (pool.shortage(failing) for failing in pool.failures(settings.tolerate))
    return max((s for s in found if s is not None), key=lambda s: s.memory, default=None)


def check(subject: str, before: Shortage | None, after: Shortage | None) -> None:
    """Raise ``Refused(ha.admission)`` if a change brings a shortage or makes it worse. A pool that is
    short already is not kept from what does it no harm."""
    if after is None or (before is not None and after.memory <= before.memory):
        return
    raise Refused(
        "ha.admission",
        subject,
        f"if {' and '.join(after.failing)} failed, {', '.join(after.stranded)} could not be "
        f"restarted: {after.why}",
        "free memory, add a server, tolerate fewer failures, or repeat with --force",
        {"failing": list(after.failing), "stranded": list(after.stranded)},
    )


@dataclass(slots=True)
class _Guest:
    need: Need
    spots: tuple[Spot, ...]
    guarded: bool
    order: tuple[int, int, str]


class _Pool:
    def __init__(
        self, servers: Sequence[Candidate], vms: Iterable[VmDocument], settings: HaSettings
    ) -> None:
        spots = {s.id: spot_of(s, empty=True) for s in servers}
        self._board = Board(spots.values(), Affinity(settings.rules))
        self._on: dict[str, list[_Guest]] = {s.name: [] for s in self._board.spots}
        for document in vms:
            self._add(document, spots)

    def _add(self, document: VmDocument, spots: dict[str, Spot]) -> None:
        need, config = need_of(document.config, document.repository), document.config
        ids = sorted({s for s in (document.placed_on, document.migrating_to) if s in spots})
        guest = _Guest(
            need,
            tuple(spots[i] for i in ids if i is not None),
            config.ha and document.wanted is Wanted.ON,
            (-config.restart_priority, -need.memory, need.vm),
        )
        for spot in guest.spots:
            self._board.put(need, spot)
            self._on[spot.name].append(guest)

    def failures(self, tolerate: int) -> Iterator[tuple[Spot, ...]]:
        """Sets of servers that may fail together. All of them while they are few. Else those of the
        servers whose loss weighs most (the HA VMs to be moved and the room that is lost, together
        exactly what the others then lack), and each server once with the heaviest others, because
        its own VMs may be hard to place."""
        heaviest = sorted(self._board.spots, key=lambda s: (-self._weight(s), s.name))
        size = min(tolerate, len(heaviest))
        if comb(len(heaviest), size) <= MOST:
            yield from combinations(heaviest, size)
            return
        for spot in heaviest:
            yield (spot, *islice((s for s in heaviest if s is not spot), size - 1))
        among = size
        while comb(among + 1, size) <= MOST:
            among += 1
        yield from combinations(heaviest[:among], size)

    def _weight(self, spot: Spot) -> int:
        moved = sum(g.need.memory for g in self._on[spot.name] if g.guarded)
        return moved + (0 if spot.unfit else max(0, spot.free))

    def shortage(self, failing: tuple[Spot, ...]) -> Shortage | None:
        """Play one failure through; the board is as before afterwards."""
        lost = {id(g): g for spot in failing for g in self._on[spot.name]}
        # A VM that was moving and is restarted gives up its place on both servers.
        moved = [(g, s) for g in lost.values() for s in g.spots if g.guarded or s in failing]
        for guest, spot in moved:
            self._board.take(guest.need, spot)
        unfit = [(spot, spot.unfit) for spot in failing]
        for spot in failing:
            spot.unfit = "it has failed"
        placed, stranded = self._restart([g for g in lost.values() if g.guarded])
        for guest, spot in placed:
            self._board.take(guest.need, spot)
        for spot, was in unfit:
            spot.unfit = was
        for guest, spot in moved:
            self._board.put(guest.need, spot)
        if not stranded:
            return None
        return Shortage(
            tuple(sorted(s.name for s in failing)),
            tuple(sorted(g.need.vm for g, _ in stranded)),
            sum(g.need.memory for g, _ in stranded),
            stranded[0][1],
        )

    def _restart(
        self, guests: list[_Guest]
    ) -> tuple[list[tuple[_Guest, Spot]], list[tuple[_Guest, str]]]:
        """Where each gets, and why some get nowhere."""
        board = self._board
        memory = {g.need.vm: g.need.memory for g in guests}
        placed, stranded = [], []
        for guest in sorted(guests, key=lambda g: g.order):
            need = guest.need
            large = [s for s in board.spots if s.free >= need.memory]
            fitting = [s for s in large if board.objection(need, s) is None]
            if fitting:
                group = sum(memory.get(name, 0) for name in board.companions(need.vm))
                best = board.best(need, fitting, group)
                board.put(need, best)
                placed.append((guest, best))
                del memory[need.vm]
            else:
                verdicts = (f"{s.name}: {board.objection(need, s)}" for s in board.spots)
                stranded.append((guest, f"{need.vm} on {'; '.join(verdicts)}"))
        return placed, stranded
