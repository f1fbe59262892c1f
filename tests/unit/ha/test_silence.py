"""Which member is silent: both heartbeats, long enough, and not everybody at once."""

from dataclasses import replace

import pytest

from millpond.domain.ha.silence import Condition, conditions
from millpond.domain.leases import HostState
from tests.unit.ha.pools import T, expired, host, pool, proven, silent

LATE = T.network_silent + 0.1
STILL = T.storage_silent + 0.1


@pytest.mark.parametrize(
    ("member", "condition"),
    [
        (host("srv2"), Condition.ONLINE),
        (host("srv2", network_age=T.network_silent, storage_age=T.storage_silent), "online"),
        (host("srv2", network_age=LATE), Condition.ISOLATED),
        (host("srv2", storage_age=STILL), Condition.STORAGE_LOST),
        (host("srv2", lease=HostState.FREE), Condition.STORAGE_LOST),
        (host("srv2", lease=HostState.DEAD), Condition.STORAGE_LOST),
        (silent("srv2"), Condition.SILENT),
        (silent("srv2", lease=HostState.FREE), Condition.LEFT),
        (expired("srv2"), Condition.EXPIRED),
        (proven("srv2"), Condition.PROVEN),
        # Proven dead as generation 1: what joined since is another matter.
        (proven("srv2", generation=2), Condition.SILENT),
        (proven("srv2", host_id=3), Condition.SILENT),
        # It has renewed its lease since: its device lied.
        (proven("srv2", timestamp=101), Condition.SILENT),
        (proven("srv2", timestamp=101, storage_age=1.0), Condition.ISOLATED),
        # What a device confirmed does not make a host dead that answers.
        (proven("srv2", network_age=0.5), Condition.STORAGE_LOST),
        (proven("srv2", network_age=0.5, storage_age=1.0), Condition.ONLINE),
    ],
)
def test_condition(member: object, condition: Condition) -> None:
    view = pool([host("srv1"), member, host("srv3")], [])  # type: ignore[list-item]
    assert conditions(view)["srv2"] == condition


def test_the_observer_never_calls_itself_silent() -> None:
    view = pool([silent("srv1"), host("srv2")], [])
    assert conditions(view)["srv1"] is Condition.ONLINE


@pytest.mark.parametrize(("mastered", "condition"), [(STILL, "silent"), (STILL - 0.2, "doubtful")])
def test_a_new_master_listens_before_it_calls_anybody_silent(
    mastered: float, condition: str
) -> None:
    never = host("srv2", network_age=float("inf"), storage_age=float("inf"))
    view = pool([host("srv1"), never], [], mastered_age=mastered)
    assert conditions(view)["srv2"] == condition


def test_one_other_server_is_no_mass() -> None:
    assert conditions(pool([host("srv1"), silent("srv2")], []))["srv2"] is Condition.SILENT


def test_two_of_four_others_are_no_mass() -> None:
    found = conditions(
        pool([host("srv1"), silent("srv2"), silent("srv3"), host("srv4"), host("srv5")], [])
    )
    assert found["srv2"] is found["srv3"] is Condition.SILENT


def test_most_of_the_others_at_once_are_given_until_their_leases_are_lost() -> None:
    members = [host("srv1"), silent("srv2"), silent("srv3"), host("srv4")]
    early = conditions(pool(members, []))
    assert early["srv2"] is early["srv3"] is Condition.DOUBTFUL
    late = [replace(m, storage_age=T.lease_lost + 1) if m.network_age > 1 else m for m in members]
    found = conditions(pool(late, []))
    assert found["srv2"] is found["srv3"] is Condition.SILENT


def test_the_dead_are_no_majority_of_the_living() -> None:
    dead = [proven("srv5"), expired("srv6")]
    members = [host("srv1"), silent("srv2"), silent("srv3"), host("srv4")]
    assert conditions(pool([*members, *dead], []))["srv2"] is Condition.DOUBTFUL


@pytest.mark.parametrize("gone", [proven("srv3"), expired("srv3")])
def test_those_that_are_known_to_be_dead_make_no_mass(gone: object) -> None:
    view = pool([host("srv1"), silent("srv2"), gone, host("srv4")], [])  # type: ignore[list-item]
    assert conditions(view)["srv2"] is Condition.SILENT
