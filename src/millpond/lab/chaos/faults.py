"""What can be done to a lab's servers, and how each is ended."""

import os
import random
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from millpond.domain.errors import MillpondError
from millpond.lab.lab import Lab

REPLUG_SECONDS = (5.0, 40.0)
FREEZE_SECONDS = (1.0, 60.0)
BOOT_SECONDS = 60.0
"""How long a server may stay off before somebody presses its button: fencing may do so first."""


@dataclass(frozen=True)
class Fault:
    """``do`` returns once the fault is over, and the server is, or will be by itself, as before.
    ``kills``: guests on the server are lost, or may be."""

    name: str
    do: Callable[[Lab, str, random.Random], None]
    kills: bool
    weight: int


def _crash(lab: Lab, server: str, dice: random.Random) -> None:
    lab.crash(server)
    time.sleep(dice.uniform(20.0, BOOT_SECONDS))
    lab.boot(server)


def _freeze(lab: Lab, server: str, dice: random.Random) -> None:
    lab.freeze(server)
    time.sleep(dice.uniform(*FREEZE_SECONDS))
    with suppress(MillpondError):  # fenced meanwhile
        lab.thaw(server)
    lab.boot(server)


def _unplug(lab: Lab, server: str, dice: random.Random) -> None:
    lab.unplug(server)
    time.sleep(dice.uniform(*REPLUG_SECONDS))
    with suppress(MillpondError):
        lab.plug(server)
    lab.boot(server)


def _kill(daemon: str) -> Callable[[Lab, str, random.Random], None]:
    """The supervisor starts it again at once."""

    def do(lab: Lab, server: str, dice: random.Random) -> None:
        pid = lab.daemon_pid(server, daemon)
        if pid is not None:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    return do


def _kill_manager(lab: Lab, server: str, dice: random.Random) -> None:
    lab.manager_kill()
    time.sleep(dice.uniform(0.0, 20.0))
    lab.manager_up()


FAULTS = (
    Fault("power cut", _crash, kills=True, weight=4),
    Fault("freeze", _freeze, kills=True, weight=2),
    Fault("network cable", _unplug, kills=False, weight=2),
    Fault("agent killed", _kill("agent"), kills=False, weight=2),
    Fault("libvirtd killed", _kill("libvirtd"), kills=False, weight=2),
    Fault("sanlock killed", _kill("sanlock"), kills=True, weight=1),
    Fault("manager killed", _kill_manager, kills=False, weight=2),
)


def choose(dice: random.Random) -> Fault:
    return dice.choices(FAULTS, [f.weight for f in FAULTS])[0]
