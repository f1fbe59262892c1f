"""Killing things at a job's step boundaries, through the manager's fault hook."""

import fcntl
import json
import stat
import sys
import time
from collections.abc import Callable, Container, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.api import ApiError
from tests.support.scenarios import Scenario, Stage

Boundary = list[str]
"""[operation, step, "before" | "after"]."""
_LAST_WORD = 20.0
"""Seconds for which the hook may still be called when a job has ended, on a busy machine."""

_HOOK = """#!{python} -IS
import fcntl, json, os, pathlib, signal, sys
here = pathlib.Path({directory!r})
kind, step, phase = boundary = sys.argv[1:4]
turn = (here / "turn").open("w")
fcntl.flock(turn, fcntl.LOCK_EX)  # two jobs may come to a boundary at once
try:
    order = json.loads((here / "order").read_text())
except FileNotFoundError:
    sys.exit()
last = order["last"].get(kind, [])
order["last"][kind] = boundary
due = phase != "end" and boundary not in order["met"]
if due:
    order["met"].append(boundary)
(here / "order.new").write_text(json.dumps(order))
(here / "order.new").rename(here / "order")
# Between the end of a step and the beginning of the next nothing happens: that is one boundary.
if not due or (phase == "before" and last[2:] == ["after"]):
    sys.exit()
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
with (here / "killed").open("a") as log:
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
            log.write(json.dumps(boundary) + "\\n")
        except ProcessLookupError:
            pass  # not back yet from the boundary before
"""


def sampled(
    scenarios: Iterable[str], *, thorough: Container[str], usual: Container[str] = ()
) -> list[Any]:
    """Parameters of a test, one for each scenario: what is neither ``usual`` nor ``thorough`` is
    exhaustive."""

    def marked(name: str) -> Any:
        if name in usual:
            return name
        mark = pytest.mark.thorough if name in thorough else pytest.mark.exhaustive
        return pytest.param(name, marks=mark)

    return [marked(s) for s in scenarios]


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

    @property
    def _killed(self) -> Path:
        return self.directory / "killed"

    def install(self) -> None:
        self.hook.write_text(_HOOK.format(python=sys.executable, directory=str(self.directory)))
        self.hook.chmod(self.hook.stat().st_mode | stat.S_IXUSR)

    def order(self, victims: Victims) -> None:
        """From now on, kill them once at each boundary that any job comes to."""
        order: dict[str, Any] = {
            "met": [],
            "last": {},
            "pid_files": [str(f) for f in victims.pid_files],
            "parents": victims.parents,
            "name": victims.name,
        }
        with self._turn():
            self._killed.write_text("")
            self._order.write_text(json.dumps(order))

    def over(self) -> bool:
        """Whether the hook has been called for what each job, children included, comes to last: its end,
        or the boundary before it if the manager died of that. A little later than they are over."""
        last = json.loads(self._order.read_text())["last"].values()
        killed = self.killed()
        return all(b[2] == "end" or (b[2] == "after" and b in killed) for b in last)

    def killed(self) -> list[Boundary]:
        """Where somebody was killed since ``order``."""
        return [json.loads(line) for line in self._killed.read_text().splitlines()]

    def withdraw(self) -> None:
        """Nobody is killed any more when this returns."""
        with self._turn():
            self._order.unlink()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        with (self.directory / "turn").open("w") as turn:
            fcntl.flock(turn, fcntl.LOCK_EX)
            yield


def rehearse(
    crashes: Crashes,
    stage: Stage,
    scenario: Scenario,
    victims: dict[str, Callable[[], Victims]],
    settle: Callable[[], None],
    leaks: Callable[[], list[str]],
) -> None:
    """Play the scenario once for each of ``victims``, who are killed at every boundary on the way. It
    must end as if nothing had been, and leave nothing behind."""
    for name, who in victims.items():
        subject = scenario.prepare(stage)
        method, path, body = scenario.request(stage, subject)
        crashes.order(who())
        key = f"crash-{time.monotonic_ns()}"
        job = stage.api.ended(
            stage.api(method, path, body, Idempotency_Key=key)["id"], scenario.lasts
        )
        settle()
        assert job["state"] == "done", f"with {name} killed: {job}"
        deadline = time.monotonic() + _LAST_WORD
        while not crashes.over() and time.monotonic() < deadline:
            time.sleep(0.1)
        crashes.withdraw()
        assert crashes.killed(), f"{name}: there was nothing to kill"
        settle()
        try:
            finish(stage, scenario, subject, leaks)
        except AssertionError as error:
            raise AssertionError(f"with {name} killed: {error}") from error


def finish(
    stage: Stage, scenario: Scenario, subject: object, leaks: Callable[[], list[str]]
) -> None:
    """It has ended as if nothing had been, and leaves nothing; then the stage is as before."""
    deadline = time.monotonic() + scenario.patience
    while (wrong := _wrong(stage, scenario, subject, leaks)) is not None:
        assert time.monotonic() < deadline, (
            f"it did not end as it should: {wrong}; {stage.api.items('/vms')}"
        )
        time.sleep(0.1)
    scenario.restore(stage, subject)
    stage.clean()


def _wrong(
    stage: Stage, scenario: Scenario, subject: object, leaks: Callable[[], list[str]]
) -> str | None:
    """What is not yet as if nothing had been. A program that was killed a moment ago may still take
    connections: its server cannot answer then, although it was waited for."""
    try:
        if not scenario.check(stage, subject):
            return "its end is not as it should be"
        left = leaks()
    except ApiError as error:
        if error.error["kind"] != "unknown":
            raise
        return str(error)
    return f"left over: {left}" if left else None
