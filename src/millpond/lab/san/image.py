"""The nodes' image: a Debian with its stock kernel, made of packages once and kept.

It is known by what went into it: the packages' versions that apt would install, and these sources. A
node's disk is an overlay of it, and boots its kernel directly.
"""

import fcntl
import gzip
import hashlib
import inspect
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from millpond.adapters.templates import debian
from millpond.adapters.templates.cpio import Archive
from millpond.adapters.templates.sources import modules_in_load_order, require_program
from millpond.lab.san import image_files
from millpond.lab.san.layout import cache_root

_PACKAGES = (
    *("linux-image-amd64", "systemd-sysv", "udev", "kmod", "dbus", "qemu-guest-agent"),
    *("iproute2", "iputils-ping", "procps", "e2fsprogs", "fdisk", "kpartx"),
    *("open-iscsi", "multipath-tools", "sg3-utils", "ocfs2-tools"),
    *("python3", "fio"),
)
_MODULES = ("virtio_pci", "virtio_blk", "crc32c_generic", "ext4")  # ext4 asks for crc32c by name
_SIZE = "3G"


@dataclass(frozen=True)
class Image:
    directory: Path

    @property
    def disk(self) -> Path:
        """A raw file system, without partitions."""
        return self.directory / "root.img"

    @property
    def kernel(self) -> Path:
        return self.directory / "vmlinuz"

    @property
    def initrd(self) -> Path:
        """Mounts the disk and what else a node's own archive brings, which follows it."""
        return self.directory / "initrd.img"


def image(say: Callable[[str], object]) -> Image:
    """The image, made now if there is none of these packages yet: that takes minutes and 2 GiB. Raises
    Failed."""
    store = cache_root() / "san"
    store.mkdir(parents=True, exist_ok=True)
    found = Image(store / _digest())
    with _alone(store):
        if not found.directory.is_dir():
            require_program("mmdebstrap", "mmdebstrap")
            require_program("mke2fs", "e2fsprogs")
            say("making the nodes' image of Debian's packages, which takes minutes")
            with tempfile.TemporaryDirectory(dir=store, prefix="making-") as work:
                _make(Path(work), found.directory)
    return found


def _digest() -> str:
    """Sixteen digits are enough among images of one machine."""
    versions = debian.run("apt-cache", "show", "--no-all-versions", *_PACKAGES)
    told = [line for line in versions.splitlines() if line.startswith(("Package:", "Version:"))]
    sources = [inspect.getsource(module) for module in (debian, image_files, sys.modules[__name__])]
    return hashlib.sha256("\0".join((*told, *sources)).encode()).hexdigest()[:16]


@contextmanager
def _alone(store: Path) -> Iterator[None]:
    handle = os.open(store, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _make(work: Path, directory: Path) -> None:
    """Under its name only when it is whole."""
    root, fresh = work / "root", Image(work / "image")
    fresh.directory.mkdir()
    debian.install(root, work / "sources.list", _PACKAGES, initrd=False)
    _configure(root)
    (kernel,) = (root / "boot").glob("vmlinuz-*")
    shutil.copy(kernel, fresh.kernel)
    modules = root / "lib/modules" / kernel.name.removeprefix("vmlinuz-")
    fresh.initrd.write_bytes(_initrd(modules))
    debian.run("mke2fs", "-q", "-F", "-t", "ext4", "-d", str(root), str(fresh.disk), _SIZE)
    fresh.directory.rename(directory)


def _configure(root: Path) -> None:
    for path, text in image_files.FILES.items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    systemctl = ("systemctl", f"--root={root}", "--quiet")
    debian.run(*systemctl, "enable", *image_files.ENABLED)
    debian.run(*systemctl, "disable", *image_files.DISABLED)
    debian.run(*systemctl, "mask", *image_files.MASKED)


def _initrd(modules: Path) -> bytes:
    archive = Archive()
    archive.add_console()
    for directory in ("proc", "sys", "root", "node"):
        archive.add_directory(directory)
    busybox = require_program("busybox", "busybox-static")
    archive.add_file("bin/busybox", busybox.read_bytes(), 0o755)
    ordered = modules_in_load_order(modules, _MODULES)
    for module in ordered:
        archive.add_file(f"lib/modules/{module.name}", module.read_bytes())
    archive.add_file("modules", "".join(f"{m.name}\n" for m in ordered).encode())
    archive.add_file("init", image_files.INIT.encode(), 0o755)
    return gzip.compress(archive.finish(), 6, mtime=0)
