"""Take each safety rule out in turn: somebody notices."""

import pytest

from millpond.sim.scenario import SCENARIOS, Scenario
from tests.sim.mutations import MUTATIONS, Mutation

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("mutation", MUTATIONS, ids=[m.name for m in MUTATIONS])
def test_mutation_is_noticed(mutation: Mutation, monkeypatch: pytest.MonkeyPatch) -> None:
    scenarios = [Scenario(SCENARIOS / name) for name in mutation.by]
    assert scenarios
    mutation.patch(monkeypatch)
    for scenario in scenarios:
        outcome = scenario.run()
        if mutation.violates:
            noticed = (outcome.problem or "").startswith(mutation.violates)
        else:
            noticed = outcome.problem is not None or bool(scenario.difference(outcome))
        assert noticed, f"{scenario.name} goes on as if nothing were missing: {outcome.problem}"
