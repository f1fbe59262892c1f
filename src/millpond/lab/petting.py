"""The watchdog that a service manager keeps over a service (sd_notify(3)). Standard library only."""

import socket
import time
from collections.abc import Mapping
from pathlib import Path

_SLEPT_SECONDS = 3.0


class Petting:
    """Listens on ``path`` for a service that has to say something every ``seconds`` once it is ready.
    To be asked every second."""

    def __init__(self, path: Path, seconds: float) -> None:
        self._seconds = seconds
        self._heard: float | None = None  # None: it is not ready yet
        self._asked = time.monotonic()
        path.unlink(missing_ok=True)
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._listener.setblocking(False)
        self._listener.bind(str(path))
        self.environment: Mapping[str, str] = {
            "NOTIFY_SOCKET": str(path),
            "WATCHDOG_USEC": str(int(seconds * 1e6)),
            "PYTHONFAULTHANDLER": "1",
        }

    def restart(self) -> None:
        """Another process begins: what the former one said is not its word."""
        self._listen()
        self._heard = None

    def missed(self) -> bool:
        """Whether it has been silent for too long. While we slept ourselves, with the whole server,
        nobody could listen."""
        now = time.monotonic()
        slept, self._asked = now - self._asked > _SLEPT_SECONDS, now
        said = self._listen()
        if "READY=1" in said or (self._heard is not None and (said or slept)):
            self._heard = now
        return self._heard is not None and now - self._heard > self._seconds

    def _listen(self) -> list[str]:
        said: list[str] = []
        while True:
            try:
                said += self._listener.recv(4096).decode().splitlines()
            except BlockingIOError:
                return said
