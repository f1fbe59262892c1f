"""The tiny template: a small Linux that boots in seconds, made of installed Debian packages.

It runs from memory (96 MiB are enough) and needs no disk but the one it boots from.

* Its serial console, ttyS0 at 115200 baud, prints ``millpond tick <n>`` five times a second, n
  counting from 1 without a gap. Press Enter there to log in. The counter waits meanwhile and goes on with
  the next number when the session ends, so what the console prints never skips nor repeats.
* The user is root, the password ``millpond``. Besides the serial console there is a login on the
  screen. There is no login over the network; eth0 is up, without an address.
* The QEMU guest agent answers on org.qemu.guest_agent.0. The power button powers off at once.
* Processors, memory, network cards and virtio disks may be plugged in while it runs.
* A disk whose first sector says ``millpond stamp`` is written on without end, so that two writers
  would show: ``millpond chaos`` brings such disks.
"""

import gzip
import hashlib
import subprocess
import tempfile
from pathlib import Path

from millpond.adapters.templates import tiny_files
from millpond.adapters.templates.boot_disk import write_boot_disk
from millpond.adapters.templates.cpio import Archive
from millpond.adapters.templates.document import write_document
from millpond.adapters.templates.sources import (
    modules_in_load_order,
    newest_kernel,
    require_program,
    shared_libraries,
)
from millpond.domain.template import TemplateDisk, TemplateDocument
from millpond.domain.vm import DiskFormat

MEMORY_MIB = 96
_MIB = 1 << 20
_MODULES = (
    "virtio_pci",
    "virtio_console",
    "virtio_blk",
    "virtio_net",
    "virtio_balloon",
    "evdev",
    "button",
)
_KERNEL_OPTIONS = (
    "console=tty0 console=ttyS0,115200 quiet loglevel=1 mitigations=off nokaslr edd=off"
    " tsc=reliable no_timer_check memhp_default_state=online"
)


def build_tiny(output: Path) -> None:
    """Make ``output/system.img`` (raw) and ``output/template.json``. The directory may exist; files
    of these names are replaced. The same packages give the same bytes.

    Raises Failed, naming the package to install, if something is missing.
    """
    for program, package in (("mformat", "mtools"), ("syslinux", "syslinux")):
        require_program(program, package)
    kernel, modules = newest_kernel()
    files = {
        "vmlinuz": kernel.read_bytes(),
        "initrd": _initrd(modules),
        "syslinux.cfg": tiny_files.SYSLINUX_CFG.replace("@APPEND@", _KERNEL_OPTIONS).encode(),
    }
    # Room for SYSLINUX and the file system's own tables.
    size = (sum(map(len, files.values())) // _MIB + 5) * _MIB
    output.mkdir(parents=True, exist_ok=True)
    image = output / "system.img"
    with tempfile.TemporaryDirectory(dir=output) as work:
        fresh = Path(work, image.name)
        write_boot_disk(fresh, Path(work), files, size)
        fresh.rename(image)
    _write_document(output / "template.json", image)


def _initrd(modules: Path) -> bytes:
    """The whole system, as the kernel unpacks it at boot."""
    archive = Archive()
    archive.add_console()
    for directory in ("proc", "sys", "run", "root", "etc/acpi/PWRF"):
        archive.add_directory(directory)
    archive.add_directory("tmp", 0o1777)
    _add_programs(archive)
    ordered = modules_in_load_order(modules, _MODULES)
    for module in ordered:
        archive.add_file(f"lib/modules/{module.name}", module.read_bytes())
    archive.add_file("etc/modules", "".join(f"{m.name}\n" for m in ordered).encode())
    for path, text in {
        "etc/inittab": tiny_files.INITTAB,
        "etc/passwd": tiny_files.PASSWD,
        "etc/group": tiny_files.GROUP,
        "etc/os-release": tiny_files.OS_RELEASE,
    }.items():
        archive.add_file(path, text.encode())
    archive.add_file("etc/shadow", tiny_files.SHADOW.encode(), 0o600)
    for path, text in {
        "etc/rcS": tiny_files.RC_S,
        "etc/rc.devices": tiny_files.RC_DEVICES,
        "sbin/hotplug": tiny_files.HOTPLUG,
        "sbin/console": tiny_files.CONSOLE,
        "sbin/stamp": tiny_files.STAMP,
        "sbin/shutdown": tiny_files.SHUTDOWN,
        "etc/acpi/PWRF/00000080": tiny_files.POWER_BUTTON,
    }.items():
        archive.add_file(path, text.encode(), 0o755)
    return gzip.compress(archive.finish(), 9, mtime=0)


def _add_programs(archive: Archive) -> None:
    busybox = require_program("busybox", "busybox-static")
    archive.add_file("bin/busybox", busybox.read_bytes(), 0o755)
    archive.add_link("init", "bin/busybox")
    for name in sorted(set(_applets(busybox)) - {"busybox", "shutdown"}):
        archive.add_link(f"bin/{name}", "busybox")
    agent = require_program("qemu-ga", "qemu-guest-agent")
    archive.add_file("sbin/qemu-ga", agent.read_bytes(), 0o755)
    for library in shared_libraries(agent):
        archive.add_file(str(library).lstrip("/"), library.read_bytes(), 0o755)


def _applets(busybox: Path) -> list[str]:
    """The names busybox answers to."""
    listed = subprocess.run([str(busybox), "--list"], capture_output=True, text=True, check=True)
    return listed.stdout.split()


def _write_document(path: Path, image: Path) -> None:
    document = TemplateDocument(
        name="tiny",
        description="A small Linux that boots in seconds and counts on its serial console.",
        memory=MEMORY_MIB,
        vcpus=1,
        disks=(
            TemplateDisk(
                target="vda",
                file=image.name,
                format=DiskFormat.RAW,
                size=image.stat().st_size,
                sha256=hashlib.sha256(image.read_bytes()).hexdigest(),
            ),
        ),
    )
    write_document(path, document)
