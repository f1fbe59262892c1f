"""A virtual machine: what it should be (config), what is recorded (document), what runs (guest)."""

from enum import StrEnum
from string import ascii_lowercase
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from millpond.domain.names import AbsolutePath, Id, InterfaceName, Mac, Name, Tag, Text


class Model(BaseModel):
    """Base of the value types: immutable, and strict about unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Power(StrEnum):
    """What a VM is doing, as last reported by the server it is on."""

    RUNNING = "running"
    PAUSED = "paused"
    SUSPENDED = "suspended"
    STOPPED = "stopped"
    UNKNOWN = "unknown"


class DiskFormat(StrEnum):
    RAW = "raw"
    QCOW2 = "qcow2"


class VifModel(StrEnum):
    VIRTIO = "virtio"
    E1000 = "e1000"
    RTL8139 = "rtl8139"


class BootDevice(StrEnum):
    DISK = "disk"
    CDROM = "cdrom"
    NETWORK = "network"


class Keyboard(StrEnum):
    """Keymaps of QEMU's VNC server."""

    EN_US = "en-us"
    EN_GB = "en-gb"
    DE = "de"
    DE_CH = "de-ch"
    ES = "es"
    FR = "fr"
    FR_CH = "fr-ch"
    IT = "it"
    JA = "ja"
    PT = "pt"
    PT_BR = "pt-br"
    SV = "sv"


DiskTarget = Annotated[str, StringConstraints(pattern=r"^(vd|xvd|sd|hd)[a-z]$")]
DiskSource = Annotated[
    str,
    StringConstraints(
        pattern=r"^(file:[A-Za-z0-9][A-Za-z0-9_.-]{0,127}|file:/[A-Za-z0-9_./-]{1,240}/running_pool/[0-9a-f-]{36}/[A-Za-z0-9][A-Za-z0-9_.-]{0,127}|shared:[A-Za-z0-9][A-Za-z0-9_.-]{0,69}|iso:([A-Za-z0-9][A-Za-z0-9_.-]{0,62})?|phy:/dev/[A-Za-z0-9][A-Za-z0-9_./-]{0,200})$"
    ),
]

NO_CD = "iso:"
"""The source of a CD drive with nothing in it."""

DRIVES = {"hd": 4, "sd": 7}
"""How many an HVM guest has: IDE is two channels of two, CD drives among them; SCSI is what its
emulated adapter took in Oracle VM 2.2."""


LayerSource = Annotated[
    str,
    StringConstraints(
        pattern=r"^(file:[A-Za-z0-9][A-Za-z0-9_.-]{0,127}|seed:[A-Za-z0-9][A-Za-z0-9_.-]{0,62}/[A-Za-z0-9][A-Za-z0-9_.-]{0,127})$"
    ),
]
MAX_LAYERS = 64
"""How many images may lie beneath a disk: each costs its guest memory, and a read of old data time."""


class Layer(Model):
    """An image beneath a disk, which is only read: ``file:NAME`` lies in the VM's own directory,
    ``seed:TEMPLATE/FILE`` is a template's in the same repository."""

    source: LayerSource
    format: DiskFormat


