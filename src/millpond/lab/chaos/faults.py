"""What can be done to a lab's servers; ``mend`` ends all of it."""

import os
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

from millpond.domain.errors import Refused
from millpond.lab.lab import Lab


class Bmc(StrEnum):
    """``DARK`` does not answer, ``LYING`` says that it did what it did not."""

    HONEST = "honest"
    DARK = "dark"
    LYING = "lying"


@dataclass(frozen=True)
class Fault:
    """``begin`` raises MillpondError or OSError if the server is in no state for it. ``seconds``: how
    long it lasts, at least and at most. ``kills``: guests on the server may be lost; all others must
    not notice. ``silences``: the server falls silent, and a device may prove it dead. ``bmcs``: the
    states its server's BMC may be in meanwhile. ``lingers``: what it does may show as late as when the
    server's leases run out."""

    name: str
    begin: Callable[[Lab, str], None]
    seconds: tuple[float, float] = (0.0, 0.0)
    kills: bool = False
    silences: bool = False
    of_server: bool = True
    weight: int = 2
    bmcs: tuple[Bmc, ...] = (Bmc.HONEST,)
    lingers: bool = False


def _kill(daemon: str) -> Callable[[Lab, str], None]:
    """The supervisor starts it again at once."""

    def begin(lab: Lab, server: str) -> None:
        pid = lab.daemon_pid(server, daemon)
        if pid is not None:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    return begin


# A hang under a lying BMC is missing on purpose: a single device that lies of a server which hangs is
# the one gap that is documented (docs/explanation/high-availability.md).
MUTE = (Bmc.HONEST, Bmc.HONEST, Bmc.DARK)
ANY = (*MUTE, Bmc.LYING)
DAEMONS = (
    Fault("agent killed", _kill("agent")),
    Fault("libvirtd killed", _kill("libvirtd")),
    Fault("manager killed", lambda lab, _: lab.manager_kill(), (0.0, 20.0), of_server=False),
)
FAULTS = (
    Fault(
        "power cut",
        lambda lab, server: lab.crash(server),
        (5.0, 60.0),
        kills=True,
        silences=True,
        weight=5,
        bmcs=ANY,
    ),
    Fault(
        "freeze",
        lambda lab, server: lab.freeze(server),
        (1.0, 60.0),
        kills=True,
        silences=True,
        weight=3,
        bmcs=MUTE,
    ),
    Fault("network cable", lambda lab, server: lab.unplug(server), (5.0, 40.0), bmcs=ANY),
    Fault("sanlock killed", _kill("sanlock"), kills=True, weight=1, lingers=True),
    *DAEMONS,
)


def break_bmc(lab: Lab, server: str, bmc: Bmc) -> None:
    if bmc is not Bmc.HONEST:
        lab.set_bmc(server, lit=bmc is not Bmc.DARK, lies=bmc is Bmc.LYING)


def mend(lab: Lab, server: str) -> None:
    """Whatever was done to the server or the manager, and whatever fencing made of it: it is on, its
    BMC honest, its cable in. Raises MillpondError."""
    for undo in (lab.thaw, lab.plug):
        try:
            undo(server)
        except Refused as refused:
            if refused.code != "server.unreachable":
                raise
    lab.boot(server)
    lab.set_bmc(server, lit=True, lies=False)
    lab.manager_up()
