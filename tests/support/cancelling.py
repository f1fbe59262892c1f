"""Cancelling a job at any of its boundaries: the manager's fault hook holds it there meanwhile."""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.support.api import Json
from tests.support.crashes import finish
from tests.support.scenarios import Scenario, Stage

_PATIENCE = 120.0
"""Seconds that a job may take to come to a boundary, or to its end."""

_HOOK = """#!{python} -IS
import json, os, pathlib, sys, time
here = pathlib.Path({directory!r})
kind, step, phase = sys.argv[1:4]
try:
    order = json.loads((here / "order").read_text())
except FileNotFoundError:
    sys.exit()
# Between the end of a step and the beginning of the next nothing happens: one boundary for each step.
if kind != order["kind"] or phase != "before" or step.startswith("undo:"):
    sys.exit()
with (here / "met").open("a") as met:
    met.write(step + "\\n")
if len((here / "met").read_text().splitlines()) - 1 == order["boundary"]:
    (here / "held").touch()
    while (here / "held").exists() and os.getppid() > 1:
        time.sleep(0.02)
"""


@dataclass(frozen=True)
class Cancelling:
    """Orders for a hook in ``directory``; give ``hook`` to the manager."""

    directory: Path

    @property
    def hook(self) -> Path:
        return self.directory / "hook"

    @property
    def _held(self) -> Path:
        return self.directory / "held"

    def install(self) -> None:
        self.hook.write_text(_HOOK.format(python=sys.executable, directory=str(self.directory)))
        self.hook.chmod(0o755)

    def order(self, kind: str, boundary: int) -> None:
        """Hold the next job of this kind at its boundary of this number."""
        (self.directory / "met").write_text("")
        made = self.directory / "order.new"
        made.write_text(json.dumps({"kind": kind, "boundary": boundary}))
        made.rename(self.directory / "order")

    def withdraw(self) -> None:
        (self.directory / "order").unlink()
        self._held.unlink(missing_ok=True)

    def cancelled(self, stage: Stage, job: str) -> bool:
        """Whether the job came to that boundary, and was cancelled there."""
        deadline = time.monotonic() + _PATIENCE
        while stage.api("GET", f"/jobs/{job}")["state"] in ("queued", "running"):
            if self._held.exists():
                stage.api("POST", f"/jobs/{job}/cancel")
                return True
            assert time.monotonic() < deadline, f"job {job} goes on"
            time.sleep(0.02)
        return False


def cancel_everywhere(
    cancelling: Cancelling,
    stage: Stage,
    kind: str,
    scenario: Scenario,
    leaks: Callable[[], list[str]],
) -> None:
    """Play the scenario once for each of its boundaries, cancelled there. It either goes through or leaves
    everything as it was: what was asked for can be asked for again."""
    boundary, came = 0, True
    while came:
        subject = scenario.prepare(stage)
        cancelling.order(kind, boundary)
        try:
            job = stage.api(*scenario.request(stage, subject))["id"]
            came = cancelling.cancelled(stage, job)
        finally:
            cancelling.withdraw()
        ended = stage.api.ended(job)
        where = f"cancelled at boundary {boundary}"
        assert ended["state"] in ("done", "cancelled"), f"{where}: {ended}"
        assert came or ended["state"] == "done", f"never cancelled: {ended}"
        if ended["state"] == "cancelled":
            _nothing_is_left(where, ended, leaks)
            subject = _asked_again(stage, scenario, subject)
        try:
            finish(stage, scenario, subject, leaks)
        except AssertionError as error:
            raise AssertionError(f"{where}: {error}") from error
        boundary += 1
    assert boundary > 1, "there was nothing to cancel"


def _nothing_is_left(where: str, ended: Json, leaks: Callable[[], list[str]]) -> None:
    deadline = time.monotonic() + 20
    while left := leaks():
        assert time.monotonic() < deadline, f"{where}: {left}; {ended}"
        time.sleep(0.1)


def _asked_again(stage: Stage, scenario: Scenario, subject: object) -> object:
    """An upload is gone once its import was accepted; everything else is there as before."""
    method, path, body = scenario.request(stage, subject)
    if isinstance(body, dict) and "upload" in body:
        subject = scenario.prepare(stage)
        method, path, body = scenario.request(stage, subject)
    stage.api.do(method, path, body)
    return subject
