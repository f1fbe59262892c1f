"""Running qemu-img: confined, with limits, and never longer than we live."""

import asyncio
import json
import re
from collections.abc import Callable, Sequence
from io import FileIO
from typing import Any, NamedTuple

from millpond.adapters.children import WITH_US, end
from millpond.adapters.images.sandbox import Limits, confined, failure, lent
from millpond.adapters.storage_errors import full
from millpond.domain.errors import Failed
from millpond.domain.image import ImageFormat

METADATA = Limits()
"""For whatever only handles an image's metadata: a crafted one can cost no more (CVE-2015-5162)."""

_FULL = ("No space left on device", "Disk quota exceeded")

_PERCENT = re.compile(rb"\(\s*([0-9.]+)/100%\)")

_SLOWEST = 4 << 20
"""Bytes that a conversion gets done in a second of CPU, however slow the machine."""


def copying(size: int) -> Limits:
    """For a conversion to an image of ``size`` virtual bytes, whose metadata come on top."""
    return Limits(memory=2 << 30, cpu=60 + size // _SLOWEST, file=size + size // 64 + (64 << 20))


def name_of(file: FileIO) -> str:
    """A name by which a child opens the very file we hold (proc(5)), whatever became of its path
    meanwhile, and in which no character means anything to QEMU."""
    return f"/proc/self/fd/{file.fileno()}"


class Image(NamedTuple):
    """An open image."""

    file: FileIO
    format: ImageFormat


def name_of_chain(images: Sequence[Image]) -> str:
    """The same for an image and all that lies beneath it, the nearest first, with their formats
    (QEMU's ``json:`` names): what the images say of each other counts for nothing."""
    node: dict[str, Any] | None = None
    for layer in reversed(images):
        file = {"driver": "file", "filename": name_of(layer.file)}
        node = {"driver": layer.format.driver, "file": file} | (
            {"backing": node} if layer.format is ImageFormat.QCOW2 else {}
        )
    return f"json:{json.dumps(node)}"


async def data_in(images: Sequence[Image], path: str) -> int:
    """Bytes of data in an image and those beneath it, zeroes and holes not counted (qemu-img map)."""
    arguments = ["map", "--output=json", name_of_chain(images)]
    extents: list[Any] = json.loads(await run(path, arguments, [i.file for i in images]))
    return sum(e["length"] for e in extents if e["data"] and not e["zero"])


async def run(
    path: str,
    arguments: Sequence[str],
    files: Sequence[FileIO],
    limits: Limits = METADATA,
    on_percent: Callable[[float], None] = lambda percent: None,
) -> bytes:
    """qemu-img's output about the disk ``path``. ``files`` are those it may use; ``on_percent`` hears of its
    progress (``-p``). Cancelling kills it with all its children. Raises
    ``Refused(storage.full)``, ``Refused(storage.no_sandbox)`` and ``Failed``."""
    argv = confined(["qemu-img", *arguments], limits)

    def told(output: bytes) -> None:
        found = _PERCENT.findall(output)
        if found:
            on_percent(float(found[-1]))

    with lent(files):
        code, output, words = await carry_out(argv, files, told)
    if code != 0:
        raise _refusal(path, code, words) or Failed(
            f"qemu-img {arguments[0]} {path}", words or f"ended with status {code}"
        )
    return output


async def carry_out(
    argv: Sequence[str], files: Sequence[FileIO], told: Callable[[bytes], None]
) -> tuple[int, bytes, str]:
    """Exit status, standard output, standard error. ``told`` gets each piece of the output, with the end of
    the one before. Cancelling kills it with all its children."""
    process = await asyncio.create_subprocess_exec(
        *WITH_US,
        *argv,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        pass_fds=[file.fileno() for file in files],
        start_new_session=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    errors = asyncio.create_task(process.stderr.read())
    try:
        output = await _follow(process.stdout, told)
        words = (await errors).decode(errors="replace").strip()
        return await process.wait(), output, words
    except BaseException:
        errors.cancel()
        await end(process)
        raise


def _refusal(path: str, code: int, words: str) -> Exception | None:
    if any(sign in words for sign in _FULL):
        return full(f"disk {path}", "no space is left in the repository")
    return failure(code, words)


async def _follow(stream: asyncio.StreamReader, told: Callable[[bytes], None]) -> bytes:
    output = bytearray()
    while chunk := await stream.read(65536):
        output += chunk
        told(bytes(output[-len(chunk) - 32 :]))
    return bytes(output)
