"""What a broken migration leaves behind: a copy that stands still where the record says, a record that names the
dead."""

import pytest

from millpond.domain.ha.brain import QUIET, decide
from millpond.domain.ha.decision import Decision, PowerOn, Release
from millpond.domain.ha.view import GuestView, HostView, VmLease, VmView
from millpond.domain.vm import Power
from tests.unit.ha.pools import free, held, host, of, pool, proven, vm
from tests.unit.ha.test_brain import where

PAUSED = host("srv2", guests={"web1": GuestView("run-web1", Power.PAUSED)})
LEFT = host("srv2", guests={"web1": GuestView("run-web1", Power.PAUSED, outdated=True)})


def test_a_copy_that_is_out_of_date_keeps_nothing_off() -> None:
    decision = decide(pool([host("srv1"), LEFT], [free("web1", "srv2")]))
    assert where(decision) == {"web1": "srv1"}
    assert decision.sentence.endswith("as what is left of it on srv2 is out of date")


def test_it_makes_way_where_no_other_server_can_take_the_vm() -> None:
    full = host("srv1", maintenance=True)
    assert where(decide(pool([full, LEFT], [free("web1", "srv2")]))) == {"web1": "srv2"}


@pytest.mark.parametrize(
    ("server", "guest"),
    [
        (PAUSED, held("web1", "srv2")),
        (PAUSED, free("web1", "srv2")),  # it gets its lease in a moment
        (LEFT, vm("web1", "srv2", lease=VmLease.UNREAD)),
        (LEFT, vm("web1", "srv2", lease=VmLease.HELD, lease_host=1, lease_generation=1)),
        (LEFT, free("web1", "srv2", gone_age=2.0)),
        (LEFT, free("web1", "srv2", changed_age=5.0)),
        (LEFT, free("web1", "srv2", ha=False)),
    ],
)
def test_it_is_left_alone(server: HostView, guest: VmView) -> None:
    assert decide(pool([host("srv1"), server], [guest])) == Decision((), QUIET)


@pytest.mark.parametrize(
    ("source", "released"),
    [
        (host("srv2", maintenance=True), True),
        (host("srv2", maintenance=True, network_age=99.0), False),  # it may have the guest
    ],
)
def test_a_dead_target_stays_off_for_no_vm_that_only_it_can_take(
    source: HostView, released: bool
) -> None:
    moving = free("web1", "srv2", migrating_to="srv1")
    full = host("srv3", maintenance=True)
    decision = decide(pool([proven("srv1"), source, full], [moving], me="srv3"))
    assert bool(of(Release, decision)) is released
    after = decide(pool([proven("srv1"), source, full], [vm("web1", None)], me="srv3"))
    assert of(PowerOn, after) == [PowerOn("srv1")]
