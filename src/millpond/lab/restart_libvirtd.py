"""Restart a lab server's libvirtd from inside: ``python -m millpond.lab.restart_libvirtd``.

On a real server this is ``systemctl restart libvirtd``. The supervisor brings the killed daemon
back; running guests are not touched. Ends when the new one answers.
"""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from millpond.lab.layout import PID_DIR
from millpond.lab.processes import wait_for

_PID_FILE = Path(PID_DIR, "libvirtd.pid")
_PATIENCE_SECONDS = 50.0


def main() -> None:
    old = _running()
    if old is not None:
        with suppress(ProcessLookupError):
            os.kill(old, signal.SIGTERM)
    if not wait_for(
        lambda: _answers() if _running() not in (None, old) else None, _PATIENCE_SECONDS
    ):
        sys.exit("libvirtd did not come back; see /var/log/millpond-lab/libvirtd.log")


def _running() -> int | None:
    try:
        return int(_PID_FILE.read_text())
    except (FileNotFoundError, ValueError):
        return None


def _answers() -> bool | None:
    """Whether a whole conversation succeeds: a daemon with a certificate it dislikes opens its
    socket too, and ends a moment later."""
    asked = ["virsh", "-c", "qemu:///system", "hostname"]
    done = subprocess.run(asked, capture_output=True, check=False)
    return True if done.returncode == 0 else None


if __name__ == "__main__":
    main()
