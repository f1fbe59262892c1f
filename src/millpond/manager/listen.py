"""The addresses the manager serves on."""

import ipaddress
import socket
from contextlib import suppress


def host_and_port(address: str) -> tuple[str, int]:
    """Split HOST:PORT or [IPv6]:PORT. Raises ValueError."""
    host, colon, port = address.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not colon or not host or not port.isdigit() or not 0 <= int(port) <= 65535:
        raise ValueError(f"{address!r} is not HOST:PORT or [IPv6]:PORT")
    return host, int(port)


def is_wildcard(host: str) -> bool:
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_unspecified
    return False


def sockets(addresses: tuple[str, ...], fd: int | None) -> list[socket.socket]:
    """Listening sockets: one for each address, and the one that was handed over as ``fd``. Raises
    OSError (the address is taken, or not ours)."""
    opened: list[socket.socket] = []
    if fd is not None:
        opened.append(socket.socket(fileno=fd))
    for address in addresses:
        host, port = host_and_port(address)
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        opened.append(socket.create_server((host, port), family=family, backlog=1024))
    for listener in opened:
        listener.set_inheritable(False)  # not for the fault hook's children
    return opened
