"""Killing things at a job's step boundaries, through the manager's fault hook."""

import json
import stat
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.support.scenarios import Scenario, Stage

_HOOK = """#!{python} -IS
import json, os, pathlib, signal, sys
here = pathlib.Path({directory!r})
boundary = sys.argv[1:4]
with (here / "boundaries").open("a") as log:
    log.write(json.dumps(boundary) + "\\n")
order = here / "order"
try:
    wanted = json.loads(order.read_text())
except FileNotFoundError:
    sys.exit()
if boundary == wanted["boundary"]:
    order.unlink()
    for pid in wanted["pids"]:
        os.kill(pid, signal.SIGKILL)
"""

Boundary = list[str]
"""[operation, step, "before" | "after" | "end"]."""


@dataclass(frozen=True)
class Crashes:
    """A fault hook whose orders lie in ``directory``; give ``hook`` to the manager."""

    directory: Path

    @property
    def hook(self) -> Path:
        return self.directory / "hook"

    def install(self) -> None:
        self.hook.write_text(_HOOK.format(python=sys.executable, directory=str(self.directory)))
        self.hook.chmod(self.hook.stat().st_mode | stat.S_IXUSR)

    def forget(self) -> None:
        (self.directory / "boundaries").unlink(missing_ok=True)

    def order(self, boundary: Boundary, pids: list[int]) -> None:
        """Kill these at the next time a job comes to the boundary."""
        text = json.dumps({"boundary": boundary, "pids": pids})
        (self.directory / "order").write_text(text)

    @property
    def pending(self) -> bool:
        return (self.directory / "order").exists()

    def boundaries(self) -> list[Boundary]:
        """Those met since ``forget``, children's included. Between the end of a step and the
        beginning of the next nothing happens: that is one boundary."""
        lines = (self.directory / "boundaries").read_text().splitlines()
        seen: list[Boundary] = [json.loads(line) for line in lines]
        kept: list[Boundary] = []
        for n, boundary in enumerate(seen):
            between = boundary[2] == "before" and n > 0 and seen[n - 1][2] == "after"
            if not between and boundary not in kept:
                kept.append(boundary)
        return kept


def rehearse(
    crashes: Crashes,
    stage: Stage,
    scenario: Scenario,
    victims: dict[str, Callable[[], list[int]]],
    settle: Callable[[], None],
    leaks: Callable[[], list[str]],
) -> None:
    """Play the scenario undisturbed, then once for each of its boundaries and each of ``victims``
    (who says which processes to kill now). It must end the same each time, and leave nothing."""
    subject = scenario.prepare(stage)
    crashes.forget()
    stage.api.do(*scenario.request(stage, subject))
    boundaries = crashes.boundaries()
    assert boundaries
    _finish(stage, scenario, subject, leaks)
    for boundary in boundaries:
        for name, pids in victims.items():
            told = f"{name} killed at {boundary}"
            subject = scenario.prepare(stage)
            method, path, body = scenario.request(stage, subject)
            crashes.order(boundary, pids())
            key = f"crash-{time.monotonic_ns()}"
            job = stage.api.ended(stage.api(method, path, body, Idempotency_Key=key)["id"])
            settle()
            assert not crashes.pending, f"{told}: it was not"
            assert job["state"] == "done", f"{told}: {job}"
            try:
                _finish(stage, scenario, subject, leaks)
            except AssertionError as error:
                raise AssertionError(f"{told}: {error}") from error


def _finish(
    stage: Stage, scenario: Scenario, subject: object, leaks: Callable[[], list[str]]
) -> None:
    deadline = time.monotonic() + 20
    while not scenario.check(stage, subject) or (left := leaks()):
        assert time.monotonic() < deadline, (
            f"it did not end as it should; left over: {leaks()}; {stage.api.items('/vms')}"
        )
        time.sleep(0.1)
    assert left == []
    scenario.restore(stage, subject)
    stage.clean()
