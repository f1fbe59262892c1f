"""How long ago each host was last seen to live, in time spent watching.

Ages grow only while somebody looks: an observer that was frozen, or blind because its own storage was
gone, must not take its own absence for the silence of all others.
"""

import asyncio
from collections.abc import Iterable
from math import inf

from millpond.domain.leases import HostState, LeaseHost


class Watch:
    """A clock that runs while it is looked at. ``longest`` is what one look may add, in seconds: well
    below every patience that is measured with it, and above any pause of a busy machine."""

    def __init__(self, longest: float) -> None:
        self.now = 0.0
        self._longest = longest
        self._looked: float | None = None

    def look(self) -> None:
        """I am watching, and have been since the last look (if that was not too long ago)."""
        real = asyncio.get_running_loop().time()
        if self._looked is not None:
            self.now += min(real - self._looked, self._longest)
        self._looked = real

    def blind(self) -> None:
        """What happened since the last look was not seen."""
        self._looked = None

    @property
    def current(self) -> bool:
        """Whether the last look was a moment ago."""
        real = asyncio.get_running_loop().time()
        return self._looked is not None and real - self._looked <= 2 * self._longest


class Sightings:
    """The delta leases of a lockspace, and when each was last seen to advance. The first sight of a
    lease says nothing: it may be long dead. A host is known by its id, a generation of it by both."""

    def __init__(self, longest: float) -> None:
        self.hosts: dict[int, LeaseHost] = {}
        self._watch = Watch(longest)
        self._advanced: dict[int, float] = {}
        self._alive: set[int] = set()

    def saw(self, hosts: Iterable[LeaseHost]) -> None:
        """What ``Lockspaces.hosts`` said just now."""
        self._watch.look()
        for host in hosts:
            before = self.hosts.get(host.host_id)
            if before is None or _stamp(before) != _stamp(host):
                self._advanced[host.host_id] = self._watch.now
                if before is not None:
                    self._alive.add(host.host_id)
            self.hosts[host.host_id] = host

    def blind(self) -> None:
        """The storage did not answer."""
        self._watch.blind()

    @property
    def current(self) -> bool:
        """Whether what is known here is of this moment."""
        return self._watch.current

    def age(self, host_id: int) -> float:
        """Seconds since it advanced; infinite for one that never was in the lockspace, or left it."""
        host = self.hosts.get(host_id)
        if host is None or host.state is HostState.FREE:
            return inf
        return self._watch.now - self._advanced[host_id]

    def was_alive(self, host_id: int) -> bool:
        """Whether it was ever seen to advance: others may be about to boot."""
        return host_id in self._alive


def _stamp(host: LeaseHost) -> tuple[int, int]:
    return host.generation, host.timestamp
