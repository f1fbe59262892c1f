"""The device strings of Xen configurations: ``disk`` and ``vif`` entries.

Their grammars are those of xl-disk-configuration(5), xl-network-configuration(5) and of xm before them
(``kind:path,device,mode``).
"""

import re

from millpond.adapters.formats.macs import read_mac
from millpond.domain.foreign import Bus, ForeignDisk, ForeignNic
from millpond.domain.image import ImageFormat

DEFAULT_BRIDGE = "xenbr0"
"""Where a VIF without ``bridge`` goes (xl.conf(5), vif.default.bridge)."""

_FORMATS = {
    "": ImageFormat.RAW,
    "raw": ImageFormat.RAW,
    "aio": ImageFormat.RAW,
    "qcow2": ImageFormat.QCOW2,
    "vhd": ImageFormat.VHD,
    "vmdk": ImageFormat.VMDK,
}
_BUSES = {"hd": Bus.IDE, "sd": Bus.SCSI, "vd": Bus.VIRTIO, "xvd": Bus.VIRTIO}
_DEVICE = re.compile(r"(?:/dev/)?((xvd|vd|sd|hd)[a-z])")
_XM = re.compile(r"(file|phy|tap2?(?::[a-z0-9]+)?|qcow2|vhd|raw|aio):(.*)")
_XL_KEYS = frozenset({"target", "format", "vdev", "access", "devtype", "backendtype", "script", "backend"})  # fmt: skip
_QUIET = frozenset({"", "discard", "no-discard", "direct-io-safe", "backendtype", "readonly"})
_RATE = re.compile(r"(\d{1,12})([GMK]?)([Bb])(?:/s)?(?:@.*)?")
_FACTOR = {"": 1, "K": 1000, "M": 1000**2, "G": 1000**3}


def read_disk(entry: str, unsaid: list[str]) -> ForeignDisk | None:
    """One entry of ``disk``; None, with a sentence, if it is none that we know."""
    parts = [p.strip() for p in entry.split(",")]
    first = parts[0]
    keys = {p.partition("=")[0] for p in parts if "=" in p}
    fields = _xm(parts) if not keys & _XL_KEYS and not first.startswith("/") else _xl(entry, parts)
    device = _DEVICE.fullmatch(fields["vdev"])
    format_ = _FORMATS.get(fields["format"])
    for key in sorted(fields.keys() - _KNOWN):
        unsaid.append(f"disk {entry!r}: {key} = {fields[key]!r}: there is nothing of that here")
    if device is None:
        unsaid.append(f"disk {entry!r}: it is left out, for a whole disk has no name such as this")
        return None
    if format_ is None:
        unsaid.append(f"disk {entry!r}: the format {fields['format']!r} is not known")
    access = fields["access"]
    return ForeignDisk(
        file=fields["target"],
        block=fields["kind"] == "phy",
        format=format_,
        bus=_BUSES[device[2]],
        target=device[1],
        cdrom=fields["cdrom"] == "yes",
        readonly=access.startswith("r") and not access.startswith("rw"),
        shared=access.endswith("!"),
    )


_KNOWN = frozenset({"kind", "target", "format", "vdev", "access", "cdrom"})


def _xm(parts: list[str]) -> dict[str, str]:
    where, device, mode, *more = (*parts, "", "", "")
    match = _XM.fullmatch(where)
    kind, path = match.groups() if match else ("file", where)
    device, _, type_ = device.removeprefix("ioemu:").partition(":")
    format_ = (
        kind.partition(":")[2]
        if kind.startswith("tap")
        else ""
        if kind in ("file", "phy")
        else kind
    )
    if kind == "phy" and not path.startswith("/"):
        path = f"/dev/{path}"
    fields = {
        "kind": kind,
        "target": path,
        "format": format_,
        "vdev": device,
        "access": mode or "w",
    }
    fields["cdrom"] = "yes" if type_ == "cdrom" else "no"
    return fields | {f"field {n}": m for n, m in enumerate(more, 4) if m}


def _xl(entry: str, parts: list[str]) -> dict[str, str]:
    """Named fields in any order, and up to four by their place: target, format, vdev, access."""
    fields = {"target": "", "format": "", "vdev": "", "access": "rw", "cdrom": "no", "kind": ""}
    places = ["target", "format", "vdev", "access"]
    for part in parts:
        key, named, value = part.partition("=")
        if key == "target" and named:
            fields["target"] = entry.partition("target=")[2].strip()
            break
        if named and key in _XL_KEYS:
            fields[key] = value
        elif part == "cdrom":
            fields["cdrom"] = "yes"
        elif part not in _QUIET and places:
            fields[places.pop(0)] = part
    if fields.pop("devtype", "") == "cdrom" or fields["vdev"].endswith(":cdrom"):
        fields["cdrom"] = "yes"
    fields["vdev"] = fields["vdev"].partition(":")[0]
    block = fields.pop("backendtype", "") == "phy" or fields["target"].startswith("/dev/")
    return fields | {"kind": "phy" if block else "file"}


def write_disk(disk: ForeignDisk, directory: str, *, xl: bool) -> str:
    """The entry of a disk whose file lies in ``directory``."""
    path = disk.path(directory)
    format_ = disk.format or ImageFormat.RAW
    mode = "r" if disk.readonly else "w!" if disk.shared else "w"
    if xl:
        kind = "devtype=cdrom, " if disk.cdrom else ""
        access = "ro" if disk.readonly else "rw"
        return f"format={format_}, vdev={disk.target}, access={access}, {kind}target={path}"
    kind = "phy" if disk.block else "file" if format_ is ImageFormat.RAW else f"tap:{format_}"
    suffix = ":cdrom" if disk.cdrom else ""
    return f"{kind}:{path},{disk.target}{suffix},{mode}"


def read_vif(entry: str, unsaid: list[str]) -> ForeignNic:
    """One entry of ``vif``."""
    fields = {}
    for part in entry.split(","):
        key, _, value = part.strip().partition("=")
        if key:
            fields[key] = value.strip().strip("\"'")
    type_ = fields.pop("type", "")
    model = fields.pop("model", "rtl8139" if type_ == "ioemu" else "")
    mac, rate = fields.pop("mac", None), fields.pop("rate", None)
    if fields.get("script", "").rpartition("/")[2] == "vif-bridge":
        del fields["script"]
    network = fields.pop("bridge", DEFAULT_BRIDGE)
    for key, value in fields.items():
        unsaid.append(f"vif {entry!r}: {key} = {value!r}: there is nothing of that here")
    return ForeignNic(
        mac=read_mac(mac, unsaid), network=network, model=model, rate_limit=_rate(rate, unsaid)
    )


def write_vif(nic: ForeignNic) -> str:
    """``model`` says the emulated card; without one the guest has Xen's own, as virtio is here."""
    model = "type=netfront" if nic.model == "virtio" else f"type=ioemu,model={nic.model}"
    rate = f",rate={nic.rate_limit}KB/s" if nic.rate_limit else ""
    return f"mac={nic.mac},bridge={nic.network},{model}{rate}"


def _rate(said: str | None, unsaid: list[str]) -> int | None:
    """kB/s; ``Kb`` are thousands of bits."""
    if said is None:
        return None
    match = _RATE.fullmatch(said)
    if match is None:
        unsaid.append(f"vif rate {said!r}: this is no rate, so there is no limit")
        return None
    bytes_ = int(match[1]) * _FACTOR[match[2]] // (8 if match[3] == "b" else 1)
    return min(max(bytes_ // 1000, 1), 100_000_000)
