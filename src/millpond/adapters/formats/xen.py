"""Xen's ``vm.cfg`` (xm, Oracle VM Server) and xl.cfg(5): reading both alike, writing each."""

from typing import Any

from millpond.adapters.formats.xen_devices import read_disk, read_vif, write_disk, write_vif
from millpond.adapters.formats.xen_eval import Setting, evaluate
from millpond.adapters.formats.xen_source import hide_passwords
from millpond.adapters.formats.xen_values import Unknown
from millpond.domain.foreign import Firmware, ForeignVm, Written, described
from millpond.domain.vm import BootDevice, Keyboard

_BOOT = {"c": BootDevice.DISK, "d": BootDevice.CDROM, "n": BootDevice.NETWORK}
_LETTER = {device: letter for letter, device in _BOOT.items()}
_ESCAPES = str.maketrans({"\\": "\\\\", "'": "\\'", "\n": "\\n", "\t": "\\t"})
_UEFI = frozenset({"uefi", "ovmf"})

_AS_HERE: dict[str, tuple[object, ...]] = {
    "acpi": (1,),
    "apic": (1,),
    "pae": (1,),
    "hap": (1,),
    "sdl": (0,),
    "vnc": (1,),
    "vncunused": (1,),
    "vncconsole": (0, 1),
    "vnclisten": ("0.0.0.0", "127.0.0.1"),  # noqa: S104 - what files say, not what we listen on
    "stdvga": (0, 1),
    "serial": ("pty",),
    "localtime": (0,),
    "usb": (0,),
    "opengl": (0,),
    "on_poweroff": ("destroy",),
    "on_reboot": ("restart",),
    "on_crash": ("restart", "destroy"),
    "xen_platform_pci": (0, 1),
    "OVM_domain_type": ("xen_hvm", "xen_hvm_pv_drivers", "xen_pvm"),
}
"""Settings that need no sentence where they have one of these values: guests here are like that, or it
makes no difference to them."""

_OTHERS = """
    cpus cpus_soft cpuid extra root ramdisk cmdline pci usbdevice usbdev usbctrl rtc_timeoffset
    hpet viridian tsc_mode timer_mode nestedhvm vtpm soundhw gfx_passthru videoram features
    vncpasswd spice spicepasswd p9 vscsi vkb rdm vnuma iomem ioports irqs guest_os_type
    OVM_os_type OVM_cpu_compat_group expose_host_uuid shadow_memory secureboot device_tree
    on_watchdog on_soft_reset blkif netif vdispl vsnd channel pvshim smbios_firmware
    acpi_firmware altp2m bootloader_args dtdev argo
"""
"""Settings of Xen that nothing here corresponds to. What is in neither list Xen does not read either:
the file's own variables."""


class _Reader:
    def __init__(self, settings: dict[str, Setting], unsaid: list[str]) -> None:
        self._settings = settings
        self.unsaid = unsaid

    def any(self, *keys: str) -> Any:
        """The first of the keys that is set to something known."""
        for key in keys:
            setting = self._settings.get(key)
            if setting is not None and not isinstance(setting.value, Unknown):
                return setting.value
        return None

    def text(self, *keys: str) -> str:
        value = self.any(*keys)
        return value if isinstance(value, str) else ""

    def number(self, *keys: str) -> int | None:
        """A whole number, which may stand in quotes."""
        value = self.any(*keys)
        if isinstance(value, bool) or value is None:
            return None if value is None else int(value)
        if isinstance(value, str) and value.strip().isdecimal() and len(value) < 16:
            return int(value)
        if isinstance(value, int) and value >= 0:
            return value
        self.unsaid.append(f"{keys[0]} = {_shown(value)}: this is no number")
        return None

    def entries(self, key: str) -> list[str]:
        """The strings of a list; what is not known of it has been reported by the evaluator."""
        value = self.any(key)
        value = value if isinstance(value, list | tuple) else [] if value is None else [value]
        for entry in value:
            if not isinstance(entry, str | Unknown):
                self.unsaid.append(f"{key}: {_shown(entry)}: this is no text")
        return [entry.strip() for entry in value if isinstance(entry, str)]

    def rest(self) -> None:
        """A sentence for each setting that makes a difference and is not taken over."""
        for key, setting in self._settings.items():
            value = setting.value
            if isinstance(value, Unknown) or value in ("", [], None):
                continue
            plain = int(value) if isinstance(value, str) and value.isdecimal() else value
            if (plain and key in _OTHERS.split()) or (
                key in _AS_HERE and plain not in _AS_HERE[key]
            ):
                shown = hide_passwords(f"{key} = {_shown(value)}")
                self.unsaid.append(f"line {setting.line}: {shown}: there is nothing of that here")


