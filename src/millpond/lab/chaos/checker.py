"""Watches stamps and QEMU processes all the time, in a thread of its own, and notes violations."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from millpond.lab.chaos import stamps
from millpond.lab.chaos.census import Sight
from millpond.lab.chaos.clock import Clock

LOOK_SECONDS = 0.2
TWO_COPIES_SECONDS = 180.0
"""Longer than a live migration has both its QEMU processes, even on a busy machine: 98 s were seen in a
lab of two processors with a load of 20. Two that write show in the stamps at once."""


@dataclass
class Absence:
    """A while without any QEMU that could run; times of the checker's clock."""

    began: float
    ended: float


@dataclass
class Watched:
    """One guest. ``boots`` in the order in which they began to write. ``wrote``: when its stamp last
    changed; ``gone``: since when no QEMU of it can run. Both on the checker's clock."""

    name: str
    vm: str
    disk: Path
    boots: list[str] = field(default_factory=list)
    number: int = 0
    wrote: float | None = None
    on: tuple[str, ...] = ()
    gone: float | None = None
    absences: list[Absence] = field(default_factory=list)
    doubled: float | None = None


class Checker:
    """``violations`` are sentences with the time (seconds since the start) before them."""

    def __init__(
        self,
        shared: Path,
        guests: dict[str, str],
        sight: Callable[[], Sight],
        clock: Clock,
    ) -> None:
        """``shared``: the lab's; ``guests``: name -> VM id; each has a stamp disk."""
        self._sight = sight
        self._clock = clock
        self._begun = clock.now()
        self.violations: list[str] = []
        self.looks = 0
        self.guests = {
            name: Watched(name, vm, shared / "running_pool" / vm / f"{stamps.TARGET}.raw")
            for name, vm in guests.items()
        }
        self._told: set[str] = set()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, name="chaos checker", daemon=True)

    def __enter__(self) -> "Checker":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._clock.wait(LOOK_SECONDS, self._end):
            try:
                self.look()
            except Exception as error:  # whoever does not look must not seem to have seen nothing
                self.tell(f"the checker could not look: {error}")

    def look(self) -> None:
        now, sight = self._clock.now(), self._sight()
        self.looks += 1
        for guest in self.guests.values():
            self._check_stamp(guest, now)
            self._check_copies(guest, sight.qemus.get(guest.vm, ()), now)
            self._note_absence(guest, sight.frozen, now)

    def _check_stamp(self, guest: Watched, now: float) -> None:
        said = stamps.evidence(guest.disk)
        if said:
            self.tell(f"{guest.name}: a second writer, seen by the guest itself: {said}")
        stamp = stamps.read(guest.disk)
        if stamp is None:
            return
        if guest.boots and stamp.boot == guest.boots[-1]:
            if stamp.number < guest.number:
                self.tell(
                    f"{guest.name}: its stamp went back from {guest.number} to {stamp.number}"
                )
        elif stamp.boot in guest.boots:
            self.tell(f"{guest.name}: boot {stamp.boot} writes again after a later one did")
        else:
            guest.boots.append(stamp.boot)
            guest.number = 0
        if stamp.number > guest.number:
            guest.number, guest.wrote = stamp.number, now

    def _check_copies(self, guest: Watched, on: tuple[str, ...], now: float) -> None:
        guest.on = on
        if len(on) < 2:
            guest.doubled = None
        elif guest.doubled is None:
            guest.doubled = now
        elif now - guest.doubled > TWO_COPIES_SECONDS:
            where = " and ".join(on)
            self.tell(
                f"{guest.name}: two QEMU processes for {TWO_COPIES_SECONDS:.0f} s: on {where}"
            )

    def _note_absence(self, guest: Watched, frozen: frozenset[str], now: float) -> None:
        if not set(guest.on) - frozen:
            guest.gone = now if guest.gone is None else guest.gone
        elif guest.gone is not None:
            guest.absences.append(Absence(guest.gone, now))
            guest.gone = None

    def tell(self, sentence: str) -> None:
        """Note a violation, once."""
        if sentence not in self._told:
            self._told.add(sentence)
            self.violations.append(f"{self._clock.now() - self._begun:.1f} {sentence}")
