"""fio, which does the I/O: one process at a time, which does not outlive us."""

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from millpond.adapters.children import WITH_US
from millpond.domain.errors import Failed

_STEP = "measure with fio"
_TOLD = 5
"""Lines of fio's own words that an error repeats."""


def version() -> str:
    """Raises ``Failed`` if there is no fio."""
    if shutil.which("fio") is None:
        raise Failed(_STEP, "it is not installed; on Debian: apt-get install fio")
    done = subprocess.run(["fio", "--version"], capture_output=True, text=True, check=False)
    return done.stdout.strip()


def run(arguments: Sequence[str]) -> dict[str, Any]:
    """fio's result for these arguments. However this ends, fio has ended as well. Raises ``Failed``."""
    process = subprocess.Popen(
        [*WITH_US, "fio", "--output-format=json+", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # Ctrl-C reaches us alone, who then end it
    )
    try:
        said, words = process.communicate()
    except BaseException:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise
    return _result(process.returncode, words, said)


def _result(code: int, words: str, said: str) -> dict[str, Any]:
    """fio may write remarks before its JSON."""
    remarks, brace, rest = said.partition("{\n")
    try:
        found: dict[str, Any] = json.loads(brace + rest)
    except ValueError:
        found = {}
    if code != 0 or not found or any(job["error"] for job in found["jobs"]):
        lines = (words + remarks).strip().splitlines()
        raise Failed(_STEP, "; ".join(lines[:_TOLD]) or f"it ended with status {code}")
    return found
