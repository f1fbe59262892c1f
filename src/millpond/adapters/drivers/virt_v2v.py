"""virt-v2v-in-place(1), which puts drivers into the disks it is given; confined as qemu-img is.

It looks into the guest with a small Linux of its own (libguestfs's appliance), which supermin(1) builds of the
server's own packages: before, outside, as there is nothing foreign in that. Emulated, so it needs no right to
/dev/kvm.
"""

import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from io import FileIO
from pathlib import Path
from string import ascii_lowercase
from tempfile import TemporaryDirectory
from typing import NamedTuple

from millpond.adapters.disks import tool
from millpond.adapters.formats import libvirt_writer
from millpond.adapters.images.sandbox import Limits, confined, failure, lent
from millpond.domain.drivers import DriverTool
from millpond.domain.errors import Failed, Refused
from millpond.domain.foreign import Bus, ForeignDisk, ForeignVm
from millpond.domain.image import ImageFormat

PROGRAM = "virt-v2v-in-place"
_NEEDED = {"virt-v2v": PROGRAM, "nbdkit": "nbdkit", "supermin": "supermin"}
"""Debian packages, and what has to be there of each."""
_APPLIANCE = Path("/usr/lib/x86_64-linux-gnu/guestfs/supermin.d")
_WINDOWS = Path("/usr/share/virtio-win")
_LIMITS = Limits(memory=16 << 30, cpu=6 * 3600)
"""Of each of its processes; the largest is QEMU, with 2.5 GiB for the appliance."""
_DONE = "This guest has virtio drivers installed."
_STAGE = re.compile(r"^\[ *\d+\.\d\] (.+)$", re.MULTILINE)
_ERROR = re.compile(rf"^{PROGRAM}: error: (.+)$", re.MULTILINE)
_TMP = "/tmp"  # noqa: S108 - that of the sandbox
_ENVIRONMENT = {
    "HOME": _TMP,
    "TMPDIR": _TMP,
    "VIRT_V2V_TMPDIR": _TMP,
    "LIBGUESTFS_CACHEDIR": _TMP,
    "LIBGUESTFS_PATH": "/appliance",
    "LIBGUESTFS_BACKEND": "direct",
    "LIBGUESTFS_BACKEND_SETTINGS": "force_tcg",
}
_PLACES = (
    *("--perms", "1777", "--tmpfs", _TMP, "--perms", "0755", "--dir", "/disks"),
    *("--perms", "0755", "--dir", "/var", "--symlink", "../tmp", "/var/tmp"),  # noqa: S108
    # What libosinfo reads as /usr/share/misc/usb.ids lies there in Debian.
    *("--perms", "0755", "--dir", "/var/lib"),
    *("--ro-bind-try", "/var/lib/usbutils", "/var/lib/usbutils"),
)


_PREFIX = {Bus.VIRTIO: "vd", Bus.SCSI: "sd", Bus.IDE: "sd", Bus.SATA: "sd", Bus.NVME: "vd"}
"""Of a disk's name in domain XML. IDE is written there as SATA, and NVMe, which virt-v2v does not know, as
virtio."""


class Layer(NamedTuple):
    """A disk to be changed: ``top`` is a qcow2 file, made by ``over``, that gets what is other than in
    ``base``."""

    disk: ForeignDisk
    top: FileIO
    base: FileIO


async def found() -> DriverTool:
    """Raises ``Refused(import.drivers)``."""
    if missing := _missing():
        raise Refused(
            "import.drivers",
            PROGRAM,
            f"this server lacks {', '.join(missing)}",
            f"install that there: apt install {' '.join(missing)}; or read from a server that has it, "
            "with --on",
        )
    said = await _run([PROGRAM, "--version"])
    return DriverTool(version=said.split()[-1][:40], windows=_for_windows())


def _missing() -> list[str]:
    """Packages."""
    found = [package for package, program in _NEEDED.items() if shutil.which(program) is None]
    return found if _APPLIANCE.is_dir() else [*found, "libguestfs0"]


def _for_windows() -> bool:
    return _WINDOWS.is_dir()


