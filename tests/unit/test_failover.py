"""What a failover's record says of its promise."""

from typing import Any

import pytest

from millpond.domain.ha.failover import Failover, Measured, VmFailover, worse
from millpond.domain.names import new_id

SILENT = 1_700_000_000.0
PROMISED = 30.0


def vm(after: float | None = None, *, spared: bool = False) -> VmFailover:
    started = None if after is None else SILENT + after
    return VmFailover(vm=new_id(), name="web1", started=started, spared=spared)


def failover(*vms: VmFailover, ended: bool) -> Failover:
    changes: dict[str, Any] = {"vms": vms, "ended": SILENT + 400 if ended else None}
    return Failover(
        id=new_id(),
        server=new_id(),
        server_name="srv2",
        term=1,
        silent=SILENT,
        detected=SILENT + 6,
        promised=PROMISED,
        **changes,
    )


@pytest.mark.parametrize(
    ("vms", "ended", "kept"),
    [
        ((vm(10),), True, True),
        ((vm(10),), False, True),
        ((vm(31),), False, False),
        ((vm(10), vm(31)), True, False),
        ((vm(10), vm()), False, None),
        ((vm(10), vm()), True, False),
        ((vm(),), True, False),
        ((vm(10), vm(spared=True)), True, True),
        ((vm(spared=True),), True, None),
        ((), True, None),
    ],
)
def test_a_promise_is_kept_once_every_guest_that_had_to_was_started_in_time(
    vms: tuple[VmFailover, ...], ended: bool, kept: bool | None
) -> None:
    assert failover(*vms, ended=ended).kept is kept


def test_it_counts_once_it_has_ended() -> None:
    assert failover(vm(10), ended=False).result is None
    assert failover(vm(spared=True), ended=True).result is None
    result = failover(vm(10), vm(12), ended=True).result
    assert result is not None
    assert (result.seconds, result.promised, result.kept) == (12, PROMISED, True)
    never = failover(vm(10), vm(), ended=True).result
    assert never is not None
    assert (never.seconds, never.kept) == (None, False)


def test_the_worst_is_the_one_that_took_most_of_its_promised_time() -> None:
    def measured(seconds: float | None, promised: float) -> Measured:
        return Measured(
            failover=new_id(), server="srv2", seconds=seconds, promised=promised, kept=True
        )

    by_leases, fenced, never = measured(80, 93), measured(36, 37), measured(None, 93)
    assert worse(None, by_leases) == by_leases
    assert worse(by_leases, fenced) == worse(fenced, by_leases) == fenced
    assert worse(fenced, never) == never
