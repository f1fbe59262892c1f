"""Helper programs: never through a shell, and never longer than we live."""

import asyncio
import os
import signal
from contextlib import suppress

WITH_US = ("setpriv", "--pdeathsig", "KILL", "--")
"""Goes before a program's argv: the kernel kills it when the agent dies (prctl(2)), because nobody
would follow its work any more."""


async def end(process: asyncio.subprocess.Process) -> None:
    """Kill a process that was started in a session of its own, and all its children; they are gone
    when it returns."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()
