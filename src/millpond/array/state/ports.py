"""Where each SP can be reached, for its peer to tell."""

import json
from pathlib import Path

from millpond.adapters import durable
from millpond.array.exports import SpName
from millpond.array.state.peer import Peer


class Ports:
    """(address, TCP port) of each port of each SP, in a file that each SP writes when it listens."""

    names: tuple[SpName, SpName] = ("A", "B")

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def write(self, sp: SpName, listening: list[tuple[str, int]]) -> None:
        durable.write(self._path(sp), json.dumps(listening).encode())

    def of(self, sp: SpName) -> list[tuple[str, int]]:
        """As of its last start; empty if it has never been up."""
        try:
            return [(host, port) for host, port in json.loads(self._path(sp).read_bytes())]
        except FileNotFoundError:
            return []

    def alive(self, sp: SpName) -> bool:
        return Peer(self._directory, sp).alive()

    def _path(self, sp: SpName) -> Path:
        return self._directory / f"sp-{sp.lower()}.ports"
