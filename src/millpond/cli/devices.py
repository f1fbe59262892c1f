"""Disks and network interfaces as they are written on the command line."""

from millpond.cli.client import Json
from millpond.cli.errors import usage
from millpond.cli.sizes import size_bytes

DISK_FORM = "write it as vdb:10G, vdb:10G:qcow2 or vdb:/dev/mapper/lun1:10G"
NIC_FORM = "write it as xenbr0 or xenbr0,mac=00:16:3e:01:02:03,model=e1000,rate=10M"


def parse_disk(text: str) -> Json:
    """``TARGET:SIZE[:FORMAT]`` or ``TARGET:/dev/PATH:SIZE`` as the API takes it (sizes in bytes)."""
    match text.split(":"):
        case [target, device, size] if device.startswith("/"):
            return {"target": target, "device": device, "size": size_bytes(size)}
        case [target, size]:
            return {"target": target, "size": size_bytes(size)}
        case [target, size, disk_format]:
            return {"target": target, "size": size_bytes(size), "format": disk_format}
    raise usage(f"{text!r} does not describe a disk", DISK_FORM)


def parse_nic(text: str) -> Json:
    """``BRIDGE[,mac=..,model=..,rate=..]`` as the API takes it."""
    bridge, *settings = text.split(",")
    nic: Json = {"bridge": bridge}
    for setting in settings:
        key, equals, value = setting.partition("=")
        if not equals or key not in ("mac", "model", "rate") or key in nic:
            raise usage(f"{setting!r} in {text!r} is not mac=, model= or rate=", NIC_FORM)
        nic[key] = value
    if "rate" in nic:
        nic["rate_limit"] = kilobytes(nic.pop("rate"))
    return nic


def kilobytes(text: str) -> int:
    """A rate in kilobytes per second: ``10M`` -> 10240; a bare number is kilobytes already."""
    return size_bytes(text, default="K") >> 10
