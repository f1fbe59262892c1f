"""What systemd wants to know of a service (sd_notify(3), sd_watchdog_enabled(3)). Nothing is said to a
service manager that does not ask."""

import asyncio
import os
import socket
from contextlib import suppress


def ready() -> None:
    """It serves, or would if anybody had told it whom. May be said again."""
    _tell("READY=1")


async def pet_watchdog() -> None:
    """As long as the event loop turns. Until cancelled; ends at once if there is no watchdog."""
    microseconds = int(os.environ.get("WATCHDOG_USEC", "0"))
    while microseconds:
        _tell("WATCHDOG=1")
        await asyncio.sleep(microseconds / 1e6 / 4)


def _tell(state: str) -> None:
    path = os.environ.get("NOTIFY_SOCKET")
    if not path:
        return
    address = f"\0{path[1:]}" if path.startswith("@") else path  # unix(7): an abstract name
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender, suppress(OSError):
        sender.setblocking(False)  # one that does not listen must not hold us up
        sender.sendto(state.encode(), address)
