"""A server's watchdog timer, as the kernel documents it (watchdog-api.rst): opening the device starts
it, and unless the device is petted in time, it fires. It is part of the mainboard and goes on when
everything in the server hangs."""

import errno
import struct
import time
from enum import IntEnum

_INT = struct.Struct("<i")
_INFO = struct.Struct("<II32s")  # struct watchdog_info
_ABILITIES = 0x8180  # WDIOF_KEEPALIVEPING, WDIOF_MAGICCLOSE, WDIOF_SETTIMEOUT
_MAGIC = b"V"
_LONGEST = 600


class _Command(IntEnum):
    """ioctl(2) requests of linux/watchdog.h."""

    GETSUPPORT = 0x80285700
    GETSTATUS = 0x80045701
    GETBOOTSTATUS = 0x80045702
    KEEPALIVE = 0x80045705
    SETTIMEOUT = 0xC0045706
    GETTIMEOUT = 0x80045707


class Watchdog:
    """``fuse_file.File``. Seconds."""

    def __init__(self, timeout: int = 60) -> None:
        self._timeout = timeout
        self._deadline: float | None = None
        self._in_use = False
        self._disarm = False

    @property
    def armed(self) -> bool:
        return self._deadline is not None

    def left(self) -> float | None:
        """Until it fires; None while nobody has armed it."""
        return None if self._deadline is None else max(0.0, self._deadline - time.monotonic())

    def open(self) -> None:
        if self._in_use:
            raise OSError(errno.EBUSY, "")
        self._in_use, self._disarm = True, False
        self._pet()

    def write(self, data: bytes) -> None:
        self._disarm = _MAGIC in data
        self._pet()

    def ioctl(self, command: int, data: bytes) -> bytes:
        match command:
            case _Command.GETSUPPORT:
                return _INFO.pack(_ABILITIES, 1, b"Millpond lab")
            case _Command.GETSTATUS | _Command.GETBOOTSTATUS:
                return _INT.pack(0)
            case _Command.KEEPALIVE:
                self._pet()
                return _INT.pack(0)
            case _Command.SETTIMEOUT:
                wanted = _INT.unpack(data)[0]
                if not 1 <= wanted <= _LONGEST:
                    raise OSError(errno.EINVAL, "")
                self._timeout = wanted
                self._pet()
                return _INT.pack(wanted)
            case _Command.GETTIMEOUT:
                return _INT.pack(self._timeout)
        raise OSError(errno.ENOTTY, "")

    def close(self) -> None:
        """Only a ``V`` as the last thing written disarms it: whoever dies does not write one."""
        self._in_use = False
        if self._disarm:
            self._deadline = None

    def _pet(self) -> None:
        self._deadline = time.monotonic() + self._timeout
