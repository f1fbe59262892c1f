"""Many seeds, in many processes."""

import gc
import multiprocessing
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from millpond.sim.fuzz import case_of

_CHUNK = 20


@dataclass(frozen=True)
class SeedResult:
    """``problem`` is None if nothing was violated."""

    seed: int
    problem: str | None


def run_seed(seed: int) -> SeedResult:
    """Garbage is collected between seeds: there is none worth collecting within one."""
    gc.disable()
    try:
        return SeedResult(seed, case_of(seed).run().problem)
    finally:
        gc.enable()
        if seed % _CHUNK == 0:
            gc.collect()


def run_seeds(seeds: Iterable[int], jobs: int) -> Iterator[SeedResult]:
    """In the order of the seeds."""
    if jobs == 1:
        yield from map(run_seed, seeds)
        return
    with multiprocessing.get_context("fork").Pool(jobs) as pool:
        yield from pool.imap(run_seed, seeds, chunksize=_CHUNK)
