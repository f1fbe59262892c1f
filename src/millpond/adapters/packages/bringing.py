"""One disk of a package becomes an image in a repository."""

import asyncio
import hashlib
import os
import zlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from io import FileIO

from millpond.adapters.disks.beneath import Place
from millpond.adapters.disks.copying import METADATA, Source, check_space, copy
from millpond.adapters.disks.qemu_img import resize
from millpond.adapters.formats import manifest
from millpond.adapters.formats.manifest import Digest
from millpond.adapters.images.arriving import PIECE, Arrival, interruptible
from millpond.adapters.images.inspection import inspect
from millpond.adapters.images.reading import refused
from millpond.adapters.packages.contents import Part
from millpond.adapters.storage_errors import full
from millpond.adapters.tasks.runner import Report
from millpond.domain.errors import Refused
from millpond.domain.foreign import ForeignDisk
from millpond.domain.image import ImageFormat
from millpond.domain.vm import DiskFormat

_GZIP = 16 + zlib.MAX_WBITS


async def check_digest(part: Part, name: str, wanted: Digest, report: Report) -> None:
    """Raises ``Refused(import.digest)`` unless the file is what the manifest says."""
    arrival = Arrival(report, f"checking {name}")

    def work() -> None:
        found = hashlib.new(wanted.algorithm.lower())
        for done, piece in _pieces(part, arrival):
            found.update(piece)
            arrival.progress(done, part.size)
        if not arrival.unwanted.is_set():
            digest = Digest(wanted.algorithm, found.hexdigest())
            manifest.check({name: wanted}, {name: digest}, "the manifest")

    await interruptible("checksum", arrival.unwanted, work)


async def bring(
    part: Part,
    disk: ForeignDisk,
    places: Sequence[Place],
    to: DiskFormat,
    size: int,
    report: Report,
) -> dict[str, float]:
    """``places`` are the image's own, one for it while it is being made, and one for a file that has to
    be unpacked first. Raises ``Refused``: ``image.*``, ``import.invalid``, ``storage.full``."""
    place, making, unpacked = places
    format_ = disk.format or ImageFormat.RAW
    with ExitStack() as stack:
        stack.callback(unpacked.discard)
        stack.callback(making.remove)
        file = part.file
        if disk.gzip or not part.alone:
            file = stack.enter_context(await asyncio.to_thread(unpacked.begin))
            await _unpack(part, file, disk.gzip, unpacked, size, report)
        found = await asyncio.to_thread(inspect, file, format_, disk.file)
        if found > size:
            raise _too_big(disk.file, found, size)
        source = Source(file, format_, found)
        await check_space(source, making, to)
        told = await copy(source, making, to, report)
        if found < size:
            with await asyncio.to_thread(making.open, True) as made:
                await resize(making, made, to, size)
                await asyncio.to_thread(os.fsync, made.fileno())
        await asyncio.to_thread(making.move, place)
    return told


def _pieces(part: Part, arrival: Arrival) -> Iterator[tuple[int, bytes]]:
    """The file's bytes, and how many there are up to the end of each piece."""
    done = 0
    while not arrival.unwanted.is_set() and (piece := part.read(done, PIECE)):
        done += len(piece)
        yield done, piece


async def _unpack(
    part: Part, target: FileIO, gzip: bool, place: Place, size: int, report: Report
) -> None:
    """The bytes of the image to ``target``, no more than an image of ``size`` bytes can have."""
    arrival = Arrival(report, "unpacking")
    most = size + size // 64 + (64 << 20)

    def work() -> None:
        written = 0
        for done, piece in _pieces(part, arrival):
            for data in unpacker.pieces(piece) if unpacker else (piece,):
                written += len(data)
                if written > most:
                    raise refused("image.size", place.path, f"it unpacks to more than {most} bytes")
                if len(data) + METADATA > place.free():
                    raise full(place.path, "no space is left to unpack it")
                target.write(data)
            arrival.progress(done, part.size)
        if unpacker and not arrival.unwanted.is_set() and not unpacker.complete:
            raise refused("image.damaged", place.path, "it is cut short")

    unpacker = _Gunzip(place.path) if gzip else None
    await interruptible("unpack", arrival.unwanted, partial(work))


class _Gunzip:
    """gzip (RFC 1952), in pieces of a bounded size whatever goes in."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._inflate = zlib.decompressobj(_GZIP)

    @property
    def complete(self) -> bool:
        return self._inflate.eof

    def pieces(self, data: bytes) -> Iterator[bytes]:
        try:
            while data and not self._inflate.eof:
                yield self._inflate.decompress(data, PIECE)
                data = self._inflate.unconsumed_tail
        except zlib.error as error:
            raise refused("image.damaged", self._path, f"it is no gzip file: {error}") from error


def _too_big(file: str, found: int, size: int) -> Refused:
    return Refused(
        "import.invalid",
        f"disk {file}",
        f"its image has {found} bytes, and the description says {size}",
        "correct the description, or export the VM again",
    )
