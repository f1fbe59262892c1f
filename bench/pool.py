"""A pool of real servers for the benchmarks that need guests."""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, redirect_stdout
from pathlib import Path

from tests.lab.pool import PoolLab, pool_lab


@contextmanager
def bench_pool() -> Iterator[PoolLab]:
    """Gone wholly at the end. What it says while it comes up is not part of the results."""
    with ExitStack() as stack:
        directory = stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-"))
        with redirect_stdout(sys.stderr):
            pool = stack.enter_context(pool_lab(Path(directory)))
        yield pool
