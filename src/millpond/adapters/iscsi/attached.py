"""The LUNs that this server has through QEMU's own iSCSI initiator: a file each, which those read who start
guests, and the relay. Whoever has a LUN open holds its file shared (flock(2))."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from millpond.adapters import durable
from millpond.domain.errors import Refused
from millpond.domain.names import IscsiName
from millpond.domain.pool_lun import DEVICES, PoolLun
from millpond.domain.vm import Model

FOLDER = "luns"
"""Of the agent's state directory."""
RELAY_PORT = 3261
"""Where the relay takes logins, on the loopback address of every server."""
_PREFIX = "iqn.2026-01.org.millpond:lun."


class Attached(Model):
    """``initiator`` is the name under which this server is registered with the array."""

    lun: PoolLun
    initiator: IscsiName


def target_name(uid: str) -> str:
    """Under which the relay offers a LUN to this server's guests: the same on every server, for a guest
    that migrates takes it along."""
    return f"{_PREFIX}{uid}"


class AttachedLuns:
    """The files below ``directory``."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def all(self) -> list[Attached]:
        """By name."""
        found = [self._read(path) for path in self._directory.glob("*.json")]
        return sorted((f for f in found if f is not None), key=lambda f: f.lun.name)

    def named(self, name: str) -> Attached | None:
        return next((found for found in self.all() if found.lun.name == name), None)

    def lun_at(self, device: str) -> PoolLun | None:
        """The one that stands for a device below /dev here."""
        found = self.named(device.removeprefix(DEVICES)) if device.startswith(DEVICES) else None
        return found.lun if found else None

    def keep(self, attached: Attached) -> None:
        """Raises ``Refused(lun.in_use)`` if it is there as something else, and open."""
        before = self._read(self._path(attached.lun.uid))
        if before == attached:
            return
        if before is not None:
            self.forget(before)
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._path(attached.lun.uid)
        durable.write(path, attached.model_dump_json().encode(), 0o600)

    def forget(self, attached: Attached) -> None:
        """Raises ``Refused(lun.in_use)`` while somebody has it open."""
        with self._opened(attached.lun.uid) as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Refused(
                    "lun.in_use",
                    f"LUN {attached.lun.name}",
                    "a guest on this server has it open",
                    "detach the disk from its VM, or stop the VM: millpond vm disk detach VM TARGET",
                ) from None
            self._path(attached.lun.uid).unlink()
            durable.sync_directory(self._directory)

    @contextmanager
    def opened(self, target: str) -> Iterator[Attached]:
        """The LUN that is offered under that name, which cannot be forgotten meanwhile. Raises
        ``FileNotFoundError``, ``ValueError`` if there is none."""
        uid = target.removeprefix(_PREFIX)
        if not target.startswith(_PREFIX) or not uid.isalnum():
            raise ValueError(f"no LUN is called {target!r}")
        with self._opened(uid) as handle:
            fcntl.flock(handle, fcntl.LOCK_SH)
            # Whoever forgot it while we waited has taken the file away, and may have put another in its
            # place: our lock is not on that one.
            if not os.fstat(handle).st_nlink:
                raise FileNotFoundError(f"LUN {uid} was taken away just now")
            yield Attached.model_validate_json(self._path(uid).read_text())

    @contextmanager
    def _opened(self, uid: str) -> Iterator[int]:
        handle = os.open(self._path(uid), os.O_RDONLY | os.O_CLOEXEC)
        try:
            yield handle
        finally:
            os.close(handle)

    def _path(self, uid: str) -> Path:
        return self._directory / f"{uid}.json"

    @staticmethod
    def _read(path: Path) -> Attached | None:
        try:
            return Attached.model_validate_json(path.read_text())
        except FileNotFoundError:
            return None
