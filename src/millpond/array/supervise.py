"""Keeps both storage processors of an array running: an SP that ends, however, is started again."""

import asyncio
import logging
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from millpond.array.model import faults
from millpond.array.model.types import SPS
from millpond.array.store.store import Store

log = logging.getLogger(__name__)
PAUSE = 1.0
"""Seconds between two starts of an SP at least."""


async def keep(store: Store, sp: str, options: Sequence[str]) -> None:
    """Until cancelled; the SP is asked to end then. ``options`` are further ones of ``serve``."""
    command = (
        sys.executable,
        "-m",
        "millpond.array.main",
        "serve",
        str(store.root),
        "--sp",
        sp,
        *options,
    )
    while True:
        started = time.monotonic()
        try:
            if not faults.kept_down(store.state(), sp):
                await _run(command)
        except Exception:
            log.exception("SP %s cannot be started", sp)
        await asyncio.sleep(max(0.0, started + PAUSE - time.monotonic()))


async def _run(command: Sequence[str]) -> None:
    process = await asyncio.create_subprocess_exec(*command)
    try:
        await process.wait()
    except asyncio.CancelledError:
        with suppress(ProcessLookupError):
            process.terminate()
        await process.wait()
        raise


async def run(directory: Path, options: Sequence[str] = ()) -> None:
    """Until SIGTERM or SIGINT. Raises OSError."""
    store = Store(directory)
    keeping = [asyncio.ensure_future(keep(store, sp, options)) for sp in SPS]
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()
    for task in keeping:
        task.cancel()
    await asyncio.gather(*keeping, return_exceptions=True)
