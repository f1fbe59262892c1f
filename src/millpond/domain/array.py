"""Arrays as Millpond sees them, whoever made them: their pools, LUNs, ports and hosts."""

from enum import StrEnum
from uuid import NAMESPACE_URL, uuid5

from pydantic import Field

from millpond.domain.names import Address, IscsiName, Name
from millpond.domain.vm import Model

QEMU_NAME = "iqn.2008-11.org.linux-kvm"
"""Under this, and what tells servers apart, QEMU's own initiator logs in (QEMU's block/iscsi.c)."""

BLOCK = 512
"""Bytes of a block, in which arrays give sizes."""


def qemu_initiator(server: str) -> str:
    """The iSCSI name under which guests of the server with this id reach their LUNs."""
    return f"{QEMU_NAME}:{server}"


def array_id(serial: str) -> str:
    """The id of the array with this serial number, whichever manager registers it, and however often: pools'
    records name arrays by it."""
    return str(uuid5(NAMESPACE_URL, f"millpond-array:{serial}"))


class ArrayKind(StrEnum):
    """``navisphere`` is administered with naviseccli; ``plain`` is one whose LUNs somebody else
    administers."""

    NAVISPHERE = "navisphere"
    PLAIN = "plain"


class ArrayPool(Model):
    """Sizes in bytes. ``subscribed`` is what its LUNs have been promised."""

    name: str
    size: int = Field(ge=0, description="Bytes")
    free: int = Field(ge=0, description="Bytes")
    subscribed: int = Field(ge=0, description="Bytes")
    state: str = Field(description="In the array's own words")


class ArrayLun(Model):
    """``uid`` is the LUN's name for hosts (NAA, hexadecimal, lower case), which no other LUN has.
    ``used`` are the bytes that it takes from its pool."""

    number: int = Field(ge=0)
    name: str
    uid: str = Field(pattern=r"^[0-9a-f]{16,32}$", examples=["6006016012603d00956338879d69e511"])
    size: int = Field(ge=0, description="Bytes")
    used: int = Field(ge=0, description="Bytes")
    pool: str
    thin: bool
    owner: str = Field(description="The SP that serves it now")
    state: str = Field(description="In the array's own words")


class ArrayPort(Model):
    """A port that hosts reach LUNs through, by iSCSI."""

    sp: str
    number: int = Field(ge=0)
    iqn: IscsiName = Field(examples=["iqn.1992-04.com.emc:cx.apm00153042305.a0"])
    address: Address


class ArrayHost(Model):
    """A host that is to see LUNs: a server, by the name of its initiator."""

    name: Name
    address: Address
    initiator: IscsiName


class ArrayGroup(Model):
    """What the hosts of one storage group see: the number of each LUN, by its host LUN number; and the
    paths that lead in, as pairs of initiator and port (SP and number). ``hosts`` are the names of the
    hosts by their initiators, where the array knows them."""

    name: str
    luns: dict[int, int]
    paths: frozenset[tuple[str, str, int]]
    hosts: dict[str, str] = Field(default_factory=dict)


class SnapshotKind(StrEnum):
    """``snap`` is made by the command of that name; ``session`` is one of SnapView."""

    SNAP = "snap"
    SESSION = "session"


class ArraySnapshot(Model):
    """What LUNs had at one instant. ``shown_as`` is where hosts find it: mount points, by their LUN
    numbers, or the names of SnapView's snapshots."""

    name: str
    kind: SnapshotKind
    luns: tuple[int, ...] = Field(description="Numbers of the LUNs it is of")
    group: str = Field(default="", description="The consistency group it was made of, if any")
    created: str = Field(
        default="", description="In the array's own words and by its clock; of a session not told"
    )
    shown_as: tuple[str, ...] = Field(
        default=(), description="Mount points, or SnapView snapshots, that hosts find it at"
    )


class ArrayHealth(Model):
    """``answers`` says of each of its addresses whether anybody answers there; ``faults`` are the array's
    own words, empty if all is well."""

    serial: str
    model: str
    answers: dict[str, bool]
    faults: tuple[str, ...] = ()

    @property
    def well(self) -> bool:
        return not self.faults and all(self.answers.values())
