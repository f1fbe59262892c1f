"""What the array shows, written down in one file: for an array that serves files somebody made, and nothing
else."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from millpond.adapters import durable
from millpond.array.exports import ArrayIdentity, Chap, ExportedLun
from millpond.array.state.counter import SharedCounter

FILE = "exports.json"
ANYBODY = "*"


def write(directory: Path, exports: dict[str, Any]) -> None:
    """Make ``exports`` what the array in ``directory`` shows from the next command on:
    ``{"serial", "name", "luns": [ExportedLun's fields, wwn in hexadecimal],
    "hosts": {initiator or "*": {"luns": {HLU: ALU}, "failover_mode": 1 or 4, "chap": Chap's fields}}}``."""
    durable.write(directory / FILE, json.dumps(exports, indent=1).encode(), 0o600)
    counter = SharedCounter(directory / "exports.counter")
    counter.add()
    counter.close()


class StaticMasking:
    """Satisfies ``exports.Masking``."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / FILE
        self._counter = SharedCounter(directory / "exports.counter")
        self._read_at = -1
        self._luns: dict[int, ExportedLun] = {}
        self._exports: dict[str, Any] = {}

    def revision(self) -> int:
        return self._counter.value

    def identity(self) -> ArrayIdentity:
        exports = self._now()
        return ArrayIdentity(exports["serial"], exports["name"])

    def luns(self, initiator: str, sp: str, port: int) -> Mapping[int, ExportedLun]:
        mapped = self._host(initiator).get("luns", {})
        return {int(hlu): self._luns[alu] for hlu, alu in mapped.items()}

    def chap(self, initiator: str) -> Chap | None:
        found = self._host(initiator).get("chap")
        return Chap(**found) if found else None

    def failover_mode(self, initiator: str) -> Literal[1, 4]:
        return 1 if self._host(initiator).get("failover_mode") == 1 else 4

    def _host(self, initiator: str) -> dict[str, Any]:
        hosts = self._now()["hosts"]
        found: dict[str, Any] = hosts.get(initiator) or hosts.get(ANYBODY) or {}
        return found

    def _now(self) -> dict[str, Any]:
        revision = self.revision()
        if revision != self._read_at:
            self._exports = json.loads(self._path.read_bytes())
            self._luns = {
                lun["alu"]: ExportedLun(**{**lun, "wwn": bytes.fromhex(lun["wwn"])})
                for lun in self._exports["luns"]
            }
            self._read_at = revision
        return self._exports
