"""A seed that fails, and what is made of it for people; and the commands around it."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from millpond.cli import sim
from millpond.cli.errors import CliError
from millpond.domain.ha import facts, silence
from millpond.domain.ha.silence import Condition
from millpond.domain.ha.view import PoolView
from millpond.ha import monitor
from millpond.sim.fuzz import case_of
from millpond.sim.many import run_seeds
from millpond.sim.scenario import CLUSTER, GOLDEN, README, SCENARIOS, TIMELINE, Scenario, shipped
from millpond.sim.shrink import shrink
from millpond.sim.write import write

RUNNER = CliRunner()


@pytest.fixture
def trigger_happy(monkeypatch: pytest.MonkeyPatch) -> None:
    """A brain that takes a silent network for death, and a master that does not look again."""
    real = silence.conditions

    def conditions(view: PoolView) -> dict[str, Condition]:
        found = real(view)
        return {k: Condition.SILENT if c is Condition.ISOLATED else c for k, c in found.items()}

    monkeypatch.setattr(facts, "conditions", conditions)
    monkeypatch.setattr(monitor.Monitor, "silent", lambda self, member: True)


def _failing() -> int:
    return next(r.seed for r in run_seeds(range(200), 1) if r.problem is not None)


@pytest.mark.usefixtures("trigger_happy")
def test_a_failing_seed_shrinks_to_what_matters(tmp_path: Path) -> None:
    case = case_of(_failing())
    first = case.run()
    assert first.problem is not None
    small, outcome = shrink(case, first.problem.partition(":")[0])
    before = sum(len(at.do) for at in case.timeline.at)
    after = sum(len(at.do) for at in small.timeline.at)
    assert 2 <= after < before
    folder = write(small, outcome, tmp_path / "seed")
    assert {p.name for p in folder.iterdir()} == {README, CLUSTER, TIMELINE}
    again = Scenario(folder).run()
    assert (again.lines, again.problem) == (outcome.lines, outcome.problem)


@pytest.mark.usefixtures("trigger_happy")
def test_fuzz_says_which_seed_fails_and_how_to_see_it_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    seed = _failing()
    result = RUNNER.invoke(sim.app, ["fuzz", "--seeds", "5", "--start", str(seed), "--jobs", "1"])
    assert result.exit_code == 1
    assert f"seed {seed}: fence:" in result.output
    assert f"millpond sim run seed-{seed}" in result.output
    played = RUNNER.invoke(sim.app, ["run", f"seed-{seed}"])
    assert played.exit_code == 1
    assert "fence:" in played.output


def test_fuzz_and_replay_of_good_seeds() -> None:
    result = RUNNER.invoke(sim.app, ["fuzz", "--seeds", "3", "--jobs", "1"])
    assert (result.exit_code, result.output) == (0, "3 seeds without a violation\n")
    result = RUNNER.invoke(sim.app, ["replay", "1"])
    assert result.exit_code == 0
    assert "seed 1: no violation" in result.output


def test_list_names_every_scenario() -> None:
    result = RUNNER.invoke(sim.app, ["list", "--output", "json"])
    assert result.exit_code == 0
    for scenario in shipped():
        assert f'"{scenario.name}"' in result.output


def test_run_compares_with_the_expected_log_and_writes_it_anew(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    for file in (SCENARIOS / "guest-ends-by-itself").iterdir():
        (folder / file.name).write_text(file.read_text())
    assert RUNNER.invoke(sim.app, ["run", str(folder)]).exit_code == 0
    (folder / GOLDEN).write_text("t=1.0 world: something else\n")
    result = RUNNER.invoke(sim.app, ["run", str(folder)])
    assert result.exit_code == 1
    assert "-t=1.0 world: something else" in result.output
    assert RUNNER.invoke(sim.app, ["run", str(folder), "--update"]).exit_code == 0
    assert RUNNER.invoke(sim.app, ["run", str(folder)]).exit_code == 0


def test_what_is_no_scenario_is_refused(tmp_path: Path) -> None:
    assert isinstance(RUNNER.invoke(sim.app, ["run", "nothing"]).exception, CliError)
    (tmp_path / CLUSTER).write_text("servers = 7\n")
    (tmp_path / TIMELINE).write_text("")
    error = RUNNER.invoke(sim.app, ["run", str(tmp_path)]).exception
    assert isinstance(error, CliError)
