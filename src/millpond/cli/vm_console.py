"""The console of a VM: its serial line here, its screen for a VNC viewer."""

import sys
from typing import Annotated

import typer
from websockets.asyncio.client import connect as dial_websocket
from websockets.exceptions import InvalidHandshake, InvalidStatus, InvalidURI

from millpond.cli.client import Client, path, refusal
from millpond.cli.errors import CliError, ExitCode, usage
from millpond.cli.options import VmName
from millpond.cli.session import connect
from millpond.cli.terminal import attach
from millpond.cli.tunnel import LOOPBACK, listen, serve
from millpond.cli.wire import Wire

app = typer.Typer()

LOG_BYTES = 64 << 10


@app.command()
def console(
    vm: VmName,
    log: Annotated[
        bool, typer.Option("--log", help="Print the end of the console's log and leave.")
    ] = False,
    vnc: Annotated[
        bool, typer.Option("--vnc", help="Open a local port for a VNC viewer instead.")
    ] = False,
    port: Annotated[int, typer.Option(help="Local port for --vnc; 0 = any.", min=0, max=65535)] = 0,
) -> None:
    """Use the serial console of a running VM. Leave with Ctrl-].

    Example: millpond vm console web1
    Example: millpond vm console web1 --vnc --port 5901
    """
    if log and vnc:
        raise usage("--log and --vnc exclude each other", "give one of them")
    with connect() as client:
        if log:
            sys.stdout.write(client.text(path("vms", vm, "console", "log"), bytes=LOG_BYTES))
        elif vnc:
            _tunnel(client, vm, port)
        else:
            serial(client, vm)


def serial(client: Client, vm: str) -> None:
    """The terminal becomes the VM's serial console until Ctrl-]."""
    socket = _dial(client, vm, "serial")
    sys.stderr.write(f"Connected to {vm}; leave with Ctrl-].\n")
    why = attach(socket)
    sys.stderr.write("\n" if why == "left" else f"\n{why}\n")


def _dial(client: Client, vm: str, kind: str) -> Wire:
    """A WebSocket to the console, with a ticket of its own. No keep-alive pings of ours: the
    manager's are answered, and a frozen guest must not end the session."""
    ticket = client.call("POST", path("vms", vm, "console"), {"kind": kind})
    url = client.websocket_url(ticket["url"])
    try:
        return Wire(dial_websocket(url, ssl=client.tls, max_size=None, ping_interval=None))
    except InvalidStatus as error:
        raise refusal(error.response.status_code, error.response.body) from error
    except (OSError, InvalidHandshake, InvalidURI) as error:
        raise CliError(
            ExitCode.UNREACHABLE,
            f"console of {vm}",
            f"cannot be opened: {error}",
            f"see whether it runs: millpond vm show {vm}",
        ) from error


def _tunnel(client: Client, vm: str, port: int) -> None:
    client.call("POST", path("vms", vm, "console"), {"kind": "vnc"})  # refused now, if ever
    try:
        server = listen(port)
    except OSError as error:
        raise CliError(
            ExitCode.USAGE,
            f"port {port}",
            f"cannot be used: {error.strerror}",
            "choose another with --port, or leave it out",
        ) from error
    with server:
        chosen = server.getsockname()[1]
        sys.stdout.write(f"Point a VNC viewer at {LOOPBACK}:{chosen} (Ctrl-C ends this).\n")
        sys.stdout.flush()
        try:
            serve(server, lambda: _dial(client, vm, "vnc"))
        except KeyboardInterrupt:
            sys.stderr.write("\n")
