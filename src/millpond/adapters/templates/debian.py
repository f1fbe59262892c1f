"""A Debian template, installed from packages as Debian's own installer would do it.

* It starts by GRUB and has the serial console and the screen; nobody can sign in before cloud-init has
  said who (the data source NoCloud, which is what ``millpond vm create`` writes).
* cloud-init, the QEMU guest agent and an SSH server are in it; networkd and resolved are its network.
* One ext4 file system, which cloud-init grows when the disk has grown.

mmdebstrap installs it with apt, from the same sources as this machine; mke2fs makes the file system of the
finished directory, so that nothing is mounted and no loop device used.
"""

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from uuid import uuid4

from millpond.adapters.templates import debian_files
from millpond.adapters.templates.document import write_document
from millpond.adapters.templates.mbr import PARTITION_START, SECTOR, boot_sector
from millpond.adapters.templates.sources import require_program
from millpond.domain.errors import Failed
from millpond.domain.template import TemplateDisk, TemplateDocument
from millpond.domain.vm import DiskFormat

NAME = "debian-12"
_CODENAME = "bookworm"
_LINUX = 0x83
_BOOT_CODE = 440  # bytes of GRUB's boot.img that come before the partition table
_SIZE = 4 << 30
_MIB = 1 << 20
_PACKAGES = (
    *("linux-image-cloud-amd64", "initramfs-tools", "grub-pc-bin", "grub2-common"),
    *("systemd-sysv", "systemd-resolved", "libpam-systemd", "dbus", "udev", "kmod"),
    *("cloud-init", "cloud-guest-utils", "fdisk", "e2fsprogs", "qemu-guest-agent"),
    *("openssh-server", "sudo", "ca-certificates", "iproute2", "iputils-ping", "netbase"),
    *("bash-completion", "less", "vim-tiny", "apt-utils"),
)


def build_debian(output: Path, say: Callable[[str], object]) -> None:
    """Make ``output/system.img`` (raw, sparse) and ``output/template.json``; files of these names are
    replaced. Takes minutes and a GiB. Raises Failed."""
    require_program("mmdebstrap", "mmdebstrap")
    require_program("mke2fs", "e2fsprogs")
    if os.geteuid() != 0:
        raise Failed("build the template", "files of a system belong to root; run it as root")
    output.mkdir(parents=True, exist_ok=True)
    image = output / "system.img"
    with tempfile.TemporaryDirectory(dir=output) as work:
        root, fresh, identity = Path(work, "root"), Path(work, image.name), str(uuid4())
        say("installing packages, which takes minutes")
        install(root, Path(work, "sources.list"), _PACKAGES)
        _configure(root, identity)
        say("writing the disk")
        write_disk(fresh, root, identity)
        fresh.rename(image)
    write_document(output / "template.json", _document(image))


def install(root: Path, sources: Path, packages: Iterable[str], *, initrd: bool = True) -> None:
    """A minimal Debian with these packages in ``root``; ``sources`` is written on the way. ``initrd``:
    whether a kernel among them gets an initial RAM file system. Raises Failed."""
    lines = apt_sources()
    sources.write_text("\n".join(lines) + "\n")
    run(
        *("mmdebstrap", "--quiet", "--mode=root", "--variant=minbase"),
        *(f"--include={','.join(packages)}", _CODENAME, str(root), str(sources)),
        more={} if initrd else {"INITRD": "No"},  # initramfs-tools' postinst.d looks at it
    )


def apt_sources() -> list[str]:
    """This machine's sources of the release, as sources.list(5) writes them. Raises Failed if apt has
    none, or has not looked at them yet."""
    told = run(
        *("apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE) $(COMPONENT)"),
        *("Created-By: Packages", "Origin: Debian", "Architecture: amd64"),
    )
    lines = sorted(
        {
            f"deb {uri.removesuffix('/')} {release} {component}"
            for uri, release, component in (line.split() for line in told.splitlines())
            if re.fullmatch(rf"{_CODENAME}(-updates|-security)?", release)
        }
    )
    if not any(f" {_CODENAME} " in line for line in lines):
        raise Failed(
            "build the template",
            f"apt knows no source of Debian's {_CODENAME}; run: apt-get update",
        )
    return lines


def _configure(root: Path, identity: str) -> None:
    """What the packages leave open, and nothing that two guests must not share."""
    for path, text in debian_files.files(identity).items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    (root / "etc/resolv.conf").unlink(missing_ok=True)
    (root / "etc/resolv.conf").symlink_to("../run/systemd/resolve/stub-resolv.conf")
    for key in root.glob("etc/ssh/ssh_host_*"):
        key.unlink()
    run("systemctl", f"--root={root}", "enable", "--quiet", "systemd-networkd")
    # update-grub's configuration wants more modules than those that GRUB starts with.
    shutil.copytree(root / "usr/lib/grub/i386-pc", root / "boot/grub/i386-pc")
    modules = "biosdisk part_msdos ext2 normal linux search search_fs_uuid serial terminal echo"
    run(
        *("chroot", str(root), "grub-mkimage", "-O", "i386-pc", "-o", "/boot/grub/core.img"),
        *("-p", "(hd0,msdos1)/boot/grub", *modules.split()),
    )


def write_disk(image: Path, root: Path, identity: str) -> None:
    """A partition table with GRUB before the first partition, and the file system in it."""
    code = (root / "usr/lib/grub/i386-pc/boot.img").read_bytes()
    core = (root / "boot/grub/core.img").read_bytes()
    if len(core) > (PARTITION_START - 1) * SECTOR:
        raise Failed("build the template", f"GRUB's core has {len(core)} bytes: no room for it")
    with image.open("wb") as out:
        # boot.img loads sector 1, core.img what follows it: that is how both are made.
        out.write(boot_sector(code[:_BOOT_CODE], _LINUX, _SIZE) + core)
        out.truncate(_SIZE)
    offset = PARTITION_START * SECTOR
    run(
        *("mke2fs", "-q", "-F", "-t", "ext4", "-L", "root", "-U", identity, "-d", str(root)),
        *("-E", f"offset={offset}", str(image), f"{(_SIZE - offset) >> 10}k"),
    )


def _document(image: Path) -> TemplateDocument:
    with image.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    disk = TemplateDisk(
        target="vda", file=image.name, format=DiskFormat.RAW, size=_SIZE, sha256=digest
    )
    return TemplateDocument(
        name=NAME,
        description="Debian 12 with cloud-init, the QEMU guest agent and an SSH server.",
        memory=1024,
        vcpus=1,
        disks=(disk,),
    )


def run(*argv: str, more: Mapping[str, str] | None = None) -> str:
    """Its output, in an environment with no more than this. Raises Failed with its last words."""
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}
    proxies = {k: v for k, v in os.environ.items() if k.lower().endswith("_proxy")}
    done = subprocess.run(
        argv,
        capture_output=True,
        text=True,
        env=environment | proxies | dict(more or {}),
        check=False,
    )
    if done.returncode != 0:
        words = done.stderr.strip().splitlines()[-5:]
        raise Failed("build the template", f"{argv[0]}: {' / '.join(words)}")
    return done.stdout
