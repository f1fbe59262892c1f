"""How often we have started each VM, and what we are at."""

from collections.abc import Container
from dataclasses import dataclass, field
from math import inf

from millpond.domain.ha.view import STAYED


@dataclass(frozen=True)
class Tried:
    """``count`` starts by us after which it did not stay; the last ended at ``ended``."""

    count: int = 0
    ended: float = -inf


@dataclass
class Tries:
    """Times are the loop's. ``busy``: the VMs of actions under way, with the server (id) that one is
    being started on."""

    busy: dict[str, str | None] = field(default_factory=dict)
    _tried: dict[str, Tried] = field(default_factory=dict)
    _runs: dict[str, tuple[str, float]] = field(default_factory=dict)

    def of(self, vm: str) -> Tried:
        return self._tried.get(vm, Tried())

    def again(self, vm: str, now: float) -> None:
        """A start of it has ended, well or not."""
        self._tried[vm] = Tried(self.of(vm).count + 1, now)

    def seen(self, vm: str, run: str, now: float) -> None:
        """Its guest runs; one that has done so for ``STAYED`` seconds has stayed."""
        known = self._runs.get(vm)
        if known is None or known[0] != run:
            self._runs[vm] = (run, now)
        elif now - known[1] > STAYED:
            self._tried.pop(vm, None)

    def keep(self, vms: Container[str]) -> None:
        """Forget all others."""
        self._tried = {vm: tried for vm, tried in self._tried.items() if vm in vms}
        self._runs = {vm: run for vm, run in self._runs.items() if vm in vms}
