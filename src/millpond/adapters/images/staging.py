"""``ports.images``: a folder for each import, ``<repository>/.staging/<id>``.

``source`` is what arrives (unfinished until all of it is there), ``validator`` what an interrupted download
goes on by, ``facts`` what was found of it, ``image`` what was checked and converted: made last.
"""

import asyncio
import base64
import binascii
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pydantic import ValidationError

from millpond.adapters.disks.beneath import Beneath, NoDirectory, Place
from millpond.adapters.disks.copying import METADATA, Source, check_space, copy, reflink
from millpond.adapters.images import urls
from millpond.adapters.images.arriving import Arrival, digest, interruptible, pour
from millpond.adapters.images.fetching import Fetch
from millpond.adapters.images.inspection import inspect
from millpond.adapters.images.reading import refused, size_of
from millpond.adapters.storage_errors import full
from millpond.adapters.tasks.runner import Report, TaskRunner
from millpond.domain.errors import Refused
from millpond.domain.image import ImageFacts, ImageFormat, Staged
from millpond.domain.layout import STAGING
from millpond.domain.vm import DiskFormat

SOURCE, IMAGE, FACTS, VALIDATOR = "source", "image", "facts", "validator"


@dataclass(frozen=True)
class Sources:
    """Where images may come from: ``networks`` besides the public ones, ``folders`` of this server.
    ``limit`` is the most bytes taken from anywhere."""

    networks: Sequence[str] = ()
    folders: Sequence[str] = ()
    limit: int = 16 << 40


