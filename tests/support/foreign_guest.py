"""The smallest Debian that virt-v2v takes for one: a kernel's modules, a boot loader's configuration, and the
programs of it that virt-v2v calls, which write down that they were called."""

import shutil
import subprocess
import tempfile
from pathlib import Path

VERSION = "6.1.0-1-amd64"
_PACKAGE = f"linux-image-{VERSION}"
_SIZE = "256M"
_CALLED = "/var/log/called"
_FILES = {
    "etc/debian_version": "12.5\n",
    "etc/os-release": 'ID=debian\nVERSION_ID="12"\nNAME="Debian GNU/Linux"\n',
    "etc/hostname": "elsewhere\n",
    "etc/fstab": "/dev/sda / ext4 defaults 0 1\n",
    "etc/default/grub": 'GRUB_CMDLINE_LINUX=""\n',
    "etc/initramfs-tools/modules": "",
    "etc/modprobe.d/local.conf": "",
    "boot/grub/grub.cfg": f"menuentry 'Debian' {{\n linux /boot/vmlinuz-{VERSION} root=/dev/sda\n}}\n",
    f"boot/vmlinuz-{VERSION}": "kernel",
    f"boot/initrd.img-{VERSION}": "initrd",
    f"boot/config-{VERSION}": "CONFIG_VIRTIO_BLK=m\nCONFIG_VIRTIO_NET=m\n",
    "var/lib/dpkg/status": (
        f"Package: {_PACKAGE}\nStatus: install ok installed\nArchitecture: amd64\n"
        "Version: 6.1.1-1\nDescription: a kernel\n\n"
    ),
    f"var/lib/dpkg/info/{_PACKAGE}.list": f"/boot/vmlinuz-{VERSION}\n/lib/modules/{VERSION}\n",
}
_PROGRAMS = {
    "usr/bin/dpkg": 'cat "/var/lib/dpkg/info/$2.list"',
    "usr/sbin/update-initramfs": f'echo "update-initramfs $*" >>{_CALLED}',
    "usr/sbin/grub-mkconfig": f'echo "grub-mkconfig $*" >>{_CALLED}',
}
_MODULES = ("virtio_blk", "virtio_net", "virtio_pci", "virtio_scsi")


def make_guest(image: Path) -> Path:
    """Its disk, raw, without partitions."""
    with tempfile.TemporaryDirectory() as made:
        root = Path(made)
        for name, text in _FILES.items():
            _written(root / name, text)
        for name, line in _PROGRAMS.items():
            _written(root / name, f"#!/bin/sh\n{line}\n").chmod(0o755)
        for name in ("bin", "var/log", "tmp", "proc", "sys", "dev", "home", "root"):
            (root / name).mkdir(exist_ok=True, parents=True)
        shutil.copy("/bin/busybox", root / "bin" / "busybox")
        for applet in ("sh", "cat", "echo"):
            (root / "bin" / applet).symlink_to("busybox")
        for module in _MODULES:
            # virt-v2v looks for what machine it is made, so it is a real one.
            target = root / f"lib/modules/{VERSION}/kernel/drivers/{module}.ko"
            target.parent.mkdir(exist_ok=True, parents=True)
            shutil.copy(_any_module(), target)
        argv = ["mke2fs", "-q", "-F", "-t", "ext4", "-d", str(root), str(image), _SIZE]
        subprocess.run(argv, check=True, capture_output=True)
    return image


def _any_module() -> Path:
    return next(Path("/lib/modules").glob("*/kernel/drivers/**/*.ko"))


def _written(file: Path, text: str) -> Path:
    file.parent.mkdir(exist_ok=True, parents=True)
    file.write_text(text)
    return file


def called(image: Path) -> str:
    """What virt-v2v has had done in it, in a line each."""
    argv = ["debugfs", "-R", f"cat {_CALLED}", str(image)]
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout
