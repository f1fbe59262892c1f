"""The manager's state directory, and what the very first start puts there."""

import fcntl
import os
import secrets
from contextlib import suppress
from pathlib import Path

from millpond.adapters import durable
from millpond.manager.auth import FIRST_USER, hash_password
from millpond.manager.store import Store, users


class InUse(Exception):
    """Another manager lives in the state directory."""


class StateDirectory:
    """``pki``: the CA; ``first_password``: until somebody signs in; ``manager.db``: SQLite;
    ``arrays``: what is kept to speak to storage arrays."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.pki = path / "pki"
        self.first_password = path / "first-password"
        self.arrays = path / "arrays"
        self._lock: int | None = None

    def take(self) -> None:
        """Make it, and keep it to ourselves for as long as this process lives (flock(2)): proof
        that no other manager works on its jobs. Raises ``InUse``, OSError."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path.chmod(0o700)
        lock = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(lock)
            raise InUse(f"another manager runs in {self.path}") from error
        self._lock = lock

    def release(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


async def make_first_user(store: Store, state: StateDirectory) -> str | None:
    """Where there is no user yet: create one, and return its password. It also lies in a file,
    written first, so that a crash leaves nobody locked out."""
    async with store.read() as connection:
        if await users.count(connection):
            return None
    password = secrets.token_urlsafe(15)
    durable.write(state.first_password, f"{password}\n".encode(), 0o600)
    async with store.write() as connection:
        if await users.count(connection):  # another manager on the same database was quicker
            with suppress(FileNotFoundError):
                state.first_password.unlink()
            return None
        await users.add(connection, FIRST_USER, hash_password(password))
    return password