async def over(layer_path: str, top: FileIO, number: int, disk: ForeignDisk, size: int) -> None:
    """Make the qcow2 file ``top`` over the image that is ``base<number>`` in the sandbox."""
    form = (disk.format or ImageFormat.RAW).driver
    arguments = ["create", "-q", "-u", "-f", "qcow2", "-b", f"base{number}", "-F", form]
    await tool.run(layer_path, [*arguments, tool.name_of(top), str(size)], [top])


async def convert(work: Path, layers: Sequence[Layer], told: Callable[[str], None]) -> str:
    """What it said. ``told`` hears of each of its stages; the appliance lies in ``work`` meanwhile. Raises
    ``Failed``, ``Refused``."""
    with _appliance(work) as appliance:
        await _build(appliance)
        appliance.joinpath("vm.xml").write_text(description([layer.disk for layer in layers]))
        files = [file for layer in layers for file in (layer.top, layer.base)]
        argv = shut_in([PROGRAM, "-i", "libvirtxml", "/appliance/vm.xml"], appliance, layers)
        with lent(files):
            code, output, words = await tool.carry_out(argv, files, lambda data: _tell(data, told))
    said = output.decode(errors="replace")
    if code == 0 and _DONE in said:
        return said
    why = _ERROR.findall(words) or [words.strip()[-300:]]
    if code == 0:
        why = ["it found no virtio drivers for this guest"]
    raise failure(code, words) or Failed(PROGRAM, why[0] or f"it ended with status {code}")


def description(disks: Sequence[ForeignDisk]) -> str:
    """The guest as virt-v2v is to see it: its disks, on the bus that it knows them on."""
    letters = {prefix: iter(ascii_lowercase) for prefix in _PREFIX.values()}
    seen = []
    for number, disk in enumerate(disks):
        prefix = _PREFIX[disk.bus]
        as_it_is = {"file": f"/disks/top{number}", "format": ImageFormat.QCOW2}
        target = f"{prefix}{next(letters[prefix])}"
        seen.append(disk.model_copy(update={**as_it_is, "target": target}))
    guest = ForeignVm(name="guest", memory=512, vcpus=1, disks=tuple(seen))
    return libvirt_writer.write(guest, "/disks").text


def shut_in(argv: Sequence[str], appliance: Path, layers: Sequence[Layer]) -> list[str]:
    """``argv`` confined, with what there is in the sandbox besides the system's programs."""
    more = ["--ro-bind", str(appliance), "/appliance", *_PLACES]
    for number, layer in enumerate(layers):
        more += ["--bind-fd", str(layer.top.fileno()), f"/disks/top{number}"]
        more += ["--ro-bind-fd", str(layer.base.fileno()), f"/disks/base{number}"]
    for name, value in _ENVIRONMENT.items():
        more += ["--setenv", name, value]
    return confined(argv, _LIMITS, more)


@contextmanager
def _appliance(work: Path) -> Iterator[Path]:
    """A directory that whoever is confined may read."""
    work.mkdir(mode=0o700, parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="drivers-", dir=work) as made:
        Path(made).chmod(0o755)
        yield Path(made)


async def _build(directory: Path) -> None:
    """A "fixed appliance" (libguestfs-make-fixed-appliance(1))."""
    await _run(
        [
            *("env", f"TMPDIR={directory}"),
            *("supermin", "--build", "--copy-kernel", "-f", "ext2", "--host-cpu", "x86_64"),
            *(str(_APPLIANCE), "-o", str(directory / "made")),
        ]
    )
    for file in (directory / "made").iterdir():
        file.chmod(0o644)
        file.rename(directory / file.name)
    (directory / "README.fixed").write_text("libguestfs asks for this file.\n")


async def _run(argv: Sequence[str]) -> str:
    """A program of the system's, on nothing foreign."""
    code, output, words = await tool.carry_out(argv, [], lambda data: None)
    if code != 0:
        raise Failed(argv[0], words[-300:] or f"it ended with status {code}")
    return output.decode(errors="replace")


def _tell(data: bytes, told: Callable[[str], None]) -> None:
    for stage in _STAGE.findall(data.decode(errors="replace")):
        told(stage)
