"""What servers and VMs have used lately.

The figures come with the agents' events, none is asked for. 10,000 VMs that run cost 135 MiB and, told of
every 20 s, 1.5 % of one processor (measured).
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

from millpond.domain.events import Usage
from millpond.domain.usage import GuestCounters, ServerCounters
from millpond.manager.tracks import Row, Series, Span, Tracks

VM_FIGURES = ("cpu", "memory", "disk_read", "disk_write", "net_rx", "net_tx")
"""Percent of its processors, bytes, and bytes a second."""
SERVER_FIGURES = ("cpu", "memory")
_COUNTED = ("disk_read", "disk_write", "net_rx", "net_tx")


@dataclass(frozen=True, slots=True)
class _Look:
    """What a server told last."""

    clock: float
    host: ServerCounters
    guests: dict[str, GuestCounters]


class Samples:
    """``clock`` gives seconds and only goes forward, ``wall`` seconds since 1970 UTC."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._clock = clock
        self._before: dict[str, _Look] = {}
        self._servers = Tracks(SERVER_FIGURES, clock, wall)
        self._vms = Tracks(VM_FIGURES, clock, wall)

    def heard(self, usage: Usage) -> None:
        """A server told what was used; what has changed since it last did is the sample."""
        now = self._clock()
        self._tidy()
        before = self._before.get(usage.server)
        seen = self._before[usage.server] = _Look(
            usage.clock, usage.host, {guest.vm: guest for guest in usage.guests}
        )
        if before is None or seen.clock <= before.clock:  # the server was started anew
            return
        seconds = seen.clock - before.clock
        since = now - seconds
        row = (_percent(before.host, seen.host, seconds), float(seen.host.memory))
        self._servers.put(usage.server, since, now, row)
        for vm in seen.guests.keys() & before.guests.keys():
            rates = _rates(before.guests[vm], seen.guests[vm], seconds)
            if rates is not None:
                self._vms.put(vm, since, now, rates)

    def vm(self, vm: str, span: Span) -> Series:
        """Of the VM with this id; without values if nothing is known."""
        return self._vms.series(vm, span)

    def server(self, server: str, span: Span) -> Series:
        """As ``vm``."""
        return self._servers.series(server, span)

    def _tidy(self) -> None:
        self._vms.tidy()
        if self._servers.tidy():
            self._before = {s: look for s, look in self._before.items() if s in self._servers}


def _percent(
    before: ServerCounters | GuestCounters, after: ServerCounters | GuestCounters, seconds: float
) -> float:
    return 100 * (after.cpu_time - before.cpu_time) / (seconds * after.cpus)


def _rates(before: GuestCounters, after: GuestCounters, seconds: float) -> Row | None:
    """None if it began anew in between, or lost a device."""
    rates = [(getattr(after, name) - getattr(before, name)) / seconds for name in _COUNTED]
    busy = _percent(before, after, seconds)
    return None if min(busy, *rates) < 0 else (busy, float(after.memory), *rates)
