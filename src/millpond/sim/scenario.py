"""Scenarios: folders with a cluster, a timeline, and the log that must come of them.

``README.md`` says in one paragraph what is shown; ``cluster.toml`` is ``cluster.ClusterSpec``;
``timeline.toml`` has ``[[at]]`` tables (``t`` seconds, ``do`` commands) and ``[[when]]`` tables
(``line``: a part of a log line, ``after`` seconds, ``do``); ``expect.log`` is the golden log.
"""

import difflib
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import inf
from pathlib import Path
from random import Random
from uuid import UUID

from pydantic import Field, ValidationError

from millpond.domain import names
from millpond.domain.vm import Model
from millpond.sim.clock import Deadlock
from millpond.sim.cluster import ClusterSpec
from millpond.sim.commands import BadCommand
from millpond.sim.invariants import Violation
from millpond.sim.simulation import Simulation, When

SCENARIOS = Path(__file__).parent / "scenarios"
CLUSTER, TIMELINE, GOLDEN, README = "cluster.toml", "timeline.toml", "expect.log", "README.md"

WELL_SECONDS = 15.0
_LOOK = 5.0


class At(Model):
    """At ``t`` seconds, carry these commands out, in this order."""

    t: float = Field(ge=0)
    do: tuple[str, ...] = Field(min_length=1)


class Trigger(Model):
    """``simulation.When``."""

    line: str = Field(min_length=1)
    do: tuple[str, ...] = Field(min_length=1)
    after: float = 0.0
    before: float = inf


class Timeline(Model):
    """``seed`` decides what chance there is. ``settles``: in the end all faults are over, and all
    must be well. ``early``: it may end as soon as all has been well for a while. ``gap``: seconds
    (``invariants.Checker``)."""

    at: tuple[At, ...] = ()
    when: tuple[Trigger, ...] = ()
    seed: int = 0
    settles: bool = True
    early: bool = False
    gap: float = 0.0


@dataclass(frozen=True)
class Outcome:
    """``lines`` is the log. ``problem``: what was violated, or why it could not be run."""

    lines: tuple[str, ...]
    problem: str | None


@contextmanager
def _drawn_ids(seed: int) -> Iterator[None]:
    """Fresh ids that are the same in each run."""
    random = Random(seed)  # noqa: S311 - chance, not secrets
    module = vars(names)
    real = module["uuid4"]
    module["uuid4"] = lambda: UUID(int=random.getrandbits(128), version=4)
    try:
        yield
    finally:
        module["uuid4"] = real


def play(cluster: ClusterSpec, timeline: Timeline) -> Outcome:
    """From the beginning to ``cluster.duration`` after the last event."""
    with _drawn_ids(timeline.seed):
        world = Simulation(cluster, timeline.seed)
        try:
            world.whens = [When(w.line, w.do, w.after, w.before) for w in timeline.when]
            world.checker.gap = timeline.gap
            world.begin()
            for at in sorted(timeline.at, key=lambda a: a.t):
                world.run_until(at.t)
                for line in at.do:
                    world.do(line)
            end = max((a.t for a in timeline.at), default=0.0) + cluster.duration
            if timeline.early:
                _run_until_well(world, end)
            else:
                world.run_until(end)
            if timeline.settles:
                world.settled()
        except (Violation, BadCommand, Deadlock) as problem:
            return Outcome(tuple(world.journal.lines), str(problem))
        else:
            return Outcome(tuple(world.journal.lines), None)
        finally:
            world.close()


def _run_until_well(world: Simulation, end: float) -> None:
    """Or until ``end``."""
    well_for = 0.0
    while end - world.now() > 0.001 and well_for < WELL_SECONDS:
        world.run_until(min(world.now() + _LOOK, end))
        well_for = well_for + _LOOK if world.is_well() else 0.0


@dataclass(frozen=True)
class Scenario:
    folder: Path

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def intent(self) -> str:
        """The paragraph of its README."""
        text = (self.folder / README).read_text()
        return " ".join(w for w in text.split("\n", 1)[-1].split() if w)

    def run(self) -> Outcome:
        """Raises ``BadScenario``."""
        try:
            cluster = ClusterSpec.model_validate(_toml(self.folder / CLUSTER))
            timeline = Timeline.model_validate(_toml(self.folder / TIMELINE))
        except (OSError, tomllib.TOMLDecodeError, ValidationError) as error:
            raise BadScenario(f"{self.folder}: {error}") from error
        return play(cluster, timeline)

    def difference(self, outcome: Outcome) -> str:
        """How the log differs from the golden one; empty if it does not."""
        path = self.folder / GOLDEN
        expected = path.read_text().splitlines() if path.exists() else []
        return "\n".join(
            difflib.unified_diff(expected, list(outcome.lines), GOLDEN, "this run", lineterm="")
        )

    def update(self, outcome: Outcome) -> None:
        (self.folder / GOLDEN).write_text("".join(f"{line}\n" for line in outcome.lines))


class BadScenario(ValueError):
    """A folder that is no scenario; the text says why."""


def shipped() -> list[Scenario]:
    """The scenarios that come with the product, by name."""
    return [Scenario(p.parent) for p in sorted(SCENARIOS.glob(f"*/{CLUSTER}"))]


def _toml(path: Path) -> dict[str, object]:
    return tomllib.loads(path.read_text())
