"""The audit log: who gave which command, and what came of it. One JSON object in a line."""

import json
import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path

from millpond.array.exports import SpName

_SECRET = ("-password", "-newpassword")
MOST, KEPT = 4 * 2**20, 4
"""Bytes of a file, and how many older ones are kept."""


class Audit:
    """One file for each SP, ``audit-a.log``: two processes cannot turn over one file."""

    def __init__(self, root: Path, sp: SpName) -> None:
        """Raises OSError."""
        path = root / f"audit-{sp.lower()}.log"
        path.touch(mode=0o600)
        self._handler = RotatingFileHandler(path, maxBytes=MOST, backupCount=KEPT)
        self._sp = sp

    def note(self, user: str, address: str, argv: Sequence[str], status: int) -> None:
        entry = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "sp": self._sp,
            "user": user,
            "address": address,
            "command": without_secrets(argv),
            "status": status,
        }
        record = logging.LogRecord("audit", logging.INFO, "", 0, json.dumps(entry), None, None)
        self._handler.emit(record)

    def close(self) -> None:
        self._handler.close()


def without_secrets(argv: Sequence[str]) -> list[str]:
    hidden = [False] + [word.lower() in _SECRET for word in argv]
    return ["***" if hide else word for word, hide in zip(argv, hidden, strict=False)]