class Disk(Model):
    """One disk. ``file:NAME`` lies in the VM's own directory, ``file:/PATH`` in its directory of
    another ``repository`` (its id, None if that is the cluster root); ``phy:/dev/...`` is a block device;
    ``shared:NAME`` lies among the repository's shared disks;
    ``iso:NAME`` is a CD of the repository, which many VMs may have; ``iso:`` is a drive without one.

    ``size`` is in bytes. The bus follows from the target name: vd/xvd virtio (or xen-blk), sd SCSI,
    hd IDE. ``iops_limit`` and ``rate_limit`` hold for reads and writes together. ``backing`` are the
    images that hold what ``source`` does not, the nearest first: the whole chain with its formats, so
    that nobody has to believe what the images say of each other.
    """

    target: DiskTarget
    source: DiskSource
    format: DiskFormat = DiskFormat.RAW
    size: int = Field(ge=0, le=1 << 50, description="Bytes; 0 is a CD drive without a CD")
    readonly: bool = False
    repository: Id | None = None
    backing: tuple[Layer, ...] = Field(default=(), max_length=MAX_LAYERS)
    sharable: bool = Field(
        default=False,
        description="Other VMs may have it at the same time; raw, and no VM's own file",
    )
    iops_limit: int | None = Field(default=None, ge=1, le=10_000_000, description="Per second")
    rate_limit: int | None = Field(default=None, ge=1, le=100_000_000, description="kB/s")

    @model_validator(mode="after")
    def _only_qcow2_has_layers(self) -> "Disk":
        if not self.backing:
            return self
        formats = [self.format, *(layer.format for layer in self.backing)]
        own = self.source.startswith("file:") and set(formats[:-1]) == {DiskFormat.QCOW2}
        files = [self.source, *(layer.source for layer in self.backing)]
        if not own or len(set(files)) != len(files):
            raise ValueError("layers lie beneath qcow2 files, each of them once")
        return self

    @model_validator(mode="after")
    def _consistent(self) -> "Disk":
        if self.source.startswith("iso:") and not (
            self.readonly and self.target.startswith("hd") and self.format is DiskFormat.RAW
        ):
            raise ValueError("a CD is a read-only hd disk")
        if (self.size == 0) != self.empty or 0 < self.size < 512:
            raise ValueError("a disk has 512 bytes at least, and an empty CD drive none")
        if self.sharable and (
            self.format is not DiskFormat.RAW or self.source[:4] not in ("phy:", "shar")
        ):
            raise ValueError("what several VMs may have is raw, and a shared disk or a device")
        elsewhere = self.source.startswith("file:/")
        if (self.repository is not None and not elsewhere) or ".." in self.source.split("/"):
            raise ValueError("a disk in another repository is named by its path there")
        if elsewhere and self.backing:
            raise ValueError("what has layers lies in its VM's own directory")
        return self

    @property
    def owned(self) -> tuple[str, ...]:
        """Its source, and those of its layers that are the VM's own."""
        own = (layer.source for layer in self.backing if layer.source.startswith("file:"))
        return (self.source, *own)

    @property
    def empty(self) -> bool:
        """It is a CD drive with nothing in it."""
        return self.source == NO_CD

    @property
    def cdrom(self) -> bool:
        """An ATA disk cannot be read-only, so a read-only ``hd`` is what it has always been."""
        return self.readonly and self.target.startswith("hd")


def device_name(target: str) -> str:
    """Where a disk is plugged in: xvdX is a virtio disk like vdX, of which a VM has but one."""
    return target.removeprefix("x")


class Vif(Model):
    """One network interface. ``rate_limit`` is in kilobytes per second each way, None = no limit."""

    mac: Mac
    bridge: InterfaceName
    model: VifModel = VifModel.VIRTIO
    rate_limit: int | None = Field(default=None, ge=1, le=100_000_000)


DEFAULT_IO_WEIGHT = 100
"""The kernel's own; its range is that of the BFQ scheduler."""


class VmConfig(Model):
    """What the administrator asked for. Memory in MiB; ``cpu_cap`` in percent of one CPU, 0 = none."""

    id: Id
    name: Name
    memory: int = Field(ge=32, le=16_777_216, description="MiB")
    max_memory: int = Field(ge=32, le=16_777_216, description="MiB; the balloon's upper bound")
    vcpus: int = Field(ge=1, le=288)
    max_vcpus: int = Field(ge=1, le=288)
    cpu_weight: int = Field(default=100, ge=1, le=10_000)
    cpu_cap: int = Field(default=0, ge=0, le=28_800)
    io_weight: int = Field(
        default=DEFAULT_IO_WEIGHT, ge=1, le=1000, description="Share of its server's disk time"
    )
    boot: tuple[BootDevice, ...] = Field(default=(BootDevice.DISK,), min_length=1, max_length=3)
    disks: tuple[Disk, ...] = Field(default=(), max_length=24)
    vifs: tuple[Vif, ...] = Field(default=(), max_length=16)
    keyboard: Keyboard = Keyboard.EN_US
    description: Text = ""
    tags: tuple[Tag, ...] = Field(default=(), max_length=64)
    preferred_servers: tuple[Name, ...] = Field(default=(), max_length=64)
    ha: bool = Field(default=False, description="Restart it elsewhere when its server fails")
    restart_priority: int = Field(default=100, ge=1, le=1000, description="Highest first")

    @model_validator(mode="after")
    def _consistent(self) -> "VmConfig":
        if self.max_memory < self.memory:
            raise ValueError("max_memory must not be smaller than memory")
        if self.max_vcpus < self.vcpus:
            raise ValueError("max_vcpus must not be smaller than vcpus")
        for what, values in (
            ("disk target", [device_name(disk.target) for disk in self.disks]),
            ("disk source", [s for disk in self.disks if not disk.empty for s in disk.owned]),
            ("VIF MAC address", [vif.mac for vif in self.vifs]),
            ("boot device", list(self.boot)),
        ):
            if len(set(values)) != len(values):
                raise ValueError(f"every {what} must be different")
        for kind, most in DRIVES.items():
            for target in (d.target for d in self.disks if d.target.startswith(kind)):
                if target[-1] not in ascii_lowercase[:most]:
                    last = kind + ascii_lowercase[most - 1]
                    raise ValueError(
                        f"{target}: a guest has {most} {kind} drives, {kind}a to {last}, CD drives"
                        " among them; virtio disks (vda to vdz) are not limited so"
                    )
        return self


