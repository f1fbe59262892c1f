"""``ports.template_files`` on the file systems of this server."""

import asyncio
import base64
import binascii
import errno
import os
from collections.abc import Callable, Sequence
from functools import partial
from io import FileIO
from pathlib import Path
from typing import TypeVar

from millpond.adapters.disks.beneath import Beneath, NoDirectory, Place
from millpond.adapters.images.inspection import inspect
from millpond.adapters.images.reading import size_of
from millpond.adapters.storage_errors import full, unavailable
from millpond.domain.errors import Refused
from millpond.domain.image import ImageFormat
from millpond.domain.layout import SEED_POOL
from millpond.domain.template import MAX_PIECE, TemplateFile, TemplatePiece
from millpond.domain.vm import DiskFormat

T = TypeVar("T")


class ServerTemplateFiles:
    """In repositories below ``roots``."""

    def __init__(self, roots: Sequence[str]) -> None:
        self._beneath = Beneath(roots)

    async def stat(self, path: str) -> TemplateFile:
        def look(place: Place) -> TemplateFile:
            with place.open() as file:
                return TemplateFile(size=size_of(file), version=_version(file))

        return await self._in(path, look)

    async def read(self, path: str, offset: int) -> TemplatePiece:
        def read(place: Place) -> TemplatePiece:
            with place.open() as file:
                start, end = _next_data(file, offset)
                data = os.pread(file.fileno(), min(end - start, MAX_PIECE), start)
                encoded = base64.b64encode(data).decode()
                return TemplatePiece(offset=start, data=encoded, version=_version(file))

        return await self._in(path, read)

    async def received(self, path: str) -> int:
        def look(place: Place) -> int:
            status = place.status() or place.unfinished()
            return status.st_size if status is not None else 0

        return await self._in(path, look)

    async def write(self, path: str, piece: TemplatePiece) -> None:
        try:
            data = base64.b64decode(piece.data, validate=True)
        except binascii.Error as error:
            raise Refused("request.invalid", path, str(error), "send Base64") from error

        def write(place: Place) -> None:
            if len(data) > place.free():
                raise full(place.path, f"it needs {len(data)} bytes, {place.free()} are free")
            with place.resume() as file:
                os.pwrite(file.fileno(), data, piece.offset)
                os.fsync(file.fileno())

        await self._in(path, write)

    async def finish(
        self,
        path: str,
        format: DiskFormat,  # noqa: A002
        size: int,
    ) -> None:
        def finish(place: Place) -> None:
            if place.status() is not None:
                return
            with place.resume() as file:
                os.ftruncate(file.fileno(), size)
                inspect(file, ImageFormat(format.value), path)
                place.finish(file)

        await self._in(path, finish)

    async def _in(self, path: str, work: Callable[[Place], T]) -> T:
        return await asyncio.to_thread(partial(self._carry_out, path, work))

    def _carry_out(self, path: str, work: Callable[[Place], T]) -> T:
        if Path(path).parent.parent.name != SEED_POOL:
            raise Refused(
                "request.invalid", path, "it is no template's", "name a file of a template"
            )
        try:
            with self._beneath.place(path) as place:
                return work(place)
        except NoDirectory as error:
            raise unavailable(f"disk {path}", "its template's folder is not seen here") from error


def _next_data(file: FileIO, offset: int) -> tuple[int, int]:
    """From where to where (lseek(2)); nothing at the file's end."""
    try:
        start = os.lseek(file.fileno(), offset, os.SEEK_DATA)
    except OSError as error:
        if error.errno != errno.ENXIO:
            raise
        return size_of(file), size_of(file)
    return start, os.lseek(file.fileno(), start, os.SEEK_HOLE)


def _version(file: FileIO) -> str:
    status = os.fstat(file.fileno())
    return f"{status.st_ino:x}-{status.st_mtime_ns:x}-{status.st_size:x}"
