"""VMware's VMX files: ``key = "value"`` lines, in the encoding they declare, keys in any case."""

import re
from typing import NamedTuple

from millpond.adapters.formats import units
from millpond.adapters.formats.macs import read_mac
from millpond.domain.foreign import (
    Bus,
    Firmware,
    ForeignDisk,
    ForeignNic,
    ForeignVm,
    described,
    too_large,
    unreadable,
)
from millpond.domain.image import ImageFormat
from millpond.domain.vm import BootDevice

MAX_BYTES = 256 << 10
MAX_LINES = 10_000
_LINE = re.compile(r'\s*([A-Za-z0-9_.:/-]+)\s*=\s*(?:"([^"]*)"|(.*?))\s*')
_DECLARED = re.compile(rb'^\s*\.encoding\s*=\s*"?([A-Za-z0-9._-]{1,40})"?', re.MULTILINE)
_ENCODINGS = frozenset(
    {"utf-8", "windows-1252", "windows-1250", "windows-1251", "gbk", "gb18030", "big5", "shift_jis",
     "windows-31j", "iso-8859-1", "euc-kr", "euc-jp", "us-ascii"}
)  # fmt: skip
_ESCAPE = re.compile(r"\|([0-9A-Fa-f]{2})")
_DRIVE = re.compile(r"(scsi|sata|ide|nvme)(\d{1,2}):(\d{1,3})\.present")
_NIC = re.compile(r"ethernet(\d{1,2})\.present")
_BOOT = {"hdd": BootDevice.DISK, "cdrom": BootDevice.CDROM, "ethernet": BootDevice.NETWORK}
_FORMATS = {
    "vmdk": ImageFormat.VMDK,
    "raw": ImageFormat.RAW,
    "qcow2": ImageFormat.QCOW2,
    "iso": ImageFormat.RAW,
}
_BUSES = ("ide", "scsi", "sata", "nvme")
_SHARING = frozenset({"physical", "virtual"})
_SWITCHES = {
    "uefi.secureboot.enabled": "the firmware does not check signatures",
    "vtpm.present": "there is no TPM here",
    "usb.present": "there is no USB here",
    "ehci.present": "there is no USB here",
    "usb_xhci.present": "there is no USB here",
    "sound.present": "there is no sound here",
    "floppy0.present": "there are no floppies here",
    "serial0.present": "every guest has one serial console, and no other",
    "parallel0.present": "there are no parallel ports here",
    "vhv.enable": "guests cannot run guests of their own",
    "mks.enable3d": "there is no 3D here",
    "pcipassthru0.present": "no device of the server is passed through",
    "cpuid.corespersocket": "each vCPU is a socket of its own",
}
"""What differs here, if it is switched on there."""


class _Settings(NamedTuple):
    values: dict[str, str]
    unsaid: list[str]

    def text(self, key: str) -> str:
        return self.values.get(key.lower(), "")

    def on(self, key: str) -> bool:
        return self.text(key).upper() in ("TRUE", "1", "YES")

    def number(self, key: str) -> int | None:
        said = self.text(key)
        value = units.scaled(said, 1)
        if said and value is None:
            self.unsaid.append(f"{key} = {said!r}: this is no number")
        return value


def read(data: bytes, what: str) -> ForeignVm:
    """Raises ``Refused``: ``import.unreadable``, ``import.too_large``."""
    with described(what):
        settings = _parse(data, what)
        unsaid = settings.unsaid
        if not (settings.text("config.version") or settings.text("virtualHW.version")):
            raise unreadable(
                what, "it has neither config.version nor virtualHW.version, as every VMX has"
            )
        drives = [_drive(settings, *m.groups()) for m in _in_boot_order(settings)]
        vm = {
            "name": settings.text("displayName")[:255],
            "memory": settings.number("memsize") or 256,
            "vcpus": settings.number("numvcpus") or 1,
            "firmware": Firmware.UEFI
            if settings.text("firmware").lower() == "efi"
            else Firmware.BIOS,
            "boot": _boot(settings),
            "disks": [d for d in drives if d is not None],
            "nics": [_nic(settings, f"ethernet{m[1]}") for m in _present(_NIC, settings)],
            "description": settings.text("annotation"),
        }
        _others(settings)
        return ForeignVm.model_validate({**vm, "unsaid": unsaid})


def _parse(data: bytes, what: str) -> _Settings:
    if len(data) > MAX_BYTES or data.count(b"\n") > MAX_LINES:
        raise too_large(what, "it has more lines than any VM needs")
    settings = _Settings({}, [])
    text = _decode(data, what, settings.unsaid).replace("\r\n", "\n").replace("\\\n", "")
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip() or line.lstrip().startswith(("#", "!")):
            continue
        match = _LINE.fullmatch(line)
        if match is None:
            settings.unsaid.append(f"line {number}: {line.strip()[:160]}: this sets nothing")
            continue
        value = match[2] if match[2] is not None else match[3]
        settings.values[match[1].lower()] = _ESCAPE.sub(lambda m: chr(int(m[1], 16)), value)
    return settings


