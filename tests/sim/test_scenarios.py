"""Every scenario that ships, against its golden log."""

import pytest

from millpond.sim.scenario import GOLDEN, README, Scenario, shipped

SCENARIOS = shipped()


@pytest.mark.parametrize("scenario", SCENARIOS, ids=[s.name for s in SCENARIOS])
def test_scenario(scenario: Scenario) -> None:
    outcome = scenario.run()
    assert outcome.problem is None
    assert not (difference := scenario.difference(outcome)), difference


def test_there_are_at_least_eighty() -> None:
    assert len(SCENARIOS) >= 80


@pytest.mark.parametrize("scenario", SCENARIOS, ids=[s.name for s in SCENARIOS])
def test_scenario_says_what_it_shows(scenario: Scenario) -> None:
    text = (scenario.folder / README).read_text()
    assert text.startswith("# ")
    assert 5 < len(scenario.intent.split()) < 80
    assert (scenario.folder / GOLDEN).exists()
