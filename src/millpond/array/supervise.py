"""Keeps both storage processors of an array running: an SP that ends, however, is started again."""

import asyncio
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from millpond.array.model.types import SPS

PAUSE = 1.0
"""Seconds between two starts of an SP at least."""


async def keep(directory: Path, sp: str, options: Sequence[str]) -> None:
    """Until cancelled; the SP is asked to end then. ``options`` are further ones of ``serve``."""
    command = (
        sys.executable,
        "-m",
        "millpond.array.main",
        "serve",
        str(directory),
        "--sp",
        sp,
        *options,
    )
    while True:
        started = time.monotonic()
        process = await asyncio.create_subprocess_exec(*command)
        try:
            await process.wait()
        except asyncio.CancelledError:
            with suppress(ProcessLookupError):
                process.terminate()
            await process.wait()
            raise
        await asyncio.sleep(max(0.0, started + PAUSE - time.monotonic()))


async def run(directory: Path, options: Sequence[str] = ()) -> None:
    """Until SIGTERM or SIGINT."""
    keeping = [asyncio.ensure_future(keep(directory, sp, options)) for sp in SPS]
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()
    for task in keeping:
        task.cancel()
    await asyncio.gather(*keeping, return_exceptions=True)
