"""The process of one storage processor:

``python -m millpond.array.sp --directory DIRECTORY --sp A --listen ADDRESS:PORT [--listen ...]``
"""

import argparse
import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import cast

import uvloop

from millpond.array.exports import Masking, SpName
from millpond.array.iscsi.server import Port
from millpond.array.processor import Processor
from millpond.array.scsi.nexus import PORTS_PER_SP
from millpond.array.static_exports import StaticMasking

READY = b"ready\n"
"""Written to standard output when the SP serves."""


def address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    return host.strip("[]"), int(port)


async def serve(
    directory: Path, sp: SpName, masking: Masking, listening: list[tuple[str, int]]
) -> None:
    """Until SIGTERM."""
    processor = Processor(directory, sp, masking)
    processor.ports.write(sp, listening)
    await processor.serve_peer()
    servers = [
        await Port(processor, number).listen(*where) for number, where in enumerate(listening)
    ]
    await asyncio.to_thread(os.write, sys.stdout.fileno(), READY)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await stop.wait()
    for server in servers:
        server.close()


def main() -> None:
    parser = argparse.ArgumentParser(prog="millpond.array.sp")
    parser.add_argument("--directory", type=Path, required=True)
    parser.add_argument("--sp", choices=("A", "B"), required=True)
    parser.add_argument("--listen", type=address, action="append", required=True)
    asked = parser.parse_args()
    if len(asked.listen) > PORTS_PER_SP:
        parser.error(f"an SP has at most {PORTS_PER_SP} ports")
    masking = StaticMasking(asked.directory)
    uvloop.run(serve(asked.directory, cast("SpName", asked.sp), masking, asked.listen))


if __name__ == "__main__":
    main()
