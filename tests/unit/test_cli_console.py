"""The console's two ways: a raw terminal, and a port for VNC viewers. Real sockets, a real pty."""

import os
import pty
import select
import socket
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Iterator

import pytest
from websockets.asyncio.client import connect
from websockets.sync.server import ServerConnection, serve

from millpond.cli.tunnel import listen
from millpond.cli.tunnel import serve as serve_viewers
from millpond.cli.wire import Wire

ATTACH = (
    "import sys; from websockets.asyncio.client import connect; "
    "from millpond.cli.terminal import attach; from millpond.cli.wire import Wire; "
    "print('ended:', attach(Wire(connect(sys.argv[1]))), file=sys.stderr)"
)


def _echo(socket: ServerConnection) -> None:
    """Greets, answers every byte in upper case, hangs up on q."""
    socket.send(b"login: ")
    for message in socket:
        assert isinstance(message, bytes)
        if message == b"q":
            socket.close(reason="the guest was switched off")
            return
        socket.send(message.upper())


@pytest.fixture
def url(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("NO_PROXY", "*")
    with serve(_echo, "127.0.0.1", 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"ws://127.0.0.1:{server.socket.getsockname()[1]}"
        server.shutdown()


class Terminal:
    """The program on a pty of its own."""

    def __init__(self, url: str) -> None:
        self.main, side = pty.openpty()
        self.side = os.dup(side)
        self.before = termios.tcgetattr(side)
        self.process = subprocess.Popen(
            [sys.executable, "-c", ATTACH, url], stdin=side, stdout=side, stderr=subprocess.PIPE
        )
        os.close(side)

    def expect(self, text: bytes) -> bytes:
        seen, deadline = b"", time.monotonic() + 20
        while text not in seen:
            assert time.monotonic() < deadline, seen
            if select.select([self.main], [], [], 0.1)[0]:
                seen += os.read(self.main, 4096)
        return seen

    def type(self, keys: bytes) -> None:
        os.write(self.main, keys)

    def ended(self) -> str:
        assert self.process.stderr is not None
        assert self.process.wait(20) == 0
        return self.process.stderr.read().decode().strip()

    def close(self) -> None:
        self.process.kill()
        self.process.communicate()
        os.close(self.main)
        os.close(self.side)


@pytest.fixture
def terminal(url: str) -> Iterator[Terminal]:
    terminal = Terminal(url)
    yield terminal
    terminal.close()


def test_keys_go_out_at_once_and_unechoed(terminal: Terminal) -> None:
    terminal.expect(b"login: ")
    terminal.type(b"a")
    assert terminal.expect(b"A") == b"A", "the terminal echoed, or waited for a newline"


def test_ctrl_c_goes_to_the_guest_and_ctrl_bracket_leaves(terminal: Terminal) -> None:
    terminal.expect(b"login: ")
    terminal.type(b"\x03")
    assert terminal.expect(b"\x03")
    terminal.type(b"\x1d")
    assert terminal.ended() == "ended: left"
    assert termios.tcgetattr(terminal.side) == terminal.before, "the terminal stays raw"


def test_the_other_side_hangs_up(terminal: Terminal) -> None:
    terminal.expect(b"login: ")
    terminal.type(b"q")
    assert terminal.ended() == "ended: the guest was switched off"
    assert termios.tcgetattr(terminal.side) == terminal.before


def test_keys_from_a_pipe(url: str) -> None:
    """The end of the input does not end the console: the answer is still to come."""
    process = subprocess.Popen(
        [sys.executable, "-c", ATTACH, url], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(b"ls\n")
    process.stdin.close()
    seen = b""
    while b"LS\n" not in seen:
        seen += os.read(process.stdout.fileno(), 4096)
    assert process.poll() is None
    process.kill()
    process.wait()
    process.stdout.close()


def test_a_viewer_gets_a_console_of_its_own(url: str) -> None:
    dialled: list[Wire] = []

    def dial() -> Wire:
        dialled.append(Wire(connect(url)))
        return dialled[-1]

    server = listen(0)
    assert server.getsockname()[0] == "127.0.0.1", "the console must not be reachable from outside"
    threading.Thread(target=serve_viewers, args=(server, dial), daemon=True).start()
    with socket.create_connection(server.getsockname(), timeout=20) as one:
        assert one.recv(100) == b"login: "
        with socket.create_connection(server.getsockname(), timeout=20) as two:
            assert two.recv(100) == b"login: "
            two.sendall(b"two")
            assert two.recv(100) == b"TWO"
        one.sendall(b"q")
        assert one.recv(100) == b"", "the viewer is told when the console ends"
    assert len(dialled) == 2
