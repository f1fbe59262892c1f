"""How long TCP goes on with a peer that says nothing any more."""

import logging
from pathlib import Path

RETRIES = 6
"""For net.ipv4.tcp_retries2 (tcp(7)): 25 s at the shortest round trip. With Linux's 15 it is a quarter of an
hour, for which QEMU answers nobody if the target of a migration loses its power in the hand-over: it waits
for what it sent, and holds the lock that its monitor needs."""

_SETTING = Path("/proc/sys/net/ipv4/tcp_retries2")
_log = logging.getLogger(__name__)


def give_up_in_time() -> None:
    """Lower the server's setting to ``RETRIES``; who has chosen less keeps that."""
    try:
        if int(_SETTING.read_text()) > RETRIES:
            _SETTING.write_text(f"{RETRIES}\n")
    except OSError as error:  # a container, perhaps
        _log.warning("%s could not be lowered to %d: %s", _SETTING, RETRIES, error)
