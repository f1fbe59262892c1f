"""The brain, and guests that servers say they are bringing to life."""

from collections.abc import Callable

import pytest

from millpond.domain.ha.brain import decide
from millpond.domain.ha.decision import Release, Restart
from millpond.domain.ha.view import COMING, HostView
from tests.unit.ha.pools import expired, free, host, of, pool, proven


def test_what_a_healthy_server_is_bringing_to_life_is_left_to_it() -> None:
    """Whatever its lease says, and whether or not HA guards it."""
    at_work = host("srv2", coming=frozenset({"a", "b"}))
    vms = [free("a", "srv2", coming_age=100.0), free("b", "srv2", ha=False, coming_age=100.0)]
    assert decide(pool([host("srv1"), at_work], vms)).actions == ()
    idle = decide(pool([host("srv1"), host("srv2")], vms))
    assert [type(a) for a in idle.actions] == [Release, Restart]


@pytest.mark.parametrize("state", [proven, expired])
def test_what_a_dead_server_was_bringing_to_life_is_started(state: Callable[..., HostView]) -> None:
    dead = state("srv2", coming=frozenset({"a"}))
    (action,) = of(Restart, decide(pool([host("srv1"), dead], [free("a", "srv2", coming_age=5.0)])))
    assert action.server == "srv1"


def test_what_does_not_come_is_waited_for_so_long_and_no_longer() -> None:
    at_work = host("srv2", coming=frozenset({"a"}))
    late = decide(pool([host("srv1"), at_work], [free("a", "srv2", coming_age=COMING + 1)]))
    assert len(of(Restart, late)) == 1
    assert "coming to life for more than 15 min" in late.alarms[0]


def test_what_was_arriving_when_its_source_died_does_not_come() -> None:
    target = host("srv3", coming=frozenset({"a"}))
    moving = free("a", "srv2", migrating_to="srv3", coming_age=5.0)
    (action,) = of(Restart, decide(pool([host("srv1"), proven("srv2"), target], [moving])))
    assert action.arriving_on == "srv3"
