"""A server that hears nobody, but reaches the storage."""

from millpond.domain.ha.settings import Isolation
from millpond.sim.cluster import ServerSpec
from tests.unit.ha_loops.worlds import World, world

AT = 5.0


def test_its_guests_are_kept() -> None:
    with world() as w:
        w.run_until(AT)
        w.do("network s2 off")
        w.run_until(300)
        assert w.where("vm-s2") == ["s2"]
        assert w.machines["s2"].on
        assert w.said("s2", "alarm", "it reaches no other server of its pool")


def test_who_has_no_valid_certificate_is_told_of_with_the_reason() -> None:
    with world() as w:
        w.run_until(AT)
        w.do("certificate s2 expired")
        w.run_until(AT + 120)
        assert w.where("vm-s2") == ["s2"]
        assert _told(w)[0] == "isolated"
        assert "certificate has expired" in _told(w)[1]
        w.do("certificate s2 renewed")
        w.run_until(AT + 130)
        assert _told(w)[0] == "online"
        assert "certificate" not in _told(w)[1]


def _told(w: World) -> tuple[str, str]:
    """What the master says of s2: its state, and what ails it."""
    status = w.programs["s1"].ha.told()
    assert status is not None
    host = next(h for h in status.hosts if h.name == "s2")
    return host.state, " ".join(host.alarms)


def test_or_shut_down_in_order_and_started_elsewhere() -> None:
    with world(isolation=Isolation.SHUTDOWN) as w:
        w.run_until(AT)
        w.do("network s2 off")
        w.run_until(AT + w.timing.isolated - 5)
        assert w.where("vm-s2") == ["s2"]
        w.run_until(AT + w.timing.isolated + 60)
        assert w.where("vm-s2") in (["s1"], ["s3"])
        assert w.machines["s2"].on


def test_a_pool_without_a_master_is_no_isolation() -> None:
    with world(vms=("s2", "s3"), isolation=Isolation.SHUTDOWN) as w:
        w.run_until(AT)
        w.do("bmc s1 silent")
        w.do("power s1 off")
        w.run_until(AT + w.timing.host_dead)
        assert w.where("vm-s2") == ["s2"]
        assert w.where("vm-s3") == ["s3"]


def test_the_last_server_that_lives_keeps_its_guests_however_long_the_others_death_takes() -> None:
    """Two servers, no fence device: the master's leases run out long after the survivor has ceased to
    hear it."""
    two = tuple(ServerSpec(name=n, fence=False) for n in ("s1", "s2"))
    with world(server=two, vms=("s1", "s2"), isolation=Isolation.SHUTDOWN) as w:
        w.run_until(AT)
        w.do("power s1 off")
        run = w.record("vm-s2").run
        w.run_until(AT + w.timing.bound_by_leases + 5)
        assert w.where("vm-s1") == w.where("vm-s2") == ["s2"]
        assert w.record("vm-s2").run == run
        assert w.said("s2", "alarm", "no other server of its pool lives")
