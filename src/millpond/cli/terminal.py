"""A raw terminal tied to a WebSocket, as a console is."""

import os
import select
import sys
import termios
import threading
import tty
from collections.abc import Iterator
from contextlib import contextmanager

from websockets.exceptions import ConnectionClosed

from millpond.cli.wire import Wire

LEAVE = b"\x1d"
"""Ctrl-], as in telnet and virsh console."""


def attach(socket: Wire) -> str:
    """Type into ``socket`` and show what it says until Ctrl-] or its end; why it ended, in words.

    Where stdin is no terminal its bytes are sent as they are, and its end leaves the console open:
    a script still wants to read the answer.
    """
    reason: list[str] = []
    wake_read, wake_write = os.pipe()

    def show() -> None:
        try:
            for message in socket:
                _write_all(message)
            reason.append(socket.close_reason or "the console was closed")
        except ConnectionClosed:
            reason.append(socket.close_reason or "the connection broke")
        except OSError as error:
            reason.append(f"cannot print: {error.strerror}")
        finally:
            os.close(wake_write)

    reader = threading.Thread(target=show, daemon=True)
    with _raw(sys.stdin.fileno()):
        reader.start()
        try:
            left = _send_keys(socket, wake_read)
        finally:
            socket.close()
            reader.join(timeout=2)
            os.close(wake_read)
    return "left" if left else (reason or ["the console was closed"])[0]


def _send_keys(socket: Wire, ended: int) -> bool:
    """Until Ctrl-] (True) or the other side's end (False)."""
    sources = [sys.stdin.fileno(), ended]
    while True:
        ready, _, _ = select.select(sources, [], [])
        if ended in ready:
            return False
        data = os.read(sys.stdin.fileno(), 4096)
        if not data:
            sources = [ended]
            continue
        keys, found, _ = data.partition(LEAVE) if sys.stdin.isatty() else (data, b"", b"")
        try:
            if keys:
                socket.send(keys)
        except ConnectionClosed:
            return False
        if found:
            return True


def _write_all(data: bytes) -> None:
    while data:
        data = data[os.write(sys.stdout.fileno(), data) :]


@contextmanager
def _raw(descriptor: int) -> Iterator[None]:
    """The terminal passes every key on, Ctrl-C too, and is given back as it was."""
    if not os.isatty(descriptor):
        yield
        return
    before = termios.tcgetattr(descriptor)
    tty.setraw(descriptor)
    try:
        yield
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)
