"""The promise, held to by the clock: a server dies, nothing else happens, and its HA guests run elsewhere
in time.

It is asked of the world, from the loss of power to the last guest that runs: what the pool's own record
of the failover says does not count.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from millpond.domain.fencing import FenceDevice, longest
from millpond.domain.pool import PoolDocument
from millpond.domain.timing import Timing
from millpond.domain.vm import VmDocument, Wanted
from millpond.sim.invariants import Violation
from millpond.sim.machine import Machine

HARMLESS = ("manager ",)
"""How commands begin that no failover depends on."""


@dataclass(frozen=True)
class Death:
    """All ``vms`` (as they were recorded) run again within the ``promised`` seconds."""

    server: str
    promised: float
    vms: tuple[VmDocument, ...]


@dataclass
class Bounds:
    """Told of every command before it is carried out. ``devices`` are those of a server, by its name;
    ``room``: whether any server but that of the name could take a VM. ``kept``: promises that were found kept."""

    timing: Timing
    machines: dict[str, Machine]
    devices: Callable[[str], tuple[FenceDevice, ...]]
    room: Callable[[VmDocument, PoolDocument, str], bool]
    death: Death | None = None
    kept: int = 0
    _disturbed: bool = field(default=False)

    def command(self, line: str, pool: PoolDocument, vms: list[VmDocument]) -> Death | None:
        """Only the first death counts, and only until anything else happens. The death it is, to be
        looked at (``check``) when its time has come."""
        if line.startswith(HARMLESS):
            return None
        self.death = None
        words = line.split()
        calm = not self._disturbed and all(m.alive for m in self.machines.values())
        self._disturbed = True
        if calm and words[0] == "power" and words[2] == "off" and words[1] in self.machines:
            self.death = self._dies(self.machines[words[1]], pool, vms)
        return self.death

    def _dies(
        self, machine: Machine, pool: PoolDocument, vms: Iterable[VmDocument]
    ) -> Death | None:
        here = tuple(
            d
            for d in vms
            if d.config.ha and d.wanted is Wanted.ON and d.config.id in machine.running()
        )
        if not here or not (pool.ha.enabled and pool.ha.armed):
            return None
        devices = self.devices(machine.name)
        promised = self.timing.promised(longest(devices) if devices else None)
        return Death(machine.name, promised, here)

    def check(self, death: Death, pool: PoolDocument) -> None:
        """At the end of its time. Raises ``Violation``."""
        if death is not self.death:
            return
        running = {vm for m in self.machines.values() for vm in m.running()}
        for document in death.vms:
            bound = any(document.config.name in r.vms for r in pool.ha.rules if r.strict)
            if bound or document.config.id in running:
                continue
            if self.room(document, pool, death.server):
                raise Violation(
                    "bound",
                    f"{document.config.name} does not run {death.promised:g} s after {death.server}"
                    " lost its power, and nothing else happened",
                )
        self.kept += 1
