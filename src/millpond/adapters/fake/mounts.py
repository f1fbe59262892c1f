"""mount(8), umount(8), findmnt(8) and o2cb(8) of a fake server: nothing is mounted, a link is made.

It takes the place of ``adapters.repositories.mounting.run_program``.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from millpond.adapters.repositories.mounting import Said


class FakeMounts:
    """``storage`` is shared by fake servers: each source is a directory in there, made at its first
    mount; a file ``NAME.gone`` beside it makes it unreachable. ``server`` tells them apart. A mount
    point that several of them have on one machine is the same link for all."""

    def __init__(self, storage: Path, server: str) -> None:
        self._storage = storage
        self._table = storage / f"mounts of {server}.json"

    def __call__(self, argv: Sequence[str]) -> Said:
        match list(argv):
            case ["findmnt", *_, point]:
                return Said(0 if point in self._read() else 1, "")
            case ["mount", "-t", _, "-o", _, "--", source, point]:
                return self._mount(source, point)
            case ["umount", "--", point]:
                return self._unmount(point)
            case ["o2cb", "cluster-status"]:
                return Said(0, "Cluster 'fake' is online")
        return Said(127, f"{argv[0]}: not faked")

    def place(self, source: str) -> Path:
        """Where the contents of a source lie."""
        return self._storage / quote(source, safe="")

    def _mount(self, source: str, point: str) -> Said:
        place = self.place(source)
        if place.with_name(f"{place.name}.gone").exists():
            return Said(32, f"mount: {source}: No route to host")
        place.mkdir(parents=True, exist_ok=True)
        link = Path(point)
        if not link.is_symlink():
            link.rmdir()
            link.symlink_to(place)
        self._write(self._read() | {point: source})
        return Said(0, "")

    def _unmount(self, point: str) -> Said:
        table = self._read()
        if table.pop(point, None) is None:
            return Said(32, f"umount: {point}: not mounted.")
        self._write(table)
        link = Path(point)
        tables = self._storage.glob("mounts of *.json")
        if not any(point in json.loads(t.read_text()) for t in tables):
            link.unlink(missing_ok=True)
            link.mkdir()
        return Said(0, "")

    def _read(self) -> dict[str, str]:
        try:
            table: dict[str, str] = json.loads(self._table.read_text())
        except FileNotFoundError:
            return {}
        return table

    def _write(self, table: dict[str, str]) -> None:
        self._storage.mkdir(parents=True, exist_ok=True)
        self._table.write_text(json.dumps(table))
