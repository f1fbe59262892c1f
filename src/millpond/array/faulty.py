"""``millpond-array fault`` and ``repair``: what goes wrong on demand, and its opposites."""

import signal
import time
from pathlib import Path
from typing import Annotated

import typer

from millpond.array.exports import SpName
from millpond.array.model import faults
from millpond.array.model.fault_types import FaultKind
from millpond.array.state.peer import Peer
from millpond.array.store.store import Store

FREEZE = "freeze"
Kinds = Annotated[
    str,
    typer.Argument(metavar="KIND", help=" | ".join([*(kind.value for kind in FaultKind), FREEZE])),
]
Subject = Annotated[
    str,
    typer.Argument(
        metavar="SUBJECT",
        help="A disk (0_0_3), a port (a0), a pool's name or number, an SP (a, b), or another array's serial.",
    ),
]
Initiator = Annotated[
    str, typer.Option(help="Of a path, which is down between it and the port alone.")
]


def inject(directory: Path, kind: str, subject: str, initiator: str, delay: int) -> None:
    """Raises ``Refusal``, OSError, ValueError for a kind that there is not, or an SP that does not run."""
    if kind == FREEZE:
        _signal(directory, subject, signal.SIGSTOP)
        return
    wanted, whom = FaultKind(kind), _whom(subject, initiator)
    Store(directory).change(
        lambda state, usage: faults.inject(state, usage, wanted, whom, delay), time.time()
    )


def repair(directory: Path, kind: str, subject: str, initiator: str) -> None:
    """Raises as ``inject`` does."""
    if kind == FREEZE:
        _signal(directory, subject, signal.SIGCONT)
        return
    wanted, whom = FaultKind(kind), _whom(subject, initiator)
    Store(directory).change(
        lambda state, usage: faults.repair(state, usage, wanted, whom), time.time()
    )


def _whom(subject: str, initiator: str) -> str:
    return f"{subject} {initiator}" if initiator else subject


def _signal(directory: Path, subject: str, number: int) -> None:
    """To the process that is that SP. Its peer resets one that stays frozen. Raises ValueError if none is."""
    if subject.lower() not in ("a", "b"):
        raise ValueError("an SP is a or b")
    sp: SpName = "A" if subject.lower() == "a" else "B"
    peer = Peer(directory, sp)
    if not peer.alive():
        raise ValueError(f"SP {sp} does not run")
    peer.signal(number)
