"""Who keeps a VM's lease from the next start."""

import pytest

from millpond.domain.ha.holding import Hold, hold
from millpond.domain.ha.proof import CLEARING
from millpond.domain.ha.silence import Condition, conditions
from millpond.domain.ha.view import HostView, VmView
from millpond.domain.leases import HostState
from tests.unit.ha.pools import NOW, expired, free, held, host, pool, proven, silent, vm


@pytest.mark.parametrize(
    ("guest", "holder", "expected"),
    [
        (vm("web1", "srv2"), host("srv2"), Hold.UNREAD),
        (free("web1", "srv2"), host("srv2"), Hold.OPEN),
        (held("web1", "srv2"), host("srv2"), Hold.HELD),
        (held("web1", "srv2"), silent("srv2"), Hold.HELD),
        (held("web1", "srv2"), host("srv2", lease=HostState.FAIL), Hold.HELD),
        (held("web1", "srv2"), host("srv2", lease=HostState.UNKNOWN), Hold.HELD),
        (held("web1", "srv2"), expired("srv2"), Hold.EXPIRED),
        (held("web1", "srv2"), host("srv2", lease=HostState.DEAD), Hold.EXPIRED),
        (held("web1", "srv2"), expired("srv2", generation=2), Hold.OPEN),
        (held("web1", "srv2"), proven("srv2", lease=HostState.DEAD), Hold.CLEARABLE),
        (held("web1", "srv2"), silent("srv2", lease=HostState.FREE), Hold.OPEN),
        (held("web1", "srv2"), proven("srv2"), Hold.CLEARABLE),
        # The server has rebooted and joined again: what it held before is free.
        (held("web1", "srv2"), host("srv2", generation=2), Hold.OPEN),
        (held("web1", "srv2"), proven("srv2", generation=2), Hold.OPEN),
        # The lease was read after the host joined again, the host before: nothing is known.
        (held("web1", "srv2", generation=2), expired("srv2"), Hold.HELD),
        (held("web1", "srv2", generation=2), proven("srv2"), Hold.HELD),
        (held("web1", "srv2", generation=2), proven("srv2", generation=None), Hold.HELD),
        # It has renewed its lease since it was proven dead, or was seen last before that.
        (held("web1", "srv2"), proven("srv2", timestamp=101), Hold.HELD),
        (held("web1", "srv2"), proven("srv2", timestamp=99), Hold.CLEARABLE),
        # Proven, but it answers: the proof is not worth much.
        (held("web1", "srv2"), proven("srv2", network_age=0.5), Hold.HELD),
    ],
)
def test_hold(guest: VmView, holder: HostView, expected: Hold) -> None:
    condition = conditions(pool([host("srv1"), holder], []))["srv2"]
    assert hold(guest, holder, condition, NOW) is expected


def test_a_holder_that_is_no_member_may_live() -> None:
    assert hold(held("web1", "srv2"), None, None, NOW) is Hold.HELD


@pytest.mark.parametrize(
    ("age", "expected"), [(CLEARING, Hold.CLEARABLE), (CLEARING + 0.1, Hold.HELD)]
)
def test_a_proof_clears_leases_for_so_long_only(age: float, expected: Hold) -> None:
    """After that sanlock may be about to give them to others."""
    holder = proven("srv2")
    assert hold(held("web1", "srv2"), holder, Condition.PROVEN, NOW + age) is expected