def _decode(data: bytes, what: str, unsaid: list[str]) -> str:
    """``.encoding`` says how; files without it are UTF-8 or were written on Windows."""
    declared = _DECLARED.search(data)
    name = declared[1].decode().lower() if declared else "utf-8"
    if name not in _ENCODINGS:
        unsaid.append(f".encoding: {name!r} is not known; it is read as UTF-8")
        name = "utf-8"
    try:
        return data.decode({"windows-31j": "cp932"}.get(name, name))
    except UnicodeDecodeError as error:
        if declared:
            raise unreadable(what, f"it says it is {name}, and is not: {error}") from error
        return data.decode("windows-1252", "replace")


def _present(pattern: re.Pattern[str], settings: _Settings) -> list[re.Match[str]]:
    """The devices that are there, in the order of their numbers."""
    found = [m for key in settings.values if (m := pattern.fullmatch(key)) and settings.on(key)]
    return sorted(found, key=lambda m: [int(g) if g.isdecimal() else g for g in m.groups()])


def _in_boot_order(settings: _Settings) -> list[re.Match[str]]:
    """Disks in the order in which the firmware tries them: as ``bios.hddOrder`` has it, then by bus."""
    first = [word.strip() for word in settings.text("bios.hddOrder").lower().split(",")]

    def rank(match: re.Match[str]) -> tuple[int, int]:
        name = match[0].removesuffix(".present")
        return first.index(name) if name in first else len(first), _BUSES.index(match[1])

    return sorted(_present(_DRIVE, settings), key=rank)


def _drive(settings: _Settings, bus: str, adapter: str, unit: str) -> ForeignDisk | None:
    key = f"{bus}{adapter}:{unit}"
    file = settings.text(f"{key}.fileName")
    kind = settings.text(f"{key}.deviceType").lower()
    cdrom = "cdrom" in kind
    if cdrom and (
        kind != "cdrom-image" or file.lower() in ("", "auto detect", "emptybackingstring")
    ):
        return ForeignDisk(bus=Bus(bus), cdrom=True, readonly=True)
    if "rawdisk" in kind or "floppy" in kind or not file:
        settings.unsaid.append(f"{key}: it is left out, for a {kind or 'drive'} is not copied")
        return None
    mode = settings.text(f"{key}.mode").lower()
    if mode not in ("", "persistent", "independent-persistent"):
        settings.unsaid.append(f"{key}: it was {mode}; here what the guest writes is kept")
    return ForeignDisk(
        file=file,
        format=_FORMATS.get(file.rpartition(".")[2].lower()),
        bus=Bus(bus),
        cdrom=cdrom,
        readonly=cdrom,
        shared=settings.text(f"{key}.sharing").lower().startswith("multi")
        or settings.text(f"{bus}{adapter}.sharedBus").lower() in _SHARING,
    )


def _nic(settings: _Settings, key: str) -> ForeignNic:
    own = settings.text(f"{key}.addressType").lower() == "static"
    mac = settings.text(f"{key}.address" if own else f"{key}.generatedAddress")
    kind = settings.text(f"{key}.connectionType").lower()
    network = settings.text(f"{key}.networkName") or settings.text(f"{key}.vnet")
    if settings.text(f"{key}.startConnected").upper() == "FALSE":
        settings.unsaid.append(f"{key}: it was unplugged; here it is plugged in")
    return ForeignNic(
        mac=read_mac(mac, settings.unsaid),
        network=(network or kind or "bridged")[:255],
        model=(settings.text(f"{key}.virtualDev") or "vlance")[:64],
    )


def _boot(settings: _Settings) -> tuple[BootDevice, ...]:
    said = settings.text("bios.bootOrder").lower().split(",")
    names = (re.sub(r"\d+$", "", word.strip().partition(":")[0]) for word in said)
    return tuple(dict.fromkeys(_BOOT[name] for name in names if name in _BOOT))


def _others(settings: _Settings) -> None:
    for key, sentence in _SWITCHES.items():
        if settings.on(key) or (settings.text(key).isdecimal() and int(settings.text(key)) > 1):
            settings.unsaid.append(f"{key} = {settings.text(key)!r}: {sentence}")
    if any(key.startswith(("encryption.", "dataencryption")) for key in settings.values):
        settings.unsaid.append("encryption: the VM is encrypted, and its disks cannot be read so")
    if settings.on("ctkEnabled"):
        settings.unsaid.append("ctkEnabled: changed blocks are not tracked for VMware's tools")