def read(data: bytes, what: str) -> ForeignVm:
    """Raises ``Refused``: ``import.too_large``, ``import.unreadable``."""
    with described(what):
        settings, reports = evaluate(data, what)
        reader = _Reader(settings, list(reports))
        unsaid = reader.unsaid
        disks = [read_disk(entry, unsaid) for entry in reader.entries("disk") if entry]
        vm = {
            "name": reader.text("OVM_simple_name", "name")[:255],
            "memory": reader.number("memory") or 0,
            "max_memory": reader.number("maxmem"),
            "vcpus": reader.number("vcpus") or 1,
            "max_vcpus": reader.number("maxvcpus") or None,
            "cpu_weight": reader.number("cpu_weight") or None,
            "cpu_cap": reader.number("cpu_cap", "cap"),
            "firmware": _firmware(reader),
            "boot": _boot(reader),
            "disks": [d for d in disks if d is not None],
            "nics": [read_vif(entry, unsaid) for entry in reader.entries("vif")],
            "keyboard": _keyboard(reader),
            "description": reader.text("OVM_description"),
            "ha": None if (ha := reader.any("OVM_high_availability")) is None else bool(ha),
        }
        reader.rest()
        return ForeignVm.model_validate({**vm, "unsaid": unsaid})


def _firmware(reader: _Reader) -> Firmware:
    kind = reader.text("type", "builder")
    if kind not in ("hvm", "") or reader.text("bootloader") or (not kind and reader.any("kernel")):
        reader.unsaid.append(
            "kernel, bootloader: it is a paravirtualised guest; here it is started from the boot loader"
            " of its own disk, and needs a kernel for ordinary machines there"
        )
    uefi = _UEFI & {reader.text("firmware"), reader.text("bios")}
    return Firmware.UEFI if uefi else Firmware.BIOS


def _boot(reader: _Reader) -> tuple[BootDevice, ...]:
    letters = dict.fromkeys(reader.text("boot"))
    for letter in letters.keys() - _BOOT.keys():
        reader.unsaid.append(f"boot: {letter!r}: nothing of that kind is booted from here")
    return tuple(_BOOT[letter] for letter in letters if letter in _BOOT)


def _keyboard(reader: _Reader) -> Keyboard | None:
    said = reader.text("keymap").lower()
    if said and said not in set(Keyboard):
        reader.unsaid.append(f"keymap: {said!r}: there is no such keymap here")
        return None
    return Keyboard(said) if said else None


def _shown(value: object) -> str:
    text = hide_passwords(repr(value))
    return text if len(text) <= 80 else f"{text[:80]}..."


def write(vm: ForeignVm, directory: str, *, xl: bool) -> Written:
    """The configuration of a VM whose files lie in ``directory``."""
    lost = list(vm.unsaid)
    settings: dict[str, object] = {
        "name": vm.name,
        **({"type": "hvm"} if xl else {"builder": "hvm"}),
        "memory": vm.memory,
        "maxmem": vm.max_memory,
        "vcpus": vm.vcpus,
        "maxvcpus": vm.max_vcpus,
        "cpu_weight": vm.cpu_weight,
        "cap" if xl else "cpu_cap": vm.cpu_cap,
        **({"firmware": "uefi"} if vm.firmware is Firmware.UEFI else {}),
        "boot": "".join(_LETTER[device] for device in vm.boot),
        "disk": [write_disk(d, directory, xl=xl) for d in vm.disks],
        "vif": [write_vif(n) for n in vm.nics],
        "vnc": 1,
        "keymap": vm.keyboard.value if vm.keyboard else None,
        "on_poweroff": "destroy",
        "on_reboot": "restart",
        "on_crash": "destroy",
    }
    lost += [
        f"disks: {d.target}: that other VMs have it too"
        for d in vm.disks
        if d.shared and (xl or d.readonly)
    ]
    if xl:
        if vm.description:
            lost.append("description: xl.cfg has no place for one")
        if vm.ha:
            lost.append("ha: xl.cfg has no word for it")
    else:
        settings["OVM_description"] = vm.description
        settings["OVM_high_availability"] = bool(vm.ha)
    lines = [f"{k} = {_literal(v)}" for k, v in settings.items() if v is not None]
    return Written("\n".join(lines) + "\n", tuple(lost))


def _literal(value: object) -> str:
    """As Python and xl's own reader (libxlu_cfg) both take it."""
    if isinstance(value, str):
        return f"'{value.translate(_ESCAPES)}'"
    if isinstance(value, list):
        entries = "".join(f"\n    {_literal(v)}," for v in value)
        return f"[{entries}\n]" if value else "[]"
    return repr(value)