class StagedImages:
    """Imports into repositories below ``roots``."""

    def __init__(self, roots: Sequence[str], sources: Sources, runner: TaskRunner) -> None:
        self._beneath = Beneath(roots)
        self._open_to_all = Beneath(sources.folders)
        self._sources = sources
        self._runner = runner

    async def begin(self, repository: str, staging: str, size: int) -> Staged:
        def begin() -> Staged:
            if size > self._sources.limit:
                raise refused("image.size", staging, f"it has {size} bytes")
            with self._beneath.staged_folder(repository) as folder:
                folder.make_directory(0o700)
            with self._beneath.staged_folder(repository, staging) as folder:
                folder.make_directory(0o700)
            with self._beneath.staged(repository, staging, SOURCE) as source:
                found = _state(source, self._facts(repository, staging))
                _check_room(source, size - found.received)
            return found

        return await asyncio.to_thread(begin)

    async def staged(self, repository: str, staging: str) -> Staged | None:
        def look() -> Staged | None:
            with suppress(NoDirectory), self._beneath.staged(repository, staging, SOURCE) as source:
                return _state(source, self._facts(repository, staging))
            return None

        return await asyncio.to_thread(look)

    async def write(self, repository: str, staging: str, offset: int, data: str) -> int:
        try:
            piece = base64.b64decode(data, validate=True)
        except binascii.Error as error:
            raise Refused("request.invalid", "upload", str(error), "send Base64") from error

        def write() -> int:
            with self._in(repository, staging, SOURCE) as source:
                found = _state(source, None)
                if offset + len(piece) <= found.received:
                    return found.received
                if found.complete:
                    raise _state_refused(staging, "it is complete")
                return append(source)

        def append(source: Place) -> int:
            with source.resume() as file:
                have = size_of(file)
                if offset != have:
                    raise _state_refused(staging, f"it ends at byte {have}, not {offset}")
                if have + len(piece) > self._sources.limit:
                    raise refused("image.size", staging, f"it has more than {have} bytes")
                _check_room(source, len(piece))
                os.pwrite(file.fileno(), piece, offset)
                os.fsync(file.fileno())
                return have + len(piece)

        return await asyncio.to_thread(write)

    async def uploaded(self, repository: str, staging: str, size: int) -> None:
        def finish() -> None:
            with self._in(repository, staging, SOURCE) as source:
                found = _state(source, None)
                if found.received != size:
                    raise _state_refused(staging, f"{found.received} bytes of {size} are here")
                if not found.complete:
                    with source.resume() as file:
                        source.finish(file)

        await asyncio.to_thread(finish)

    async def fetch(self, task: str, repository: str, staging: str, url: str) -> None:
        origin = await asyncio.to_thread(urls.resolve, url, self._sources.networks)
        limit = self._sources.limit

        def receive(arrival: Arrival, source: Place) -> None:
            with self._in(repository, staging, VALIDATOR) as place, source.resume() as target:
                fetch = Fetch(url, origin, limit, _read(place).decode())
                fetch.on_validator = lambda validator: _write(place, validator.encode())
                fetch.on_progress = arrival.progress
                fetch.check_room = partial(_check_room, source)
                fetch.into(target, arrival.unwanted)
                if not arrival.unwanted.is_set():
                    source.finish(target)

        self._receive(task, repository, staging, receive)

    async def take(self, task: str, repository: str, staging: str, path: str) -> None:
        def look() -> None:
            with self._taken(path) as place, place.open() as file:
                if size_of(file) > self._sources.limit:
                    raise refused("image.size", path, f"it has {size_of(file)} bytes")

        def receive(arrival: Arrival, source: Place) -> None:
            with self._taken(path) as place, place.open() as file:
                if reflink(file, source):
                    return
                _check_room(source, size_of(file))
                with source.begin() as target:
                    pour(file, target, arrival)
                    if not arrival.unwanted.is_set():
                        source.finish(target)

        await asyncio.to_thread(look)
        self._receive(task, repository, staging, receive)

    async def check(
        self,
        task: str,
        repository: str,
        staging: str,
        declared: ImageFormat,
        into: ImageFormat,
        sha256: str | None,
    ) -> None:
        """What the inspector refuses is refused here; what takes time is the task."""

        def look() -> int:
            with self._in(repository, staging, SOURCE) as source, source.open() as file:
                return inspect(file, declared, staging)

        size = await asyncio.to_thread(look)

        async def work(report: Report) -> None:
            with self._in(repository, staging, SOURCE) as source, source.open() as file:
                found = await digest(file, report)
                if sha256 not in (None, found):
                    raise refused("image.checksum", staging, f"its SHA-256 is {found}")
                facts = ImageFacts(received=size_of(file), sha256=found, virtual_size=size)
                with self._in(repository, staging, FACTS) as place:
                    await asyncio.to_thread(_write, place, facts.model_dump_json().encode())
                with self._in(repository, staging, IMAGE) as image:
                    await _convert(Source(file, declared, size), source, image, into, report)

        self._runner.start(task, work)

    async def publish(self, repository: str, staging: str, path: str) -> None:
        def publish() -> None:
            with self._beneath.place(str(Path(path).parent)) as folder:
                folder.make_directory(0o755)
            with (
                suppress(NoDirectory),
                self._beneath.staged(repository, staging, IMAGE) as image,
                self._beneath.place(path) as place,
            ):
                if image.status() is not None:
                    image.move(place)
            self._discard(repository, staging)

        await asyncio.to_thread(publish)

    async def discard(self, repository: str, staging: str) -> None:
        await asyncio.to_thread(self._discard, repository, staging)

    def _discard(self, repository: str, staging: str) -> None:
        with suppress(NoDirectory):
            for name in (SOURCE, VALIDATOR, IMAGE, FACTS):
                with self._beneath.staged(repository, staging, name) as place:
                    place.remove()
            with self._beneath.staged_folder(repository, staging) as folder:
                folder.remove_directory()

    def _receive(
        self,
        task: str,
        repository: str,
        staging: str,
        receive: Callable[[Arrival, Place], None],
    ) -> None:
        """``receive`` in a thread, into what becomes ``source`` when it is done. What has arrived stays
        if it is interrupted."""

        def all_of_it(arrival: Arrival) -> None:
            with self._in(repository, staging, SOURCE) as source:
                if source.status() is None:
                    receive(arrival, source)

        async def work(report: Report) -> dict[str, float]:
            arrival = Arrival(report)
            await interruptible("receive an image", arrival.unwanted, partial(all_of_it, arrival))
            return {"bytes": float(arrival.done)}

        self._runner.start(task, work)

    def _facts(self, repository: str, staging: str) -> ImageFacts | None:
        with self._beneath.staged(repository, staging, IMAGE) as image:
            if image.status() is None:
                return None
        with self._beneath.staged(repository, staging, FACTS) as place:
            with suppress(ValidationError):
                return ImageFacts.model_validate_json(_read(place))
            return None

    def _in(self, repository: str, staging: str, name: str) -> Place:
        try:
            return self._beneath.staged(repository, staging, name)
        except NoDirectory as error:
            raise _state_refused(staging, f"there is no {STAGING}/{staging}") from error

    def _taken(self, path: str) -> Place:
        try:
            return self._open_to_all.place(path)
        except NoDirectory as error:
            raise Refused(
                "request.not_found", f"file {path}", "is not there", "check its path"
            ) from error


async def _convert(
    source: Source, place: Place, image: Place, into: ImageFormat, report: Report
) -> None:
    """Make ``image`` of ``source``, which lies at ``place``; after that only one of them is left."""
    if source.format is into:
        await asyncio.to_thread(place.move, image)
        return
    to = DiskFormat(into.value)
    await check_space(source, image, to)
    await copy(source, image, to, report)
    await asyncio.to_thread(place.remove)


def _state(source: Place, facts: ImageFacts | None) -> Staged:
    whole, part = source.status(), source.unfinished()
    if facts is not None:
        return Staged(received=facts.received, complete=True, facts=facts)
    if whole is not None:
        return Staged(received=whole.st_size, complete=True)
    return Staged(received=part.st_size if part else 0, complete=False)


def _check_room(place: Place, size: int) -> None:
    if size > 0 and size + METADATA > place.free():
        raise full(place.path, f"it needs {size} bytes, {place.free()} are free")


def _read(place: Place) -> bytes:
    """The small file there, empty if there is none."""
    if place.status() is None:
        return b""
    with place.open() as file:
        return file.read(65536)


def _write(place: Place, data: bytes) -> None:
    with place.begin() as file:
        file.write(data)
        place.finish(file)


def _state_refused(staging: str, message: str) -> Refused:
    return Refused(
        "image.state",
        f"import {staging}",
        message,
        "ask what has arrived, and go on from there: GET /pools/POOL/uploads/ID",
    )
