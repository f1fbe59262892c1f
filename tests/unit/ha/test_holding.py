"""Who keeps a VM's lease from the next start."""

import pytest

from millpond.domain.ha.holding import Hold, hold
from millpond.domain.ha.silence import conditions
from millpond.domain.ha.view import HostView, VmView
from millpond.domain.leases import HostState
from tests.unit.ha.pools import expired, free, held, host, pool, proven, silent, vm


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
        # Proven, but it answers: the proof is not worth much.
        (held("web1", "srv2"), proven("srv2", network_age=0.5), Hold.HELD),
    ],
)
def test_hold(guest: VmView, holder: HostView, expected: Hold) -> None:
    condition = conditions(pool([host("srv1"), holder], []))["srv2"]
    assert hold(guest, holder, condition) is expected


def test_a_holder_that_is_no_member_may_live() -> None:
    assert hold(held("web1", "srv2"), None, None) is Hold.HELD
