"""How long an SP waits for its peer."""

import pytest

from millpond.array.state import peer
from millpond.array.state.peer import PATIENCE, SLICE, Patience


def test_a_pause_of_the_machine_costs_a_slice_of_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(peer.time, "monotonic", lambda: now)
    patience = Patience()
    now += 10 * PATIENCE
    assert not patience.over()
    for _ in range(round((PATIENCE - SLICE) / 0.1) - 1):
        now += 0.1
        assert not patience.over()
    now += 0.2
    assert patience.over()
