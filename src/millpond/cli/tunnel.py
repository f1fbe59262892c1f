"""A local TCP port tied to a console's WebSocket, for VNC viewers."""

import contextlib
import socket
import threading
from collections.abc import Callable

from websockets.exceptions import ConnectionClosed

from millpond.cli.errors import CliError
from millpond.cli.report import print_error
from millpond.cli.wire import Wire

LOOPBACK = "127.0.0.1"


def listen(port: int) -> socket.socket:
    """A socket on the loopback alone: the console must not become reachable from outside.
    Raises ``OSError``."""
    return socket.create_server((LOOPBACK, port))


def serve(server: socket.socket, dial: Callable[[], Wire]) -> None:
    """Join every viewer that connects to a console of its own, until interrupted. Tickets are good
    for once, so ``dial`` gets a new one for each."""
    while True:
        viewer, _ = server.accept()
        threading.Thread(target=_serve_one, args=(viewer, dial), daemon=True).start()


def _serve_one(viewer: socket.socket, dial: Callable[[], Wire]) -> None:
    with viewer:
        try:
            console = dial()
        except CliError as error:
            print_error(error)
            return
        with console:
            join(viewer, console)


def join(viewer: socket.socket, console: Wire) -> None:
    """Carry bytes both ways until either side ends."""

    def to_viewer() -> None:
        try:
            for message in console:
                viewer.sendall(message)
        except (ConnectionClosed, OSError):
            pass
        finally:
            _shut(viewer)

    back = threading.Thread(target=to_viewer, daemon=True)
    back.start()
    try:
        while data := viewer.recv(65536):
            console.send(data)
    except (ConnectionClosed, OSError):
        pass
    finally:
        console.close()
        back.join(timeout=2)


def _shut(viewer: socket.socket) -> None:
    with contextlib.suppress(OSError):  # it has gone already
        viewer.shutdown(socket.SHUT_RDWR)
