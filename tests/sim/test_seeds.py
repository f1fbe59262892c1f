"""A thousand random clusters in random trouble."""

import os
import subprocess
import sys

import pytest

from millpond.sim.fuzz import case_of
from millpond.sim.many import run_seeds

SEEDS = 1000
_DIGEST = """
import hashlib
from millpond.sim.fuzz import case_of
digest = hashlib.sha256()
for seed in range(6):
    digest.update("\\n".join(case_of(seed).run().lines).encode())
print(digest.hexdigest())
"""


@pytest.mark.slow
@pytest.mark.whole
@pytest.mark.timeout(900)
def test_no_seed_violates_an_invariant() -> None:
    bad = [r for r in run_seeds(range(SEEDS), os.cpu_count() or 2) if r.problem is not None]
    assert not bad, "; ".join(f"seed {r.seed}: {r.problem}" for r in bad[:5])


def test_a_seed_is_the_same_everywhere() -> None:
    """Whatever order a process gives its sets."""
    digests = {
        subprocess.run(
            [sys.executable, "-c", _DIGEST],
            env=os.environ | {"PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(digests) == 1


def test_seeds_are_different_and_their_trouble_can_be_recovered_from() -> None:
    cases = [case_of(seed) for seed in range(300)]
    assert len({c.timeline.model_dump_json() for c in cases}) == len(cases)
    for case in cases:
        lines = [(at.t, line) for at in case.timeline.at for line in at.do]
        assert lines[-1][1] == "heal"
        liars = {line.split()[1] for _, line in lines if line.endswith("lying")}
        unguarded = {s.name for s in case.cluster.server if not s.watchdog}
        for _, line in lines:
            words = line.split()
            if words[0] == "freeze":
                assert words[1] not in liars | unguarded
            if words[0] in ("network", "storage") and words[-1] == "off":
                assert not liars & {*words, *(("all",) if "all" in words else ())}