class Snapshot(Model):
    """A VM as it was at ``created`` (seconds since 1970 UTC). The disks of ``config`` are written to no
    more: what came after lies over them. ``memory`` is a file of the VM's directory with the guest's
    memory of that moment, None if only the disks were kept. ``parent`` is the snapshot that it came
    after. ``deleting``: its layers are being merged with those over them, so it is whole no more.
    ``schedule`` made it, for the time ``due``; None: somebody asked for it."""

    name: Name
    created: float
    parent: Name | None = None
    config: VmConfig
    memory: Name | None = None
    description: Text = ""
    deleting: bool = False
    schedule: Name | None = None
    due: float = 0.0


MAX_SNAPSHOTS = 128
MAX_SCHEDULES = 8
MAX_KEPT_SNAPSHOTS = 48
SCHEDULE_NAME = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$"
"""Shorter than others: the names of its snapshots are made of it."""


class PlaceSpec(Model):
    """Where backups lie: in a repository of the pool, or in a directory of a server."""

    repository: Name | None = Field(
        default=None, description="Name or id; root is the cluster root", examples=["data1"]
    )
    directory: AbsolutePath | None = Field(
        default=None, description="One that the server's administrator opened for backups"
    )
    server: Name | None = Field(
        default=None, description="The server whose directory it is; left out, a utility server"
    )

    @model_validator(mode="after")
    def _one_of(self) -> Self:
        if (self.repository is None) == (self.directory is None):
            raise ValueError("give one of repository and directory")
        if self.server is not None and self.directory is None:
            raise ValueError("a server is given with a directory of it")
        return self


class Schedule(Model):
    """Snapshots that come by themselves, or backups in the place ``backup``: one at ``first`` (seconds
    since 1970 UTC) and one every ``every`` seconds after it. All but the ``keep`` last of them are
    deleted; of those that it made alone."""

    name: str = Field(pattern=SCHEDULE_NAME, examples=["nightly"])
    first: float = Field(ge=0, le=1e11, description="Seconds since 1970 UTC")
    every: int = Field(ge=60, le=366 * 86_400, description="Seconds", examples=[86_400])
    keep: int = Field(
        ge=1, le=10_000, description="How many stay; of snapshots at most 48", examples=[7]
    )
    quiesce: bool = Field(
        default=False, description="Have the agent of a guest that runs freeze its file systems"
    )
    memory: bool = Field(default=False, description="Keep the memory of a guest that runs")
    backup: PlaceSpec | None = Field(
        default=None, description="Back the VM up to there, instead of a snapshot"
    )

    @model_validator(mode="after")
    def _one_way(self) -> "Schedule":
        if self.quiesce and self.memory:
            raise ValueError("a snapshot with memory needs no quiet guest")
        if self.backup is None and self.keep > MAX_KEPT_SNAPSHOTS:
            raise ValueError(f"of snapshots at most {MAX_KEPT_SNAPSHOTS} are kept")
        if self.backup is not None and self.memory:
            raise ValueError("a backup holds no memory")
        return self


class Wanted(StrEnum):
    """The power state the administrator last asked for."""

    ON = "on"
    OFF = "off"
    SUSPENDED = "suspended"


class Arriving(Model):
    """Of a VM whose disks are still copied from where it runs: the package with its description, the
    server that reads it, and for each disk's target the file that the disk is copied from."""

    path: AbsolutePath
    server: Id
    files: dict[DiskTarget, str] = Field(max_length=64)


