"""mount(2), umount2(2), pivot_root(2) and unshare(2), which Python 3.11 does not have."""

import ctypes
import os
from pathlib import Path

MS_BIND = 4096
MS_REC = 16384
MS_PRIVATE = 1 << 18
MS_NOSUID = 2
MS_NOEXEC = 8
MNT_DETACH = 2
CLONE_NEWCGROUP = 0x02000000
_SYS_PIVOT_ROOT = 155  # x86-64; libc has no wrapper for it

_libc = ctypes.CDLL(None, use_errno=True)


def _check(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def mount(source: str | Path, target: Path, kind: str = "", flags: int = 0, data: str = "") -> None:
    """mount(2). Raises OSError naming the target."""
    arguments = [str(x).encode() or None for x in (source, target, kind)]
    _check(_libc.mount(*arguments, ctypes.c_ulong(flags), data.encode() or None), f"mount {target}")


def bind(source: str | Path, target: Path) -> None:
    """Make ``source``, with everything mounted below it, appear at ``target``."""
    mount(source, target, flags=MS_BIND | MS_REC)


def unshare(flags: int) -> None:
    _check(_libc.unshare(flags), "unshare")


def switch_root(new_root: Path) -> None:
    """Make the mount ``new_root`` the root and forget the old one (pivot_root(2), "pivot_root
    (".", ".")": the old root is stacked on the new and then detached)."""
    os.chdir(new_root)
    _check(_libc.syscall(_SYS_PIVOT_ROOT, b".", b"."), f"pivot_root {new_root}")
    _check(_libc.umount2(b".", MNT_DETACH), "umount the old root")
    os.chdir("/")
