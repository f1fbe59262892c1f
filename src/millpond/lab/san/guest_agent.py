"""Running programs in a node through the QEMU guest agent (qemu-ga-ref(7)), whatever its networks do."""

import base64
import json
import socket
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from secrets import randbelow
from typing import Any

from millpond.domain.errors import Failed, Unknown

_DELIMITER = b"\xff"
_ANSWER_SECONDS = 20.0
"""An emulated machine that is busy booting is slow."""
_POLLS = (0.05, 0.1, 0.2, 0.4)


class GuestAgent:
    def __init__(self, path: Path, node: str) -> None:
        self._path = path
        self._node = node

    def answers(self) -> bool:
        try:
            self._ask("guest-ping", {}, 3.0)
        except Unknown:
            return False
        return True

    def run(
        self, argv: Sequence[str], timeout: float = 60, text: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """Run ``argv`` with ``text`` on its standard input. After ``timeout`` seconds it is killed and
        the return code is 124 (timeout(1)). Raises Unknown if the node stops answering, Failed."""
        wanted = {
            "path": "timeout",
            "arg": ["-k", "1", str(timeout), *argv],
            "input-data": base64.b64encode(text.encode()).decode(),
            "capture-output": True,
        }
        pid = self._ask("guest-exec", wanted)["pid"]
        deadline = time.monotonic() + timeout + 2 * _ANSWER_SECONDS
        for turn in range(1 << 30):
            status = self._ask("guest-exec-status", {"pid": pid})
            if status["exited"]:
                # Killed by a signal it has no exit code; a shell adds 128.
                code = status.get("exitcode", 128 + status.get("signal", 0))
                out, error = (_text(status, key) for key in ("out-data", "err-data"))
                return subprocess.CompletedProcess(list(argv), code, out, error)
            if time.monotonic() > deadline:
                break
            time.sleep(_POLLS[min(turn, len(_POLLS) - 1)])
        raise Unknown(f"run {argv[0]} on {self._node}", "it did not end in time")

    def _ask(
        self, command: str, arguments: dict[str, Any], seconds: float = _ANSWER_SECONDS
    ) -> Any:
        """One connection for one question: QEMU lets in one client at a time."""
        try:
            with socket.socket(socket.AF_UNIX) as channel:
                channel.settimeout(seconds)
                channel.connect(str(self._path))
                _synchronize(channel)
                _send(channel, command, arguments)
                answer = json.loads(_line(channel))
        except OSError as error:
            raise Unknown(
                f"ask {self._node}", f"its guest agent does not answer: {error}"
            ) from None
        if "error" in answer:
            raise Failed(f"{command} on {self._node}", answer["error"]["desc"])
        return answer["return"]


def _synchronize(channel: socket.socket) -> None:
    """Past what an earlier client was answered (guest-sync-delimited)."""
    number = randbelow(1 << 31)
    channel.sendall(_DELIMITER)
    _send(channel, "guest-sync-delimited", {"id": number})
    while True:
        line = _line(channel).rpartition(_DELIMITER)[2]
        with suppress(json.JSONDecodeError):
            if json.loads(line).get("return") == number:
                return


def _send(channel: socket.socket, command: str, arguments: dict[str, Any]) -> None:
    channel.sendall(json.dumps({"execute": command, "arguments": arguments}).encode() + b"\n")


def _line(channel: socket.socket) -> bytes:
    received = bytearray()
    while not received.endswith(b"\n"):
        part = channel.recv(65536)
        if not part:
            raise ConnectionResetError("the node is off")
        received += part
    return bytes(received)


def _text(status: dict[str, Any], key: str) -> str:
    return base64.b64decode(status.get(key, "")).decode(errors="replace")
