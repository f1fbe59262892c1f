"""The lab's manager: on the lab's network, and yet reachable from this machine's loopback."""

import errno
import os
import socket
import ssl
import sys
from collections.abc import Sequence
from http.client import HTTPException, HTTPSConnection
from pathlib import Path
from signal import SIGTERM

from millpond.domain.errors import Failed
from millpond.lab.layout import MANAGER_ADDRESS, LabLayout
from millpond.lab.network import Switch
from millpond.lab.processes import Process, clean_environment, spawn, wait_for

_BIN = Path(sys.executable).parent
_FD = 3
READY_SECONDS = 180.0
"""Until it answers: six seconds by itself, a minute and more beside other labs."""
_UNBOUND_SECONDS = 20.0


class LabManager:
    """``program`` is the manager's command; arguments are added to it. ``patience``: seconds until it
    has to answer."""

    def __init__(
        self, layout: LabLayout, program: Sequence[str] = (), patience: float = READY_SECONDS
    ) -> None:
        self._layout = layout
        self._patience = patience
        self._program = list(program) or [str(_BIN / "millpond-manager")]

    @property
    def process(self) -> Process | None:
        return Process.load(self._layout.manager_pid)

    @property
    def url(self) -> str | None:
        """Where users reach the manager; None if there never was one. Stays the same when the
        manager is started again."""
        port = self._port()
        return self._url(port) if port else None

    @staticmethod
    def _url(port: int) -> str:
        return f"https://127.0.0.1:{port}"

    def up(self, listen_port: int = 0) -> str:
        """Start the manager and return its address once it answers; one that runs is left alone.

        ``listen_port`` 0 means the one used before, else any free one. Raises Failed.
        """
        if self.process is not None and self.url is not None:
            return self.url
        self._layout.manager_state.mkdir(mode=0o700, exist_ok=True)
        # The listening socket belongs to this machine's network, its reader to the lab's: a
        # socket stays in the namespace it was made in, whoever holds it.
        # The first password goes to standard output and is for eyes, not for the log.
        with socket.socket() as listener, Path(os.devnull).open("w") as nowhere:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            _bind(listener, listen_port or self._port())
            listener.listen(256)
            port = listener.getsockname()[1]
            pid = spawn(
                [
                    "nsenter",
                    f"--net={Switch(self._layout).namespace()}",
                    "--",
                    *self._program,
                    "run",
                    *("--config", str(self._layout.manager_settings)),
                    *("--fd", str(_FD)),
                    *("--listen", f"{MANAGER_ADDRESS}:8443"),
                    *("--state-dir", str(self._layout.manager_state)),
                ],
                self._layout.manager_log,
                clean_environment(_BIN),
                {_FD: listener.fileno(), 1: nowhere.fileno()},
            )
        process = Process.of(pid)
        if process is not None:
            process.save(self._layout.manager_pid)
        self._layout.manager_port.write_text(f"{port}\n")
        found = wait_for(lambda: self.process is None or _answers(port) or None, self._patience)
        if found is None or self.process is None:
            # Who went on would find no first password yet, and no CA to know the manager by.
            why = "it ended" if found else f"it does not answer after {self._patience:.0f} s"
            raise Failed("start the manager", f"{why}; see {self._layout.manager_log}")
        return self._url(port)

    def down(self) -> None:
        """End the manager in an orderly way, or after 10 seconds in the other way."""
        process = self.process
        if process is not None:
            process.kill(SIGTERM)
            if not process.wait_gone(10):
                self.kill()
        self._layout.manager_pid.unlink(missing_ok=True)

    def kill(self) -> None:
        """SIGKILL, as in a crash."""
        process = self.process
        if process is not None:
            process.kill()
            process.wait_gone(10)

    def _port(self) -> int:
        try:
            return int(self._layout.manager_port.read_text())
        except (FileNotFoundError, ValueError):
            return 0


def _bind(listener: socket.socket, port: int) -> None:
    """A manager that was killed a moment ago may still hold its sockets: its main thread is gone
    before the last of the others is. Raises OSError if the port stays taken."""

    def bound() -> bool | None:
        try:
            listener.bind(("127.0.0.1", port))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            return None
        return True

    if wait_for(bound, _UNBOUND_SECONDS) is None:
        listener.bind(("127.0.0.1", port))


def _answers(port: int) -> bool:
    """Whether an HTTPS server answers, no matter what. Nothing is told to it or believed of it, so
    its certificate does not matter."""
    connection = HTTPSConnection(
        "127.0.0.1",
        port,
        timeout=2,
        context=ssl._create_unverified_context(),  # noqa: S323
    )
    try:
        connection.request("GET", "/")
        connection.getresponse()
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
    return True
