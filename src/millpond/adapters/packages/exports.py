"""``ports.exports`` on the file systems of this server."""

import asyncio
import base64
import os
import stat
from collections.abc import Sequence
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from millpond.adapters.disks.beneath import UNFINISHED, Beneath
from millpond.adapters.images.arriving import digest
from millpond.adapters.tasks.runner import Report, TaskRunner
from millpond.domain.layout import PUBLISH_POOL
from millpond.domain.package import ExportedFile, ExportedPiece, ExportName

MOST = 1 << 20
"""Bytes in one piece."""

Digests = dict[tuple[str, str], str]
"""By path and version."""

_NAME: TypeAdapter[str] = TypeAdapter(ExportName)


class ServerExports:
    """Of repositories below ``roots``. ``known`` keeps checksums for as long as the agent runs."""

    def __init__(self, roots: Sequence[str], runner: TaskRunner, known: Digests) -> None:
        self._beneath = Beneath(roots)
        self._runner = runner
        self._known = known

    async def exports(self, root: str) -> list[ExportedFile]:
        def look() -> list[ExportedFile]:
            with self._beneath.place(f"{root}/{PUBLISH_POOL}/any") as place:
                found = [(e.name, e.stat(follow_symlinks=False)) for e in place.entries()]
            return [_file(name, s) for name, s in found if _is_export(name, s)]

        return await asyncio.to_thread(look)

    async def export(self, root: str, name: str) -> ExportedFile:
        def look() -> ExportedFile:
            with self._beneath.place(_path(root, name)) as place, place.open() as file:
                return _file(name, os.fstat(file.fileno()))

        return await asyncio.to_thread(look)

    async def read(self, root: str, name: str, offset: int, length: int) -> ExportedPiece:
        def read() -> ExportedPiece:
            with self._beneath.place(_path(root, name)) as place, place.open() as file:
                version = _version(os.fstat(file.fileno()))
                data = os.pread(file.fileno(), min(length, MOST), offset)
            return ExportedPiece(data=base64.b64encode(data).decode(), version=version)

        return await asyncio.to_thread(read)

    async def digest(self, task: str, root: str, name: str) -> None:
        async def work(report: Report) -> None:
            with self._beneath.place(_path(root, name)) as place, place.open() as file:
                version = _version(os.fstat(file.fileno()))
                self._known[_path(root, name), version] = await digest(file, report)

        self._runner.start(task, work)

    async def sha256(self, root: str, name: str) -> str | None:
        now = await self.export(root, name)
        return self._known.get((_path(root, name), now.version))


def _path(root: str, name: str) -> str:
    return str(Path(root) / PUBLISH_POOL / name)


def _is_export(name: str, status: os.stat_result) -> bool:
    try:
        _NAME.validate_python(name)
    except ValidationError:
        return False
    return stat.S_ISREG(status.st_mode) and not name.endswith(UNFINISHED)


def _file(name: str, status: os.stat_result) -> ExportedFile:
    return ExportedFile(
        name=name, size=status.st_size, modified=status.st_mtime, version=_version(status)
    )


def _version(status: os.stat_result) -> str:
    return f"{status.st_ino:x}-{status.st_mtime_ns:x}-{status.st_size:x}"
