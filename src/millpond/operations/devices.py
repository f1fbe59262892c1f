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
    that write to one block device ruin what is on it."""

    macs: frozenset[str]
    devices: frozenset[str]


def claims(config: VmConfig, before: VmConfig | None = None) -> Claims:
    """Those of ``config`` that the VM did not have ``before``."""
    found = Claims(
        frozenset(v.mac for v in config.vifs),
        frozenset(d.source.removeprefix("phy:") for d in config.disks if d.source[:4] == "phy:"),
    )
    had = claims(before) if before is not None else Claims(frozenset(), frozenset())
    return Claims(found.macs - had.macs, found.devices - had.devices)


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
        for device in wanted.devices & theirs.devices:
            raise Refused(
                "object.exists",
                f"disk {device}",
                f"it is a disk of VM {other.name}, and both would write to it",
                "name a block device that no VM has",
            )


def claim_locks(pool: str, wanted: Claims) -> list[Lock]:
    """So that of two requests for the same, the second sees what the first has made. Of a long path
    its end will do, since all that a likeness costs is a moment's wait."""
    return [
        *(Lock(object=f"mac:{pool}/{mac}") for mac in sorted(wanted.macs)),
        *(Lock(object=f"device:{pool}/{device[-80:]}") for device in sorted(wanted.devices)),
    ]


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
