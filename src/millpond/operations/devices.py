"""Disks and network interfaces as users ask for them, and how they become a VM's."""

from collections.abc import Iterable
from typing import NamedTuple, Self

from pydantic import Field, ValidationError, model_validator

from millpond.domain.errors import Refused
from millpond.domain.job import Lock
from millpond.domain.names import AbsolutePath, InterfaceName, Mac, new_mac
from millpond.domain.vm import (
    Disk,
    DiskFormat,
    DiskTarget,
    Model,
    Vif,
    VifModel,
    VmConfig,
)


class NewVif(Model):
    """A network interface to be made; without ``mac`` it gets one in 00:16:3e."""

    bridge: InterfaceName = Field(examples=["xenbr0"])
    mac: Mac | None = None
    model: VifModel = VifModel.VIRTIO
    rate_limit: int | None = Field(default=None, ge=1, le=100_000_000, description="kB/s")

    def vif(self) -> Vif:
        return Vif(
            mac=self.mac or new_mac(),
            bridge=self.bridge,
            model=self.model,
            rate_limit=self.rate_limit,
        )


class NewDisk(Model):
    """An empty disk to be made, or, with ``device``, a block device to be used as it is."""

    target: DiskTarget = Field(examples=["vdb"])
    size: int = Field(ge=1 << 20, le=1 << 50, description="Bytes", examples=[1 << 30])
    format: DiskFormat = DiskFormat.RAW
    device: AbsolutePath | None = Field(default=None, examples=["/dev/mapper/ovmdata1"])

    @model_validator(mode="after")
    def _device_is_raw(self) -> Self:
        if self.device is not None and (
            not self.device.startswith("/dev/") or self.format is not DiskFormat.RAW
        ):
            raise ValueError("a device lies below /dev and its format is raw")
        return self

    def disk(self) -> Disk:
        source = f"phy:{self.device}" if self.device else f"file:{self.target}.{self.format.value}"
        return Disk(target=self.target, source=source, format=self.format, size=self.size)


class Claims(NamedTuple):
    """What only one VM of a pool may have: two with one MAC address get each other's packets, two
    that write to one disk ruin what is on it. ``disks`` are those that are no VM's own; of them
    ``sharable`` are for guests that know of each other, whose VMs all say so."""

    macs: frozenset[str]
    disks: frozenset[str]
    sharable: frozenset[str]


def claims(config: VmConfig, before: VmConfig | None = None) -> Claims:
    """Those of ``config`` that the VM did not have ``before``, or not in that way."""
    found = [d for d in config.disks if d.source.startswith(_NOBODYS)]
    now = Claims(
        frozenset(v.mac for v in config.vifs),
        frozenset(d.source for d in found),
        frozenset(d.source for d in found if d.sharable),
    )
    if before is None:
        return now
    had = claims(before)
    same = had.disks - (had.sharable ^ now.sharable)
    return Claims(now.macs - had.macs, now.disks - same, now.sharable - same)


_NOBODYS = ("phy:", "shared:")


def check_unclaimed(wanted: Claims, others: Iterable[VmConfig]) -> None:
    """Raise ``Refused(object.exists)`` if another VM has any of these."""
    for other in others:
        theirs = claims(other)
        for mac in wanted.macs & theirs.macs:
            raise Refused(
                "object.exists",
                f"vif {mac}",
                f"VM {other.name} has that MAC address",
                "leave the address out to get a fresh one",
            )
        for disk in wanted.disks & theirs.disks - (wanted.sharable & theirs.sharable):
            raise Refused(
                "object.exists",
                f"disk {disk.partition(':')[2]}",
                f"it is a disk of VM {other.name}, and both would write to it",
                "name one that no VM has; or attach it to each with --sharable, if the guests have a"
                " file system for that",
            )


def claim_locks(pool: str, *wanted: Claims) -> list[Lock]:
    """So that of two requests for the same, the second sees what the first has made. Of a long path
    its end will do, since all that a likeness costs is a moment's wait."""
    macs = {mac for claimed in wanted for mac in claimed.macs}
    disks = {disk.partition(":")[2] for claimed in wanted for disk in claimed.disks}
    return [
        *(Lock(object=f"mac:{pool}/{mac}") for mac in sorted(macs)),
        *(Lock(object=f"device:{pool}/{disk}") for disk in sorted({d[-80:] for d in disks})),
    ]


def build_disk(fields: dict[str, object]) -> Disk:
    """A ``Disk``, or ``Refused(vm.devices)`` with what contradicts what."""
    try:
        return Disk.model_validate(fields)
    except ValidationError as error:
        raise Refused(
            "vm.devices",
            f"disk {fields['target']}",
            error.errors()[0]["msg"].removeprefix("Value error, "),
            "correct the request and repeat it",
        ) from error


def build_config(subject: str, fields: dict[str, object]) -> VmConfig:
    """A ``VmConfig``, or ``Refused`` with the code that names what contradicts what."""
    try:
        return VmConfig.model_validate(fields)
    except ValidationError as error:
        message = error.errors()[0]["msg"].removeprefix("Value error, ")
        code = "vm.devices"
        if "memory" in message:
            code = "vm.memory"
        elif "vcpus" in message:
            code = "vm.vcpus"
        raise Refused(code, subject, message, "correct the request and repeat it") from error
