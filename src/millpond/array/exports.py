"""What the array shows to whom: all that the front end knows of the model.

The model (pools, LUNs, storage groups, registered initiators) says which LUNs an initiator sees; the
front end serves them. Neither knows anything else of the other.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

BLOCK = 512
"""Bytes of a logical block."""

ISCSI = 3260
"""TCP port of the iSCSI ports."""

SpName = Literal["A", "B"]


@dataclass(frozen=True)
class IoLimit:
    """How fast commands of a class may come, all LUNs and both SPs together: ``commands`` or ``bytes`` in a
    second; 0 is no limit. Its commands have from ``least`` to ``most`` bytes. ``slot`` is its meter's."""

    slot: int
    reads: bool
    writes: bool
    least: int
    most: int
    commands: float = 0.0
    bytes: float = 0.0
    background: bool = False
    """They are held back as others' goals need it."""


@dataclass(frozen=True)
class ExportedLun:
    """One LUN. ``wwn`` is what persistent reservations, ownership and unit attentions are kept under: it
    stays the same for the LUN's whole life, and no other LUN ever has it."""

    alu: int
    wwn: bytes
    """16 bytes, an NAA-6 name (SPC-4 7.8.6.6.5): 60 06 01 60 and so on."""
    name: str
    blocks: int
    """Its size, in blocks of ``BLOCK`` bytes."""
    path: str
    """The sparse file that holds its data; at least ``blocks`` long."""
    default_sp: SpName
    thin: bool = True
    """Whether hosts are told that UNMAP returns space."""
    usable: bool = True
    """False for a clone that is being copied: hosts see it, and cannot use it."""
    changes: tuple[str, ...] = ()
    """The maps (``engine.change_map``) in which what is written to it is marked."""
    mirror: tuple[str, str] | None = None
    """Of a synchronous mirror's primary image: the mirror, and the map that says where the secondary differs."""
    inactive: bool = False
    """It shows hosts a snapshot, and none is attached: they see it, and there is nothing to read."""
    read_only: bool = False
    """Of an attached snapshot that hosts may not write to."""
    faulted: bool = False
    """More of its disks have failed than it can do without: it takes no I/O."""
    delays: tuple[float, ...] = ()
    """Seconds that each of its disks takes longer than it should; empty if none does."""
    limits: tuple[IoLimit, ...] = ()
    """A command is of the first that it fits."""


@dataclass(frozen=True)
class ArrayIdentity:
    """``serial`` as in APM00153042305, without white space; ``name`` is the array's own."""

    serial: str
    name: str


@dataclass(frozen=True)
class Chap:
    """What an initiator has to prove (RFC 7143 12.1.3), and what the array proves in return. The mutual
    pair is empty where initiators do not ask for it."""

    user: str
    secret: str
    mutual_user: str = ""
    mutual_secret: str = ""


class Masking(Protocol):
    """One SP's view of the model. All calls are short, come from one thread and do not block."""

    def identity(self) -> ArrayIdentity: ...

    def revision(self) -> int:
        """Grows with each change of what the others answer, before whoever asked for the change hears
        that it is done, whichever process made it. It is read before every command: it must cost no
        system call (an attribute, or a word of shared memory)."""
        ...

    def luns(self, initiator: str, sp: SpName, port: int) -> Mapping[int, ExportedLun]:
        """HLU -> LUN: what this initiator (an iSCSI name, lower case) may use through that port of that
        SP. Empty for one that nobody registered."""
        ...

    def ports(self) -> Mapping[SpName, Mapping[int, str]]:
        """The iSCSI ports that have an address, of both SPs: number -> address."""
        ...

    def chap(self, initiator: str) -> Chap | None:
        """None: the initiator may log in without proof."""
        ...

    def down(self, initiator: str, sp: SpName, port: int) -> bool:
        """Whether there is no path from the initiator to that port."""
        ...

    def failover_mode(self, initiator: str) -> Literal[1, 4]:
        """4: ALUA. 1: passive not ready, the SP that does not own a LUN takes no I/O for it."""
        ...
