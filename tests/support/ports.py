"""Ports for servers that die and come back."""

import socket
from pathlib import Path
from random import SystemRandom

_FIRST = 10_000
_RANDOM = SystemRandom()


def free_port(address: str = "127.0.0.1") -> int:
    """One that no client's socket takes while its server is dead: below those that the kernel gives
    by itself (ip(7), ip_local_port_range)."""
    text = Path("/proc/sys/net/ipv4/ip_local_port_range").read_text()
    while True:
        port = _RANDOM.randrange(_FIRST, int(text.split()[0]))
        with socket.socket() as probe:
            try:
                probe.bind((address, port))
            except OSError:
                continue
        return port
