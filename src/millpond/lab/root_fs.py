"""A server's root file system: the machine's programs, but its own /etc, /var, /run and /dev.

Nothing is copied. The root is a small tmpfs on which the machine's directories are bound. The
server's /etc and /var are its own directories on disk, so they survive a power cut; what is not
the server's own in there is a symbolic link into the machine's, which stays visible as /.etc and
/.var (same depth, so that relative links below still lead where they should).

/tmp is the machine's, so that programs and checkouts that live there are found.
"""

import os
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from millpond.lab.layout import LOG_DIR, PID_DIR, SHARED_MOUNT, ServerLayout
from millpond.lab.libc import MS_NOEXEC, MS_NOSUID, MS_PRIVATE, MS_REC, bind, mount, switch_root

_OWN_TOP = {"dev", "etc", "lost+found", "proc", "run", "sys", "var", SHARED_MOUNT.strip("/")}
_OWN_ETC = ("libvirt", "pki", "pki/qemu", "pki/libvirt", "millpond")
_OWN_VAR = ("lib/libvirt", "lib/millpond", "cache/libvirt", "log/libvirt/qemu")
_HIDDEN_VAR_LIB = {"millpond-lab"}  # the servers of a lab must not see each other's files
_DEVICES = {"null": 3, "zero": 5, "full": 7, "random": 8, "urandom": 9}  # minors of major 1


def prepare(server: ServerLayout) -> None:
    """Fill the server's own /etc and /var. Done at every boot, so that links to what has been
    installed on the machine since appear; what the server wrote is left alone."""
    for name in _OWN_ETC:
        (server.etc / name).mkdir(parents=True, exist_ok=True)
    for name in (*_OWN_VAR, LOG_DIR.removeprefix("/var/")):
        (server.var / name).mkdir(parents=True, exist_ok=True)
    _link_missing(server.var, Path("/var"), "/.var", {"run", "lock"})
    _link_missing(server.var / "lib", Path("/var/lib"), "/.var/lib", _HIDDEN_VAR_LIB)
    _link_missing(server.etc, Path("/etc"), "/.etc", {"hosts", "hostname", "machine-id"})
    for name, target in (("run", "/run"), ("lock", "/run/lock")):
        with suppress(FileExistsError):
            (server.var / name).symlink_to(target)
    server.new_root.mkdir(exist_ok=True)


def _link_missing(own: Path, machine: Path, seen_as: str, excluded: set[str]) -> None:
    for name in {entry.name for entry in machine.iterdir()} - excluded:
        with suppress(FileExistsError):
            (own / name).symlink_to(f"{seen_as}/{name}")


def enter(
    server: ServerLayout,
    shared: Path,
    mount_cgroups: Callable[[Path], None],
    add_devices: Callable[[Path], None],
) -> None:
    """Assemble the root and move into it. For a server's PID 1, in its own mount namespace.
    ``mount_cgroups`` mounts the control groups on the directory it is given, ``add_devices`` adds
    to those in the server's /dev.

    Raises OSError naming the directory that could not be mounted.
    """
    mount("none", Path("/"), flags=MS_REC | MS_PRIVATE)
    root = server.new_root
    mount("tmpfs", root, "tmpfs", data="mode=755,size=1m")
    for entry in Path("/").iterdir():
        if entry.name in _OWN_TOP:
            continue
        if entry.is_symlink():
            (root / entry.name).symlink_to(entry.readlink())
        elif entry.is_dir():
            _bind(entry, root / entry.name)
    _bind("/etc", root / ".etc")
    _bind("/var", root / ".var")
    _bind(server.etc, root / "etc")
    _bind(server.var, root / "var")
    _bind(shared, root / SHARED_MOUNT.strip("/"))
    _mount_kernel_views(root)
    mount_cgroups(root / "sys/fs/cgroup")
    _mount_dev(root / "dev")
    add_devices(root / "dev")
    switch_root(root)


def _bind(source: str | Path, target: Path) -> None:
    target.mkdir()
    bind(source, target)


def _mount_kernel_views(root: Path) -> None:
    for name, kind in (("proc", "proc"), ("sys", "sysfs"), ("run", "tmpfs")):
        (root / name).mkdir()
        mount(kind, root / name, kind, MS_NOSUID, "mode=755" if kind == "tmpfs" else "")
    for name in ("lock", "libvirt", PID_DIR.removeprefix("/run/")):
        (root / "run" / name).mkdir()
    boot_id = root / "run/boot_id"  # the machine's would stay what it is over our reboots
    boot_id.write_text(f"{uuid4()}\n")
    bind(boot_id, root / "proc/sys/kernel/random/boot_id")


def _mount_dev(dev: Path) -> None:
    """Only what a server's daemons need, and never /dev/kvm: nested acceleration that is present
    but does not work is common, and the lab's guests must run anywhere."""
    dev.mkdir()
    mount("tmpfs", dev, "tmpfs", MS_NOSUID | MS_NOEXEC, "mode=755,size=64k")
    for name, minor in _DEVICES.items():
        _node(dev / name, 1, minor)
    _node(dev / "tty", 5, 0)
    (dev / "net").mkdir()
    _node(dev / "net/tun", 10, 200)
    (dev / "pts").mkdir()
    mount(
        "devpts", dev / "pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=620"
    )
    (dev / "ptmx").symlink_to("pts/ptmx")
    (dev / "shm").mkdir()
    mount("tmpfs", dev / "shm", "tmpfs", MS_NOSUID, "mode=1777")
    for name, target in (("fd", "fd"), ("stdin", "fd/0"), ("stdout", "fd/1"), ("stderr", "fd/2")):
        (dev / name).symlink_to(f"/proc/self/{target}")


def _node(path: Path, major: int, minor: int) -> None:
    os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(major, minor))
    path.chmod(0o666)  # whatever the umask
