"""Killing things at a job's step boundaries, through the manager's fault hook."""

import json
import stat
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from tests.support.scenarios import Scenario, Stage

_HOOK = """#!{python} -IS
import json, os, pathlib, signal, sys
here = pathlib.Path({directory!r})
boundary = sys.argv[1:4]
with (here / "boundaries").open("a") as log:
    log.write(json.dumps(boundary) + "\\n")
try:
    order = json.loads((here / "order").read_text())
except FileNotFoundError:
    sys.exit()
if boundary not in order["boundaries"]:
    sys.exit()
order["boundaries"].remove(boundary)
(here / "order.new").write_text(json.dumps(order))
(here / "order.new").rename(here / "order")
pids = [int(pathlib.Path(f).read_text()) for f in order["pid_files"]]
for parent in order["parents"]:
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            pid, rest = stat.read_text().split(" (", 1)
        except OSError:
            continue
        name, fields = rest.rsplit(") ", 1)
        if name == order["name"] and int(fields.split()[1]) == parent:
            pids.append(int(pid))
killed = 0
for pid in pids:
    try:
        os.kill(pid, signal.SIGKILL)
        killed += 1
    except ProcessLookupError:
        pass  # the hook of a job beside this one was faster
with (here / "killed").open("a") as log:
    log.write(str(killed) + "\\n")
"""

Boundary = list[str]
"""[operation, step, "before" | "after" | "end"]."""


@dataclass(frozen=True)
class Victims:
    """Processes to kill: those whose pids are in files now, and the children of ``parents`` (pids)
    that are called ``name``."""

    pid_files: tuple[Path, ...] = ()
    parents: tuple[int, ...] = ()
    name: str = ""


@dataclass(frozen=True)
class Crashes:
    """A fault hook whose orders lie in ``directory``; give ``hook`` to the manager."""

    directory: Path

    @property
    def hook(self) -> Path:
        return self.directory / "hook"

    @property
    def _order(self) -> Path:
        return self.directory / "order"

    def install(self) -> None:
        self.hook.write_text(_HOOK.format(python=sys.executable, directory=str(self.directory)))
        self.hook.chmod(self.hook.stat().st_mode | stat.S_IXUSR)

    def order(self, boundaries: list[Boundary], victims: Victims) -> None:
        """From now on, kill them once at each of these."""
        order: dict[str, Any] = {
            "boundaries": boundaries,
            "pid_files": [str(f) for f in victims.pid_files],
            "parents": victims.parents,
            "name": victims.name,
        }
        (self.directory / "killed").write_text("")
        self._order.write_text(json.dumps(order))

    def left(self) -> list[Boundary]:
        """Boundaries of the order that no job has come to yet."""
        found: list[Boundary] = json.loads(self._order.read_text())["boundaries"]
        return found

    def killed(self) -> list[int]:
        """How many processes were killed at each boundary of the order so far: a little later than
        it has none left. None at one that comes before they are back from the last."""
        return [int(n) for n in (self.directory / "killed").read_text().split()]

    def withdraw(self) -> None:
        self._order.unlink()

    def forget(self) -> None:
        (self.directory / "boundaries").unlink(missing_ok=True)

    def boundaries(self) -> list[Boundary]:
        """Those met since ``forget``, children's included. Between the end of a step and the
        beginning of the next nothing happens: that is one boundary. And when a job has ended there
        is nothing left to crash."""
        seen = self._seen()
        kept: list[Boundary] = []
        for n, boundary in enumerate(seen):
            between = boundary[2] == "before" and n > 0 and seen[n - 1][2] == "after"
            if not between and boundary[2] != "end" and boundary not in kept:
                kept.append(boundary)
        return kept

    def endings(self) -> list[Boundary]:
        """Of these the ones at which their job has ended already: whoever is killed just then for
        another job's sake will not come to them again."""
        seen = self._seen()
        same = [[b for b in seen if b[0] == kind] for kind in {b[0] for b in seen}]
        return [last for job in same for last, end in pairwise(job) if end[2] == "end"]

    def _seen(self) -> list[Boundary]:
        lines = (self.directory / "boundaries").read_text().splitlines()
        return [json.loads(line) for line in lines]


def rehearse(
    crashes: Crashes,
    stage: Stage,
    scenario: Scenario,
    victims: dict[str, Callable[[], Victims]],
    settle: Callable[[], None],
    leaks: Callable[[], list[str]],
) -> None:
    """Play the scenario undisturbed; then once for each of ``victims``, who are killed at every
    boundary on the way. It must end the same each time, and leave nothing behind."""
    subject = scenario.prepare(stage)
    crashes.forget()
    stage.api.do(*scenario.request(stage, subject))
    boundaries, endings = crashes.boundaries(), crashes.endings()
    assert boundaries
    _finish(stage, scenario, subject, leaks)
    for name, who in victims.items():
        subject = scenario.prepare(stage)
        method, path, body = scenario.request(stage, subject)
        crashes.order(boundaries, who())
        key = f"crash-{time.monotonic_ns()}"
        job = stage.api.ended(stage.api(method, path, body, Idempotency_Key=key)["id"])
        settle()
        assert job["state"] == "done", f"with {name} killed: {job}"
        # A child may still be finishing when its parent sees that all is as it should be.
        begun = time.monotonic()
        while left := crashes.left():
            waited = time.monotonic() - begun
            if waited > 2 and all(b in endings for b in left):
                break
            assert waited < 20, f"{name} survived {left}"
            time.sleep(0.1)
        while len(crashes.killed()) < len(boundaries) - len(left):
            assert time.monotonic() - begun < 30, f"{name}: the hook did not come to its end"
            time.sleep(0.1)
        assert any(crashes.killed()), f"{name}: there was nothing to kill"
        crashes.withdraw()
        settle()
        try:
            _finish(stage, scenario, subject, leaks)
        except AssertionError as error:
            raise AssertionError(f"with {name} killed: {error}") from error


def _finish(
    stage: Stage, scenario: Scenario, subject: object, leaks: Callable[[], list[str]]
) -> None:
    deadline = time.monotonic() + scenario.patience
    left: list[str] = []
    while not scenario.check(stage, subject) or (left := leaks()):
        assert time.monotonic() < deadline, (
            f"it did not end as it should; left over: {left}; {stage.api.items('/vms')}"
        )
        time.sleep(0.1)
    scenario.restore(stage, subject)
    stage.clean()
