"""Writing a VM out: an OVA with its disks, or a description alone."""

import asyncio
import hashlib
import io
import os
import tarfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from io import FileIO

from millpond.adapters.disks import tool
from millpond.adapters.disks.beneath import Beneath, Place
from millpond.adapters.disks.copying import METADATA
from millpond.adapters.formats import manifest, ovf_writer
from millpond.adapters.formats.describing import describe
from millpond.adapters.formats.manifest import Digest
from millpond.adapters.images.arriving import PIECE, Arrival, interruptible
from millpond.adapters.images.reading import size_of
from millpond.adapters.storage_errors import full
from millpond.adapters.tasks.runner import Report
from millpond.domain.chain import ImageFile
from millpond.domain.foreign import ForeignDisk, ForeignVm
from millpond.domain.image import ImageFormat
from millpond.domain.job import Progress
from millpond.domain.package import ExportFormat, PackedImage

_OPTIONS = {PackedImage.VMDK: ("-o", "subformat=streamOptimized"), PackedImage.QCOW2: ("-c",)}


def losses(vm: ForeignVm, directory: str, format_: ExportFormat) -> tuple[str, ...]:
    """What a description in that format does not say of the VM."""
    if format_ is not ExportFormat.OVA:
        return describe(vm, directory, format_).lost
    return ovf_writer.losses(vm)


async def write_text(text: str, place: Place) -> None:
    def write() -> None:
        with place.begin() as file:
            file.write(text.encode())
            place.finish(file)

    await asyncio.to_thread(write)


@dataclass(frozen=True)
class _Packed:
    """A disk as it goes into the archive."""

    name: str
    file: FileIO
    format: ImageFormat


async def pack(
    vm: ForeignVm, directory: str, to: str, beneath: Beneath, image: PackedImage, report: Report
) -> dict[str, float]:
    """The OVA ``to``. Converted disks lie beside it until they are in it. Raises
    ``Refused(storage.full)`` and ``Failed``."""
    with ExitStack() as stack:
        packed = []
        for number, disk in enumerate(vm.disks):
            source = stack.enter_context(_opened(disk, directory, beneath))
            if disk.cdrom:
                packed.append(_Packed(f"{vm.name}-{disk.target}.iso", source, ImageFormat.RAW))
                continue
            spool = stack.enter_context(beneath.place(f"{to}.{disk.target}"))
            stack.callback(spool.discard)
            target = stack.enter_context(await asyncio.to_thread(spool.begin))
            below = [_layer(stack, layer, beneath) for layer in disk.backing]
            images = (tool.Image(source, disk.format or ImageFormat.RAW), *below)
            share = _share(report, number, len(vm.disks))
            await _convert(disk.capacity or 0, images, target, spool, image, share)
            name = f"{vm.name}-{disk.target}.{image.value}"
            packed.append(_Packed(name, target, ImageFormat(image.value)))
        place = stack.enter_context(beneath.place(to))
        stack.callback(place.discard)
        return await _archive(vm, packed, place, report)


def _opened(disk: ForeignDisk, directory: str, beneath: Beneath) -> FileIO:
    if disk.block:
        return FileIO(os.open(disk.file, os.O_RDONLY | os.O_CLOEXEC), "rb")
    with beneath.place(disk.path(directory)) as place:
        return place.open()


def _layer(stack: ExitStack, image: ImageFile, beneath: Beneath) -> tool.Image:
    place = stack.enter_context(beneath.place(image.path))
    return tool.Image(stack.enter_context(place.open()), ImageFormat(image.format.value))


def _share(report: Report, number: int, count: int) -> Callable[[float], None]:
    """Progress of one conversion among all, which are most of the work."""
    return lambda percent: report(
        Progress(percent=(number * 100 + percent) / count * 0.9, message="converting")
    )


async def _convert(
    size: int,
    images: tuple[tool.Image, ...],
    target: FileIO,
    place: Place,
    image: PackedImage,
    on_percent: Callable[[float], None],
) -> None:
    """All data of ``images``, which lie one over the other, into one."""
    data = await tool.data_in(images, place.path)
    if data + METADATA > place.free():
        raise full(place.path, f"the disk has {data} bytes of data, {place.free()} are free")
    ends = [tool.name_of_chain(images), tool.name_of(target)]
    arguments = ["convert", "-p", "-O", image.value, *_OPTIONS[image], *ends]
    files = [*(i.file for i in images), target]
    await tool.run(place.path, arguments, files, tool.copying(size), on_percent)


async def _archive(
    vm: ForeignVm, packed: list[_Packed], place: Place, report: Report
) -> dict[str, float]:
    """The description first, then the manifest, then the disks (DSP0243, 5.3)."""
    total = sum(size_of(p.file) for p in packed)
    if total + METADATA > place.free():
        raise full(place.path, f"the package has {total} bytes, {place.free()} are free")
    images = tuple(ovf_writer.Image(p.name, size_of(p.file), p.format) for p in packed)
    descriptor = ovf_writer.write(vm, images).text.encode()
    arrival = Arrival(report, "packing")

    def work() -> None:
        digests = {f"{vm.name}.ovf": _digest(io.BytesIO(descriptor), arrival)}
        for each in packed:
            with FileIO(os.dup(each.file.fileno()), "rb") as file:
                digests[each.name] = _digest(file, arrival)
        with place.begin() as target, tarfile.open(fileobj=target, mode="w|") as archive:
            _add(archive, f"{vm.name}.ovf", io.BytesIO(descriptor), len(descriptor))
            listed = manifest.write(digests).encode()
            _add(archive, f"{vm.name}.mf", io.BytesIO(listed), len(listed))
            for each in packed:
                with FileIO(os.dup(each.file.fileno()), "rb") as file:
                    file.seek(0)
                    _add(archive, each.name, _Watched(file, arrival, total), size_of(file))
            archive.close()
            place.finish(target)

    await interruptible("pack", arrival.unwanted, partial(work))
    return {"bytes": float(total)}


class _Unwanted(Exception):
    """Nobody wants the archive any more; ``interruptible`` is waiting for the thread to end."""


class _Watched(io.RawIOBase):
    """A file that tells how far it was read, and ends the reading once nobody wants it."""

    def __init__(self, file: FileIO, arrival: Arrival, total: int) -> None:
        self._file, self._arrival, self._total = file, arrival, total

    def read(self, size: int = -1, /) -> bytes:
        if self._arrival.unwanted.is_set():
            raise _Unwanted
        data = self._file.read(size) or b""
        self._arrival.progress(self._arrival.done + len(data), self._total)
        return data


def _digest(file: io.RawIOBase | io.BytesIO, arrival: Arrival) -> Digest:
    file.seek(0)
    found = hashlib.sha256()
    while not arrival.unwanted.is_set() and (piece := file.read(PIECE)):
        found.update(piece)
    return Digest("SHA256", found.hexdigest())


def _add(archive: tarfile.TarFile, name: str, file: io.RawIOBase | io.BytesIO, size: int) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o644
    archive.addfile(member, file)
