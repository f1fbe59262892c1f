"""Ending guests without libvirt: for a server whose guests must go while libvirt does not answer."""

import os
import select
import signal
import time
from contextlib import suppress
from pathlib import Path

from millpond.adapters.libvirt.metadata import NAMESPACE
from millpond.domain.errors import Failed

RUN_DIR = Path("/run/libvirt/qemu")
"""Where libvirt keeps NAME.pid and NAME.xml of each running domain (its state directory)."""
PATIENCE = 5.0
"""Seconds a killed process may take to go: one that waits for lost storage goes when that fails."""


def kill_guests(run_dir: Path = RUN_DIR) -> int:
    """Kill every QEMU process of Millpond's and wait until it is gone; returns how many there were.
    Raises ``Failed`` if some do not die."""
    handles = [h for h in map(_open, sorted(run_dir.glob("*.pid"))) if h is not None]
    try:
        for handle in handles:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(handle, signal.SIGKILL)
        left = _left(handles)
    finally:
        for handle in handles:
            os.close(handle)
    if left:
        raise Failed("end all guests", f"{left} QEMU processes do not die: they wait for storage")
    return len(handles)


def _open(pid_file: Path) -> int | None:
    """A pidfd_open(2) of the guest's process; None if it is not ours, or gone."""
    try:
        if NAMESPACE not in pid_file.with_suffix(".xml").read_text():
            return None
        pid = int(pid_file.read_text())
        handle = os.pidfd_open(pid)
        if b"qemu" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0]:
            return handle
        os.close(handle)
    except (OSError, ValueError):
        pass
    return None


def _left(handles: list[int]) -> int:
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
