"""A node's cables, pulled and plugged through QEMU's monitor (qemu-qmp-ref(7))."""

import json
import socket
from pathlib import Path
from typing import IO, Any

from millpond.domain.errors import Failed, Unknown

_SECONDS = 20.0


def set_link(monitor: Path, device: str, up: bool) -> None:
    """Its guest sees the carrier go and come. Raises Unknown, Failed."""
    try:
        with socket.socket(socket.AF_UNIX) as channel:
            channel.settimeout(_SECONDS)
            channel.connect(str(monitor))
            with channel.makefile("rw") as lines:
                lines.readline()  # its greeting
                _ask(lines, "qmp_capabilities", {})
                _ask(lines, "set_link", {"name": device, "up": up})
    except OSError as error:
        raise Unknown("change a cable", f"QEMU's monitor does not answer: {error}") from None


def _ask(lines: IO[str], command: str, arguments: dict[str, Any]) -> None:
    lines.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
    lines.flush()
    while "event" in (answer := json.loads(lines.readline())):
        pass
    if "error" in answer:
        raise Failed(command, answer["error"]["desc"])
