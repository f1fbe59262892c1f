"""Keeps both storage processors of an array running:

``python -m millpond.array.supervise --directory DIRECTORY --a ADDRESS:PORT --b ADDRESS:PORT``

An SP that ends, however, is started again. Both may be killed at any time.
"""

import argparse
import asyncio
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

from millpond.array.exports import SpName

PAUSE = 1.0
"""Seconds between two starts of an SP at least."""


async def keep(directory: Path, sp: SpName, listening: list[str]) -> None:
    """Until cancelled; the SP is asked to end then."""
    options = [option for where in listening for option in ("--listen", where)]
    while True:
        started = time.monotonic()
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "millpond.array.sp", "--directory", directory, "--sp", sp),
            *options,
        )
        try:
            await process.wait()
        except asyncio.CancelledError:
            with suppress(ProcessLookupError):
                process.terminate()
            await process.wait()
            raise
        await asyncio.sleep(max(0.0, started + PAUSE - time.monotonic()))


async def run(directory: Path, a: list[str], b: list[str]) -> None:
    keeping = [
        asyncio.ensure_future(keep(directory, "A", a)),
        asyncio.ensure_future(keep(directory, "B", b)),
    ]
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()
    for task in keeping:
        task.cancel()
    await asyncio.gather(*keeping, return_exceptions=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="millpond.array.supervise")
    parser.add_argument("--directory", type=Path, required=True)
    parser.add_argument("--a", action="append", required=True, help="where SP A listens")
    parser.add_argument("--b", action="append", required=True, help="where SP B listens")
    asked = parser.parse_args()
    asyncio.run(run(asked.directory, asked.a, asked.b))


if __name__ == "__main__":
    main()
