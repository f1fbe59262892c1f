"""The guests' QEMU processes, seen and ended without libvirt: for a server on which it does not answer."""

import os
import select
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from lxml import etree

from millpond.adapters.daemon_thread import in_daemon_thread
from millpond.adapters.libvirt.metadata import NAMESPACE
from millpond.domain.errors import Failed

RUN_DIR = Path("/run/libvirt/qemu")
"""Where libvirt keeps NAME.pid and NAME.xml of each running domain (its state directory)."""
PATIENCE = 5.0
"""Seconds a killed process may take to go: one that waits for lost storage goes when that fails."""


class QemuProcesses:
    """``ha.env.GuestProcesses``: those of Millpond's guests only."""

    async def living(self) -> frozenset[str]:
        return await in_daemon_thread("look for guests", living)

    async def kill(self) -> int:
        return await in_daemon_thread("kill guests", kill)


def living(run_dir: Path = RUN_DIR) -> frozenset[str]:
    with _opened(run_dir) as found:
        return frozenset(found.values())


def kill(run_dir: Path = RUN_DIR) -> int:
    """Raises ``Failed`` if some do not die."""
    with _opened(run_dir) as found:
        for handle in found:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(handle, signal.SIGKILL)
        left = _left(set(found))
    if left:
        raise Failed("end all guests", f"{left} QEMU processes do not die: they wait for storage")
    return len(found)


@contextmanager
def _opened(run_dir: Path) -> Iterator[dict[int, str]]:
    """The guests' processes as pidfd_open(2) gives them, and whose they are."""
    found: dict[int, str] = {}
    try:
        for pid_file in sorted(run_dir.glob("*.pid")):
            with suppress(OSError, ValueError, etree.XMLSyntaxError):
                vm = _vm(pid_file.with_suffix(".xml"))
                if vm is not None:
                    found[_open(int(pid_file.read_text()))] = vm
        yield found
    finally:
        for handle in found:
            os.close(handle)


def _vm(domain: Path) -> str | None:
    status = domain.read_bytes()
    ours = NAMESPACE.encode() in status
    return etree.fromstring(status).findtext("domain/uuid") if ours else None


def _open(pid: int) -> int:
    """Raises ``OSError``: it is gone, or the number is another program's by now. A QEMU is known by its name
    alone: its command line cannot be read while it waits for lost storage."""
    handle = os.pidfd_open(pid)
    try:
        if not Path(f"/proc/{pid}/comm").read_text().startswith("qemu"):
            raise ProcessLookupError(pid)
    except OSError:
        os.close(handle)
        raise
    return handle


def _left(handles: set[int]) -> int:
    """How many still live after ``PATIENCE``; a handle is readable once its process has ended."""
    poll = select.poll()
    for handle in handles:
        poll.register(handle, select.POLLIN)
    left, deadline = set(handles), time.monotonic() + PATIENCE
    while left and (remaining := deadline - time.monotonic()) > 0:
        for handle, _ in poll.poll(remaining * 1000):
            left.discard(handle)
            poll.unregister(handle)
    return len(left)
