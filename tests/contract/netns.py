"""A network namespace around a test, with NICs whose other ends lie in it too."""

import ctypes
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

CLONE_NEWNET = 0x40000000

_libc = ctypes.CDLL(None, use_errno=True)


@contextmanager
def own_network(*nics: str) -> Iterator[None]:
    """The calling thread, and threads it starts, are in a new namespace with these NICs."""
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    try:
        if _libc.unshare(CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "unshare")
        ip("link set lo up")
        for nic in nics:
            ip(f"link add {nic} type veth peer name p{nic}")
            ip(f"link set {nic} up")
            ip(f"link set p{nic} up")
        yield
    finally:
        _libc.setns(home, CLONE_NEWNET)
        os.close(home)


@contextmanager
def inside_network(namespace: str) -> Iterator[None]:
    """The calling thread, and children it starts, are in the network namespace of that path."""
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    there = os.open(namespace, os.O_RDONLY)
    try:
        if _libc.setns(there, CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), f"setns {namespace}")
        yield
    finally:
        _libc.setns(home, CLONE_NEWNET)
        os.close(home)
        os.close(there)


def ip(command: str) -> str:
    """Run ip(8)."""
    done = subprocess.run(["ip", *command.split()], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"ip {command}: {done.stderr}"
    return done.stdout
