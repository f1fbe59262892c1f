"""The objects that a state consists of."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict

from millpond.array.exports import SpName

SPS: tuple[SpName, SpName] = ("A", "B")


class Tier(StrEnum):
    """A disk's drive type; ``rank`` orders the tiers of a pool, the fastest first."""

    FLASH = "SAS Flash"
    FC = "Fibre Channel"
    SAS = "SAS"
    SATA = "SATAII"

    @property
    def label(self) -> str:
        """The tier's name in a pool."""
        return {Tier.FLASH: "Extreme Performance", Tier.SATA: "Capacity"}.get(self, "Performance")


class Frozen(BaseModel):
    """Mappings in it are never changed either: a change is a copy."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Array(Frozen):
    """``seed`` are the 4 bytes (hex) that all names of this array have in common, ``issued`` counts the
    names given so far: none is ever given twice. ``moment`` is when the last change was asked for
    (seconds since the epoch). ``management`` is each SP's address for commands. ``statistics``: whether commands
    show what hosts did. ``qos``: whether policies may run."""

    serial: str
    name: str
    seed: str
    management: Mapping[SpName, str]
    issued: int = 0
    moment: float = 0.0
    statistics: bool = True
    qos: bool = True


class Disk(Frozen):
    """``id`` is bus_enclosure_disk. A disk is an amount of space of one tier, in ``directory`` (relative
    to the array's own), where the data of its LUNs lie."""

    id: str
    tier: Tier
    blocks: int
    directory: str
    serial: str

    @property
    def place(self) -> str:
        bus, enclosure, slot = self.id.split("_")
        return f"Bus {bus} Enclosure {enclosure} Disk {slot}"


class RaidGroup(Frozen):
    number: int
    raid_type: str
    disks: tuple[str, ...]


class Pool(Frozen):
    """``threshold`` in percent of the user capacity."""

    number: int
    name: str
    raid_type: str
    disks: tuple[str, ...]
    threshold: int = 70
    description: str = ""


class LunKind(StrEnum):
    """``CLASSIC`` is bound on a RAID group, the others lie in a pool. Hosts find a snapshot at
    a ``SNAP``, a snapshot mount point, and what a session kept at a ``SNAPSHOT``, which SnapView knows by its name."""

    THIN = "Thin"
    THICK = "NonThin"
    CLASSIC = "Classic"
    SNAP = "Snap"
    SNAPSHOT = "Snapshot"


class Lun(Frozen):
    """``home`` is the number of its pool or RAID group; ``offset`` its first block on the latter.
    ``trespasses``: how often it was moved to SP A and to SP B by command. ``data`` is its file's name, if
    another than the WWN: it began as a copy of ``source``. ``primary`` is the LUN that hosts find an earlier state of at
    this one, which has no data of its own: its ``data`` are the file of a snapshot, or a copy of a session's, and
    empty while there is none."""

    number: int
    name: str
    wwn: str
    blocks: int
    kind: LunKind
    home: int
    directory: str
    default_owner: SpName
    current_owner: SpName
    raid_type: str
    offset: int = 0
    auto_assign: bool = False
    initial_tier: str = "Optimize Pool"
    tiering_policy: str = "Auto Tier"
    trespasses: tuple[int, int] = (0, 0)
    data: str = ""
    source: str = ""
    primary: int | None = None

    @property
    def pooled(self) -> bool:
        return self.kind not in (LunKind.CLASSIC, LunKind.SNAPSHOT)

    @property
    def uid(self) -> str:
        """As in ``60:06:01:60:…``."""
        return ":".join(self.wwn[i : i + 2] for i in range(0, 32, 2)).upper()


class SnapMember(Frozen):
    """What a snapshot keeps of one LUN: the file ``data``, which was made as a copy of ``source``."""

    lun: int
    blocks: int
    directory: str
    data: str
    source: str


class Snap(Frozen):
    """``group`` is the consistency group that it was made of. ``session``: it is a SnapView session, known
    to ``snapview`` alone. ``expires``: when it is destroyed by itself (seconds since the epoch); 0 for never. ``read_write``: hosts may write to it where it is attached; ``modified``: they could
    at some time."""

    name: str
    members: tuple[SnapMember, ...]
    created: float
    group: str = ""
    description: str = ""
    auto_delete: bool = False
    expires: float = 0.0
    session: bool = False
    read_write: bool = False
    modified: bool = False

    def part(self, lun: int | None) -> SnapMember | None:
        """What it keeps of the LUN with this number."""
        return next((part for part in self.members if part.lun == lun), None)


class SnapGroup(Frozen):
    """LUNs of which snapshots are made at one instant."""

    name: str
    luns: tuple[int, ...]


class Rate(StrEnum):
    """How much of the array a copy may take."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    ASAP = "asap"

    @property
    def most(self) -> float:
        """Bytes in a second; 0 for as much as there is."""
        return {Rate.LOW: 8, Rate.MEDIUM: 32, Rate.HIGH: 128}.get(self, 0) * 2.0**20


class Migration(Frozen):
    """The data of LUN ``source`` go to where LUN ``destination`` lies. ``changes`` is the file (beside the
    source's) that says what is still to be copied. ``stopped`` says why nothing is copied any more."""

    source: int
    destination: int
    rate: Rate
    changes: str
    stopped: str = ""


class Component(Frozen):
    """A LUN that went into a metaLUN: its space stays where it was bound."""

    number: int
    raid_group: int
    raid_type: str
    offset: int
    blocks: int


class MetaLun(Frozen):
    """``number`` is the base's, which goes on as a LUN with the size of the whole. ``components`` begin
    with the base; each further one was joined as its ``join`` says (``S`` striped, ``C`` concatenated)."""

    number: int
    components: tuple[Component, ...]
    join: tuple[Literal["S", "C"], ...]


class StorageGroup(Frozen):
    name: str
    uid: str
    hlus: Mapping[int, int] = {}
    """HLU -> ALU."""
    shareable: bool = True


class Initiator(Frozen):
    """One registered path: an initiator at one port. ``group`` is a storage group's UID."""

    uid: str
    sp: SpName
    port: int
    host: str
    ip: str = ""
    vport: int = 0
    group: str | None = None
    failover_mode: Literal[1, 4] = 4
    arraycommpath: int = 1
    unit_serial: str = "Array"

    @property
    def key(self) -> str:
        return path_key(self.uid, self.sp, self.port)


class Port(Frozen):
    """An iSCSI port of an SP. ``address`` is empty until one is set."""

    sp: SpName
    number: int
    iqn: str
    address: str = ""
    netmask: str = ""
    gateway: str = ""


class Role(StrEnum):
    ADMINISTRATOR = "administrator"
    STORAGE = "storageadmin"
    SECURITY = "securityadministrator"
    OPERATOR = "operator"


class User(Frozen):
    """``password`` is a hash that only the store can check."""

    name: str
    role: Role
    scope: Literal["global", "local"]
    password: str


class Secret(Frozen):
    """What an initiator proves (CHAP), and what the array proves to it where it asks."""

    user: str
    secret: str
    mutual_user: str = ""
    mutual_secret: str = ""


class Event(Frozen):
    moment: float
    sp: str
    text: str


def path_key(uid: str, sp: SpName, port: int) -> str:
    """What a path is registered under. iSCSI names are compared in lower case (RFC 3722)."""
    return f"{sp}{port} {uid.lower()}"
