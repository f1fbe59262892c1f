"""A file system of a single file (fuse(4)): how a server's device is made by a process outside of it
where the kernel has no CUSE. Standard library only: the servers' PID 1 imports this.

Opcodes and structures are those of ``linux/fuse.h``, protocol 7.31, on a little-endian machine.
"""

import errno
import os
import select
import struct
from collections.abc import Callable
from contextlib import suppress
from enum import IntEnum
from pathlib import Path
from typing import Protocol

from millpond.lab.libc import MS_NOSUID, mount

_REQUEST_BYTES = 1 << 17
_IN = struct.Struct("<IIQ24x")  # fuse_in_header: length, opcode, unique
_OUT = struct.Struct("<IiQ")  # fuse_out_header: length, error, unique
_INIT_IN = struct.Struct("<III")
_INIT_OUT = struct.Struct("<IIIIHHIIHH32x")
_ATTRIBUTES = struct.Struct("<QI4xQ52xIIII4xI4x")  # fuse_attr_out
_OPEN_OUT = struct.Struct("<QII")
_WRITE_IN = struct.Struct("<QQI20x")
_WRITE_OUT = struct.Struct("<II")
_IOCTL_IN = struct.Struct("<QIIQII")
_IOCTL_OUT = struct.Struct("<iIII")
_UNBUFFERED = 1 | 4  # FOPEN_DIRECT_IO, FOPEN_NONSEEKABLE


class _Op(IntEnum):
    FORGET = 2
    GETATTR = 3
    OPEN = 14
    WRITE = 16
    RELEASE = 18
    FLUSH = 25
    INIT = 26
    INTERRUPT = 36
    DESTROY = 38
    IOCTL = 39


_UNANSWERED = (_Op.FORGET, _Op.INTERRUPT, _Op.DESTROY)


class File(Protocol):
    """What the file does. Methods raise ``OSError``, whose errno the caller in the server gets."""

    def open(self) -> None: ...

    def write(self, data: bytes) -> None: ...

    def ioctl(self, command: int, data: bytes) -> bytes:
        """ioctl(2); ``data`` and the result are as long as ``command`` says."""
        ...

    def close(self) -> None: ...


def plug_in(handle: int, path: Path) -> None:
    """Make the file ``path`` of an open ``/dev/fuse``. It answers once ``serve`` runs on the same
    handle, in whatever process. Raises OSError."""
    path.touch(0o600)
    mount(path.name, path, "fuse", MS_NOSUID, f"fd={handle},rootmode=100000,user_id=0,group_id=0")


def serve(handle: int, file: File, patience: Callable[[], float | None]) -> bool:
    """Answer until the file is gone (False), or until the seconds that ``patience`` gives have
    passed without a request, None being for ever (True). Closes the handle."""
    try:
        while True:
            if not select.select([handle], [], [], patience())[0]:
                return True
            _answer(handle, os.read(handle, _REQUEST_BYTES), file)
    except OSError as error:
        if error.errno != errno.ENODEV:  # unmounted: the server is gone
            raise
        return False
    finally:
        os.close(handle)


def _answer(handle: int, request: bytes, file: File) -> None:
    _, opcode, unique = _IN.unpack_from(request)
    if opcode in _UNANSWERED:
        return
    try:
        number, body = 0, _carry_out(opcode, request[_IN.size :], file)
    except OSError as error:
        number, body = -(error.errno or errno.EIO), b""
    with suppress(FileNotFoundError):  # who asked was killed meanwhile
        os.write(handle, _OUT.pack(_OUT.size + len(body), number, unique) + body)


def _carry_out(opcode: int, body: bytes, file: File) -> bytes:
    match opcode:
        case _Op.INIT:
            _, minor, read_ahead = _INIT_IN.unpack_from(body)
            return _INIT_OUT.pack(7, min(minor, 31), read_ahead, 0, 4, 3, 4096, 1, 0, 0)
        case _Op.GETATTR:
            return _ATTRIBUTES.pack(3600, 0, 1, 0o100600, 1, 0, 0, 4096)
        case _Op.OPEN:
            file.open()
            return _OPEN_OUT.pack(0, _UNBUFFERED, 0)
        case _Op.WRITE:
            _, _, size = _WRITE_IN.unpack_from(body)
            file.write(body[_WRITE_IN.size : _WRITE_IN.size + size])
            return _WRITE_OUT.pack(size, 0)
        case _Op.IOCTL:
            _, _, command, _, length, _ = _IOCTL_IN.unpack_from(body)
            data = file.ioctl(command, body[_IOCTL_IN.size : _IOCTL_IN.size + length])
            return _IOCTL_OUT.pack(0, 0, 0, 0) + data
        case _Op.FLUSH:
            return b""
        case _Op.RELEASE:
            file.close()
            return b""
    raise OSError(errno.ENOSYS, "")
