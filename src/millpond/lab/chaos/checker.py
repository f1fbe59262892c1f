"""Watches stamps and QEMU processes all the time, in a thread of its own, and notes violations."""

import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from millpond.lab.chaos import census, stamps
from millpond.lab.lab import Lab

LOOK_SECONDS = 0.2
TWO_COPIES_SECONDS = 60.0
"""Longer than a live migration has both its QEMU processes, even on a busy machine."""


@dataclass
class Watched:
    """One guest. ``boots`` in the order in which they began to write, at the times ``since``
    (monotonic seconds)."""

    name: str
    vm: str
    disk: Path
    boots: list[str] = field(default_factory=list)
    since: list[float] = field(default_factory=list)
    number: int = 0
    on: tuple[str, ...] = ()
    doubled: float | None = None
    told: set[str] = field(default_factory=set)


class Checker:
    """``violations`` are sentences with the time (seconds since the start) before them."""

    def __init__(self, lab: Lab, guests: dict[str, str]) -> None:
        """``guests``: name -> VM id; each has a stamp disk."""
        self._lab = lab
        self._begun = time.monotonic()
        self.violations: list[str] = []
        self.looks = 0
        self.guests = {
            name: Watched(name, vm, lab.shared / "running_pool" / vm / f"{stamps.TARGET}.raw")
            for name, vm in guests.items()
        }
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, name="chaos checker", daemon=True)

    def __enter__(self) -> "Checker":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    def running(self, name: str) -> tuple[str, ...]:
        """The servers that have a QEMU of the guest, as of the last look."""
        return self.guests[name].on

    def _run(self) -> None:
        servers: dict[str, str] = {}
        while not self._end.wait(LOOK_SECONDS):
            if self.looks % 5 == 0:
                servers = census.namespaces(self._lab)
            self.look(census.qemus(servers))

    def look(self, found: dict[str, list[str]]) -> None:
        """One look: ``found`` is the census now."""
        now = time.monotonic()
        self.looks += 1
        for guest in self.guests.values():
            self._check_stamp(guest, now)
            self._check_copies(guest, tuple(sorted(found.get(guest.vm, []))), now)

    def _check_stamp(self, guest: Watched, now: float) -> None:
        said = stamps.evidence(guest.disk)
        if said:
            self._tell(guest, f"a second writer, seen by the guest itself: {said}")
        stamp = stamps.read(guest.disk)
        if stamp is None:
            return
        if guest.boots and stamp.boot == guest.boots[-1]:
            if stamp.number < guest.number:
                self._tell(guest, f"its stamp went back from {guest.number} to {stamp.number}")
        elif stamp.boot in guest.boots:
            self._tell(guest, f"boot {stamp.boot} writes again after a later one did")
        else:
            guest.boots.append(stamp.boot)
            guest.since.append(now)
            guest.number = 0
        guest.number = max(guest.number, stamp.number)

    def _check_copies(self, guest: Watched, on: tuple[str, ...], now: float) -> None:
        guest.on = on
        if len(on) < 2:
            guest.doubled = None
        elif guest.doubled is None:
            guest.doubled = now
        elif now - guest.doubled > TWO_COPIES_SECONDS:
            where = " and ".join(on)
            self._tell(guest, f"two QEMU processes for {TWO_COPIES_SECONDS:.0f} s: on {where}")

    def _tell(self, guest: Watched, sentence: str) -> None:
        if sentence not in guest.told:
            guest.told.add(sentence)
            self.violations.append(f"{time.monotonic() - self._begun:.1f} {guest.name}: {sentence}")