class VmDocument(Model):
    """The record in ``running_pool/<id>/vm.json``, written by the pool master alone.

    ``generation`` grows by one with every write. The VM may run only on ``placed_on`` or, during a
    live migration, on ``migrating_to``. ``creating`` is true until all its disks exist.
    ``arriving`` is there while it is imported warm; it is ``creating`` all that time.
    ``repository`` is where it lies, None being the cluster root. Its disks go on from ``snapshot``,
    one of its ``snapshots``.
    ``run`` names the current run of the guest: a new one at each start, kept across migrations.
    ``schedules`` lie here, and not in a manager's database: whoever manages the pool next goes on with
    them, and their snapshots, which say what was made when, lie beside them. ``backed_up`` says for
    which time each schedule of backups was last run.
    """

    config: VmConfig
    generation: int = Field(ge=1)
    wanted: Wanted = Wanted.OFF
    placed_on: Id | None = None
    migrating_to: Id | None = None
    creating: bool = False
    run: Id | None = None
    repository: Id | None = None
    arriving: Arriving | None = None
    snapshots: tuple[Snapshot, ...] = Field(default=(), max_length=MAX_SNAPSHOTS)
    snapshot: Name | None = None
    schedules: tuple[Schedule, ...] = Field(default=(), max_length=MAX_SCHEDULES)
    backed_up: dict[Name, float] = Field(default_factory=dict, max_length=MAX_SCHEDULES)

    def repository_of(self, disk: Disk) -> str | None:
        """The id of the one that a disk's file lies in, None being the cluster root."""
        return disk.repository if disk.source.startswith("file:/") else self.repository


class Guest(Model):
    """A guest as one server's hypervisor sees it now.

    ``config`` is what it was started with, plus what was hot-changed since. ``mark`` is the last
    one-shot action (such as a reset) known to have been carried out. ``devices`` are those of the
    server that were passed through to it, in the hypervisor's words. Times are seconds.
    """

    id: Id
    run: Id
    power: Power
    config: VmConfig
    mark: str = ""
    devices: tuple[str, ...] = ()
    uptime: float = 0.0
    cpu_time: float = Field(default=0.0, description="Seconds of CPU time used")
    memory: int = Field(default=0, description="MiB now given to the guest")
    reason: str = Field(default="", description="Why it is in this state, from the hypervisor")
    directory: str = Field(default="", description="Of its files, its lease among them")
    outdated: bool = Field(
        default=False,
        description="It stands still for good: another server has held its lease since",
    )


class Coming(Model):
    """A guest that a server is bringing to life: it is being started, its memory restored, or it is
    arriving from another server. Nobody claims it yet."""

    vm: Id
    run: Id


class GuestSpec(Model):
    """All a server needs to run a VM: its config, the directory of its files (its lease among
    them), the lockspace of that lease (the pool's id), the run's name."""

    config: VmConfig
    directory: str
    lockspace: Id
    run: Id


HOT_FIELDS = frozenset({"memory", "vcpus", "cpu_weight", "cpu_cap", "io_weight", "disks", "vifs"})
"""What a running guest can be given without a restart (within max_memory and max_vcpus; of disks what
``hot_disks`` says)."""

RECORD_FIELDS = frozenset({"description", "tags", "preferred_servers", "ha", "restart_priority"})
"""What the guest never sees: changed in the record alone."""


def awakened(saved: VmConfig, wanted: VmConfig) -> VmConfig:
    """What a guest has once its memory is back: what it was ``saved`` with, and all that it cannot see,
    its disks' files and its VIFs' bridges, as ``wanted`` now."""
    files = {
        d.target: d.model_dump(include={"source", "format", "repository"}) | {"backing": d.backing}
        for d in wanted.disks
        if not d.cdrom
    }
    bridges = {v.mac: {"bridge": v.bridge} for v in wanted.vifs}
    return saved.model_copy(
        update={
            "disks": tuple(d.model_copy(update=files.get(d.target, {})) for d in saved.disks),
            "vifs": tuple(v.model_copy(update=bridges.get(v.mac, {})) for v in saved.vifs),
        }
    )


def pending(wanted: VmConfig, active: VmConfig) -> dict[str, object]:
    """The fields that a running guest will get only at its next start, with their new values."""
    new, old = wanted.model_dump(mode="json"), active.model_dump(mode="json")
    return {k: v for k, v in new.items() if k not in RECORD_FIELDS and old[k] != v}
