"""Clones of a LUN: other LUNs of its size that are kept like it until they are fractured."""

from enum import StrEnum

from millpond.array.model.types import Frozen, Rate


class CloneState(StrEnum):
    """``SYNCHRONIZED``: what hosts write to the source is copied soon after, and all of it at the moment of
    a fracture. ``CONSISTENT``: fractured, with all that the source had then. The two out of sync were
    fractured before the copy was whole."""

    SYNCHRONIZING = "Synchronizing"
    SYNCHRONIZED = "Synchronized"
    CONSISTENT = "Consistent"
    OUT_OF_SYNC = "Out-of-Sync"
    REVERSING = "Reverse-Synchronizing"
    REVERSE_OUT_OF_SYNC = "Reverse-Out-of-Sync"


class Start(StrEnum):
    """How a clone gets the source's data: its file shares the source's blocks until either is written to,
    or they are copied, or the LUN has them already."""

    SHARED = "shared"
    COPIED = "copied"
    THERE = "there"


COPIED = frozenset((CloneState.SYNCHRONIZING, CloneState.SYNCHRONIZED, CloneState.REVERSING))
"""Not fractured: what the source has goes to the clone."""
REVERSED = frozenset((CloneState.REVERSING, CloneState.REVERSE_OUT_OF_SYNC))
"""The source's data lie where the clone's lay, and the other way round."""


class Clone(Frozen):
    """``changes`` is the file in ``directory`` that says where LUN ``lun`` and the source may differ.
    ``stopped`` says why the array fractured it."""

    number: int
    lun: int
    directory: str
    changes: str
    state: CloneState
    rate: Rate
    stopped: str = ""

    @property
    def id(self) -> str:
        return self.number.to_bytes(8, "little").hex()

    @property
    def fractured(self) -> bool:
        return self.state not in COPIED


class CloneGroup(Frozen):
    """``source`` is a LUN's number, ``quiesce`` seconds; ``issued`` counts the clones it has had."""

    name: str
    uid: str
    source: int
    description: str = ""
    quiesce: int = 60
    clones: tuple[Clone, ...] = ()
    issued: int = 0
