"""kill -9 of the engine at every boundary of every step, and inside of them: the job resumes and
everything ends as it does without a crash."""

import json
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.zygote import Zygote, alive

STEPS = {"a": "", "b": "", "c": ""}
FAILING = {"a": "", "b": "", "c": "fail"}
HALF_FIXED = {"a": "final", "b": "", "c": "fail"}

_HOOK = """#!/bin/sh
echo "$2 $3" >> {log}
[ "$2 $3" != "$KILL_AT" ] || kill -KILL $PPID
"""

SCENARIOS: dict[str, tuple[dict[str, Any], bool]] = {
    "done": ({"does": STEPS}, False),
    "failed": ({"does": FAILING}, False),
    "failed after the point of no return": ({"does": HALF_FIXED}, False),
    "cancelled": ({"does": {"a": "", "b": "slow", "c": ""}}, True),
    "with children": (
        {
            "does": {"a": "", "b": "children"},
            "children": [{"name": "k1", "does": {"a": ""}}, {"name": "k2", "does": {"a": ""}}],
        },
        False,
    ),
}
MIDDLES = {
    "done": ["a half", "a made", "c half"],
    "failed": ["b half", "b undone", "a undone"],
    "failed after the point of no return": ["a made", "b undone"],
    "cancelled": ["b undone", "a undone"],
    "with children": [],
}


@pytest.fixture(scope="module")
def zygote() -> Iterator[Zygote]:
    made = Zygote("tests.unit.jobs.worker")
    yield made
    made.close()


@dataclass
class Stage:
    """One database and one directory for each run; ``run`` starts a worker and waits for it."""

    zygote: Zygote
    database: str
    directory: Path
    scenario: str

    def __post_init__(self) -> None:
        self.root = self.directory / "world"
        self.hook_log = self.directory / "boundaries"
        self.hook = self.directory / "hook"
        self.hook.write_text(_HOOK.format(log=self.hook_log))
        self.hook.chmod(0o700)

    def run(self, kill_at: str = "", dies_at: str = "") -> list[Any] | None:
        """What the job came to; None if the worker was killed."""
        spec, cancel = SCENARIOS[self.scenario]
        order = {
            "database": self.database,
            "root": str(self.root),
            "lease": 1.0,
            "hook": str(self.hook),
            "spec": {"name": "x"} | spec,
            "cancel": cancel,
        }
        env = {
            "ORDER": json.dumps(order),
            "KILL_AT": kill_at,
            "TOY_DIES_AT": f"x {dies_at}" if dies_at else "",
        }
        log = self.directory / "worker.log"
        log.unlink(missing_ok=True)
        pid = self.zygote.spawn("tests.unit.jobs.worker", [], env, log)
        deadline = time.monotonic() + 40
        while alive(pid):
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.01)
        lines = [x for x in log.read_text().splitlines() if x.startswith("RESULT")]
        assert lines or kill_at or dies_at, log.read_text()
        return json.loads(lines[0].removeprefix("RESULT ")) if lines else None

    def files(self) -> list[str]:
        return sorted(p.name for p in self.root.iterdir() if "." in p.name)


def _fresh(
    zygote: Zygote, request: pytest.FixtureRequest, kind: str, where: Path, name: str
) -> Stage:
    shutil.rmtree(where, ignore_errors=True)
    where.mkdir()
    if kind == "sqlite":
        database = f"sqlite+aiosqlite:///{where / 'manager.db'}"
    else:
        database = request.getfixturevalue("postgres").database()
    return Stage(zygote, database, where, name)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.thorough)])
@pytest.mark.parametrize("name", SCENARIOS)
def test_any_crash_ends_as_none(
    zygote: Zygote, request: pytest.FixtureRequest, tmp_path: Path, kind: str, name: str
) -> None:
    quiet = _fresh(zygote, request, kind, tmp_path / "quiet", name)
    expected = quiet.run()
    assert expected is not None
    files = quiet.files()
    boundaries = list(dict.fromkeys(quiet.hook_log.read_text().splitlines()))
    assert len(boundaries) >= 5
    crashes = [{"kill_at": b} for b in boundaries] + [{"dies_at": m} for m in MIDDLES[name]]
    for crash in crashes:
        stage = _fresh(zygote, request, kind, tmp_path / "crash", name)
        assert stage.run(**crash) is None, (crash, "nobody was killed")
        assert stage.run() == expected, crash
        assert stage.files() == files, crash
