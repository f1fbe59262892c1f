"""Running qemu-img: never through a shell, with limits, and never longer than we live."""

import asyncio
import json
import os
import re
from collections.abc import Callable, Sequence
from io import FileIO
from typing import Any

from millpond.adapters.children import WITH_US, end
from millpond.adapters.storage_errors import full
from millpond.domain.errors import Failed

LIMITED = ("prlimit", f"--as={1 << 30}", "--cpu=2", "--")
"""1 GiB of address space and 2 s of CPU for whatever only reads an image's metadata: a crafted one
can cost no more (CVE-2015-5162). """

FULL = ("No space left on device", "Disk quota exceeded")

_PERCENT = re.compile(rb"\(\s*([0-9.]+)/100%\)")


def name_of(file: FileIO) -> str:
    """A name by which a child opens the very file we hold (proc(5)), whatever became of its path
    meanwhile, and in which no character means anything to QEMU."""
    return f"/proc/self/fd/{file.fileno()}"


async def data_in(file: FileIO, format_: str, path: str) -> int:
    """Bytes of data in the image, zeroes and holes not counted (qemu-img map)."""
    arguments = ["map", "--output=json", "-f", format_, name_of(file)]
    extents: list[Any] = json.loads(await run(path, arguments, [file], limited=True))
    return sum(e["length"] for e in extents if e["data"] and not e["zero"])


async def run(
    path: str,
    arguments: Sequence[str],
    files: Sequence[FileIO],
    limited: bool = False,
    on_percent: Callable[[float], None] = lambda percent: None,
) -> bytes:
    """qemu-img's output about the disk ``path``. ``files`` are those it may use; ``on_percent`` hears of its
    progress (``-p``). Cancelling kills it with all its children. Raises
    ``Refused(storage.full)`` and ``Failed``."""
    argv = [*WITH_US, *(LIMITED if limited else ()), "qemu-img", *arguments]
    process = await asyncio.create_subprocess_exec(
        *argv,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "LC_ALL": "C"},
        pass_fds=[file.fileno() for file in files],
        start_new_session=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    errors = asyncio.create_task(process.stderr.read())
    try:
        output = await _follow(process.stdout, on_percent)
        words = (await errors).decode(errors="replace").strip()
        code = await process.wait()
    except BaseException:
        errors.cancel()
        await end(process)
        raise
    if code != 0:
        if any(sign in words for sign in FULL):
            raise full(f"disk {path}", "no space is left in the repository")
        raise Failed(f"qemu-img {arguments[0]} {path}", words or f"ended by signal {-code}")
    return output


async def _follow(stream: asyncio.StreamReader, on_percent: Callable[[float], None]) -> bytes:
    output = bytearray()
    while chunk := await stream.read(65536):
        output += chunk
        found = _PERCENT.findall(output[-len(chunk) - 32 :])
        if found:
            on_percent(float(found[-1]))
    return bytes(output)
