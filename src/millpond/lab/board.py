"""The mainboards of a lab's servers: power switches and watchdog timers, in one process outside of
the servers, which lives on when their power is cut.

``python -m millpond.lab.board LAB LAB_DIR`` serves a socket. A request is one line: ``SERVER get
power``, ``SERVER set power 0`` (or 1), ``SERVER set reset 1`` come from a BMC; ``SERVER watchdog``
comes with an open ``/dev/fuse`` from the PID 1 of a starting server, ``SERVER down off`` (or reboot)
from one that has shut down.
"""

import os
import socket
import sys
import threading
from array import array
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

from millpond.domain.errors import Failed, MillpondError
from millpond.lab import fuse_file
from millpond.lab.bmc_lie import Lie
from millpond.lab.layout import LabLayout, server_name
from millpond.lab.processes import Process, clean_environment, spawn, wait_for
from millpond.lab.server import Server
from millpond.lab.watchdog import Watchdog

_READY_SECONDS = 30.0


class Board:
    """The process, seen from outside."""

    def __init__(self, lab: str, layout: LabLayout) -> None:
        self._lab = lab
        self._layout = layout

    @property
    def process(self) -> Process | None:
        return Process.load(self._layout.board_pid)

    def up(self) -> None:
        """Start it; one that runs is left alone. Raises Failed."""
        if self.process is not None:
            return
        self._layout.board_socket.unlink(missing_ok=True)
        argv = [
            sys.executable,
            "-P",
            "-m",
            "millpond.lab.board",
            self._lab,
            str(self._layout.directory),
        ]
        environment = clean_environment(Path(sys.executable).parent)
        process = Process.of(spawn(argv, self._layout.board_log, environment))
        if process is not None:
            process.save(self._layout.board_pid)
        if not wait_for(lambda: self._layout.board_socket.exists() or None, _READY_SECONDS):
            raise Failed("start the mainboards", f"see {self._layout.board_log}")

    def down(self) -> None:
        process = self.process
        if process is not None:
            process.kill()
            process.wait_gone(5)
        self._layout.board_pid.unlink(missing_ok=True)


class _Program:
    def __init__(self, lab: str, layout: LabLayout) -> None:
        self._lab = lab
        self._layout = layout

    def run(self) -> None:
        """Never returns."""
        with socket.socket(socket.AF_UNIX) as listener:
            fresh = self._layout.board_socket.with_suffix(".new")
            fresh.unlink(missing_ok=True)
            listener.bind(str(fresh))
            fresh.chmod(0o600)
            listener.listen(64)
            fresh.rename(self._layout.board_socket)  # whoever sees it can connect
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with connection, suppress(ConnectionError):
            request, handles = _received(connection)
            if not request:
                return  # a server that was cut off had nothing to ask
            try:
                answer = self._carry_out(request.decode().split(), handles)
            except (MillpondError, OSError, ValueError, KeyError) as error:
                print(f"{request!r}: {error}", flush=True)
                answer = f"error {error}"
            connection.sendall(f"{answer}\n".encode())

    def _carry_out(self, words: list[str], handles: list[int]) -> str:
        server = self._server(words[0])
        match words[1:]:
            case ["get", "power"]:
                return f"power:{int(Lie(server.layout).claimed(server.init is not None))}"
            case ["set", ("power" | "reset") as what, value]:
                self._switch(server, what, value == "1")
            case ["down", "reboot"]:
                _reaped(server, server.power_cycle)
            case ["down", "off"]:
                server.power_off()
            case ["watchdog"]:
                self._attach(server, handles[0])
            case _:
                raise ValueError("no such request")
        return "ok"

    def _server(self, name: str) -> Server:
        indexes = {server_name(i): i for i in self._layout.indexes()}
        return Server(self._lab, self._layout, indexes[name])

    def _switch(self, server: Server, what: str, value: bool) -> None:
        print(f"{server.name}: BMC: {what} {value:d}", flush=True)
        if Lie(server.layout).tell(value):
            return
        if what == "reset":
            _reaped(server, server.power_cycle)
        elif value:
            _reaped(server, server.power_on)
        else:
            server.power_off()

    def _attach(self, server: Server, handle: int) -> None:
        init = server.init

        def serve() -> None:
            timer = Watchdog()
            if fuse_file.serve(handle, timer, timer.left):
                print(f"{server.name}: watchdog: reset", flush=True)
                _reaped(server, partial(server.power_cycle, init))

        threading.Thread(target=serve, daemon=True).start()


def _received(connection: socket.socket) -> tuple[bytes, list[int]]:
    """A request, and the open files that came with it. No server that is started meanwhile inherits
    those: Python's socket.recv_fds has a parameter for the flag, and does not use it."""
    handles = array("i")
    room = socket.CMSG_SPACE(handles.itemsize)
    request, extras, _, _ = connection.recvmsg(1024, room, socket.MSG_CMSG_CLOEXEC)
    for level, kind, data in extras:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            handles.frombytes(data)
    return request, list(handles)


def _reaped(server: Server, switch_on: Callable[[], object]) -> None:
    """A server started here is a child of ours, whoever ends it."""
    switch_on()
    launcher = server.init and server.init.parent()
    if launcher:
        threading.Thread(target=_reap, args=(launcher.pid,), daemon=True).start()


def _reap(pid: int) -> None:
    with suppress(ChildProcessError):
        os.waitpid(pid, 0)


def main() -> None:
    lab, directory = sys.argv[1:]
    _Program(lab, LabLayout(Path(directory))).run()


if __name__ == "__main__":
    main()
