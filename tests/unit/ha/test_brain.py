"""The brain, rule by rule: what makes it act, and what keeps it from acting."""

from dataclasses import replace
from typing import Any

import pytest

from millpond.domain.ha.brain import QUIET, decide
from millpond.domain.ha.decision import (
    Action,
    ClearLeases,
    Correct,
    Decision,
    Fence,
    FreeLeases,
    PowerOn,
    Release,
    Restart,
)
from millpond.domain.ha.settings import HaSettings
from millpond.domain.ha.view import FenceState, GuestView, HostView, PoolView, VmLease, VmView
from millpond.domain.leases import HostState
from millpond.domain.vm import Power, Wanted
from tests.unit.ha.pools import expired, free, held, host, of, pool, proven, silent, vm

S1, S2, S3 = host("srv1"), host("srv2"), host("srv3")
PAUSED = GuestView("run-web1", Power.PAUSED)


def acts(view: PoolView) -> tuple[Action, ...]:
    return decide(view).actions


def where(decision: Decision) -> dict[str, str]:
    """Where each VM is started."""
    return {a.vm: a.server for a in decision.actions if isinstance(a, Restart)}


# Whether to judge at all.


def dead_server(**changes: object) -> PoolView:
    return pool([S1, silent("srv2", "web1"), S3], [held("web1", "srv2")], **changes)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"settings": HaSettings(enabled=False)}, "HA is off for this pool"),
        ({"storage_ok": False}, "this server does not renew its own lease, so it judges nobody"),
        ({"mastered_age": 2.0}, "listening before judging"),
        (
            {"settings": HaSettings(enabled=True, armed=False)},
            "HA is disarmed and only watches: srv2 is silent on network and storage: fencing it",
        ),
    ],
)
def test_no_action_while_it_may_not_judge(changes: dict[str, object], sentence: str) -> None:
    assert of(Fence, decide(dead_server()))
    decision = decide(dead_server(**changes))
    assert decision.actions == ()
    assert decision.sentence == sentence


def test_a_pool_in_health_needs_nothing() -> None:
    assert decide(pool([host("srv1", "web1"), S2], [vm("web1", "srv1")])) == Decision((), QUIET)


# Fencing.

OFF = held("web1", "srv2", wanted=Wanted.OFF)


@pytest.mark.parametrize(
    ("server", "guest", "sentence"),
    [
        (host("srv2", "web1", network_age=99.0), held("web1", "srv2"), "its VMs are left to it"),
        (host("srv2", "web1", storage_age=99.0), vm("web1", "srv2"), "renews no lease"),
        (silent("srv2"), held("web1", "srv2", ha=False), "no HA VM depends on it"),
        (silent("srv2"), OFF, "no HA VM depends on it"),
        (silent("srv2"), vm("web1", "srv1"), "no HA VM depends on it"),
        (silent("srv2", fence=FenceState.RUNNING), held("web1", "srv2"), "fencing it"),
        (silent("srv2", fenceable=False), held("web1", "srv2"), "waiting for its lease to run out"),
        (
            silent("srv2", fence=FenceState.FAILED, retry_at=1000.1),
            held("web1", "srv2"),
            "fencing failed, trying again later",
        ),
        (expired("srv2"), held("web1", "srv2", by="srv3"), "srv2 is dead by its lease"),
    ],
)
def test_what_does_not_lead_to_a_fence(server: HostView, guest: VmView, sentence: str) -> None:
    decision = decide(pool([S1, server, S3], [guest]))
    assert not of(Fence, decision)
    assert sentence in decision.sentence


@pytest.mark.parametrize(
    "guest",
    [
        held("web1", "srv2"),
        vm("web1", "srv2"),
        held("web1", "srv3", by="srv2"),
        vm("web1", "srv3", migrating_to="srv2"),
    ],
)
@pytest.mark.parametrize("fence", [FenceState.NONE, FenceState.FAILED])
def test_a_silent_server_that_an_ha_vm_depends_on_is_fenced(
    guest: VmView, fence: FenceState
) -> None:
    decision = decide(pool([S1, silent("srv2", fence=fence, retry_at=1000.0), S3], [guest]))
    assert of(Fence, decision) == [Fence("srv2", "silent on network and storage")]
    assert not of(Restart, decision)


def test_a_vm_that_has_left_the_silent_server_does_not_need_it_fenced() -> None:
    moved = vm("web1", "srv2", migrating_to="srv3", changed_age=1.0)
    assert acts(pool([S1, silent("srv2"), host("srv3", "web1")], [moved])) == ()


def test_a_vm_whose_lease_the_silent_server_has_let_go_of_does_not_need_it_fenced() -> None:
    decision = decide(pool([S1, silent("srv2"), S3], [free("web1", "srv2")]))
    assert decision.actions == (Restart("web1", "srv1", "srv2", "srv2 holds its lease no more"),)


# From the proof to the restart.


def test_a_proven_death_frees_the_leases_first() -> None:
    vms = [held("web2", "srv2"), held("web1", "srv2"), held("web3", "srv2", wanted=Wanted.OFF)]
    server = proven("srv2", "web1", "web2")
    decision = decide(pool([S1, server, S3], vms))
    assert server.proof is not None
    assert decision.actions == (ClearLeases("srv2", server.proof, ("web1", "web2", "web3")),)
    assert decision.sentence == "srv2 is proven dead: clearing the leases of web1, web2, web3"


def test_then_the_vms_start() -> None:
    decision = decide(pool([S1, proven("srv2", "web1"), S3], [free("web1", "srv2")]))
    assert decision.actions == (Restart("web1", "srv1", "srv2", "srv2 is proven dead"),)
    assert decision.sentence == "starting web1 on srv1, as srv2 is proven dead"


def test_a_lease_that_nobody_has_read_is_not_taken_for_free() -> None:
    assert acts(pool([S1, proven("srv2"), S3], [vm("web1", "srv2")])) == ()


@pytest.mark.parametrize("busy", [True, False])
def test_then_the_server_may_come_back(busy: bool) -> None:
    moved = vm("web1", "srv3", busy=busy)
    decision = decide(pool([S1, proven("srv2"), host("srv3", "web1")], [moved]))
    assert decision.actions == (PowerOn("srv2"),)


@pytest.mark.parametrize(
    ("server", "guest"),
    [
        (proven("srv2"), vm("web1", "srv2", busy=True)),
        (proven("srv2"), held("web1", "srv3", by="srv2", busy=True)),
        (proven("srv2"), free("web1", "srv2", wanted=Wanted.OFF)),
        (proven("srv2", maintenance=True), vm("web1", None, wanted=Wanted.OFF)),
        (expired("srv2"), vm("web1", None, wanted=Wanted.OFF)),
        (silent("srv2"), vm("web1", None, wanted=Wanted.OFF)),
    ],
)
def test_but_not_while_anything_is_left_of_it(server: HostView, guest: VmView) -> None:
    assert not of(PowerOn, decide(pool([S1, server, S3], [guest])))


def test_a_fenced_server_that_renews_its_lease_is_an_alarm() -> None:
    liar = proven("srv2", "web1", network_age=0.5, storage_age=1.0)
    decision = decide(pool([S1, liar, S3], [vm("web1", "srv2")]))
    assert decision.actions == ()
    assert decision.alarms == ("srv2 lives, although its fence devices confirmed it is off",)


# Without a fence device: sanlock's own word.


def test_a_lease_that_sanlock_gives_away_is_taken_and_let_go_of() -> None:
    """srv3 may have joined a moment ago, and would wait for its own sanlock's judgement."""
    vms = [held("web2", "srv2", ha=False), held("web1", "srv2")]
    decision = decide(pool([S1, expired("srv2", fenceable=False), S3], vms))
    assert decision.actions == (FreeLeases("srv2", ("web1", "web2")),)
    assert decision.sentence == (
        "srv2 is dead by its lease; freeing the leases of web1, web2 that srv2 has lost"
    )


@pytest.mark.parametrize(
    ("server", "guest", "reason"),
    [
        (expired("srv2"), free("web1", "srv2"), "srv2 is dead by its lease"),
        (
            silent("srv2", lease=HostState.FREE),
            held("web1", "srv2"),
            "srv2 is out of the lockspace",
        ),
    ],
)
def test_then_it_starts_without_a_proof(server: HostView, guest: VmView, reason: str) -> None:
    decision = decide(pool([S1, server, S3], [guest]))
    assert decision.actions == (Restart("web1", "srv1", "srv2", reason),)


@pytest.mark.parametrize("migrating_to", [None, "srv3"])
def test_no_operation_is_awaited_where_its_server_is_dead(migrating_to: str | None) -> None:
    fresh = free("web1", "srv2", changed_age=0.1, gone_age=0.1, migrating_to=migrating_to)
    assert where(decide(pool([S1, expired("srv2"), S3], [fresh]))) == {"web1": "srv1"}


def test_a_migration_to_a_dead_server_is_awaited_while_its_source_lives() -> None:
    moving = free("web1", "srv2", changed_age=5.0, migrating_to="srv3")
    assert acts(pool([S1, S2, expired("srv3")], [moving])) == ()
    later = replace(moving, changed_age=13.0)
    assert where(decide(pool([S1, S2, expired("srv3")], [later]))) == {"web1": "srv2"}


# One heartbeat alone.


def test_a_server_cut_from_the_network_keeps_what_it_holds() -> None:
    isolated = host("srv2", "web1", network_age=60.0)
    decision = decide(pool([S1, isolated, S3], [held("web1", "srv2")]))
    assert decision.actions == ()
    assert decision.sentence == "srv2 does not answer but renews its lease: its VMs are left to it"


def test_what_it_has_shut_down_starts_elsewhere() -> None:
    isolated = host("srv2", "web1", network_age=60.0)
    decision = decide(pool([S1, isolated, S3], [free("web1", "srv2")]))
    assert decision.actions == (Restart("web1", "srv1", "srv2", "srv2 holds its lease no more"),)


@pytest.mark.parametrize(
    ("server", "guest", "starts"),
    [
        (host("srv2", "web1", storage_age=99.0), held("web1", "srv2"), False),
        (host("srv2", storage_age=99.0), held("web1", "srv2"), False),
        (host("srv2", storage_age=99.0), free("web1", "srv2"), True),
        (host("srv2", storage_age=99.0, lease=HostState.DEAD), free("web1", "srv2"), True),
        # Its lease has run out, but the guest is still there: sanlock is about to kill it.
        (host("srv2", "web1", lease=HostState.DEAD), held("web1", "srv2"), False),
    ],
)
def test_a_server_cut_from_the_storage_loses_its_vms_to_sanlock(
    server: HostView, guest: VmView, starts: bool
) -> None:
    assert bool(where(decide(pool([S1, server, S3], [guest])))) is starts


@pytest.mark.parametrize("guests", [(), ("web1",)])
def test_what_it_has_lost_is_freed_once_sanlock_calls_it_dead(guests: tuple[str, ...]) -> None:
    """Not while it still shows the guest: sanlock is about to kill it."""
    lost = host("srv2", *guests, storage_age=99.0, lease=HostState.DEAD)
    decision = decide(pool([S1, lost, S3], [held("web1", "srv2")]))
    assert decision.actions == (() if guests else (FreeLeases("srv2", ("web1",)),))


# A guest gone from a living server.


def test_a_crashed_guest_starts_again_where_it_was() -> None:
    decision = decide(pool([S1, S2, host("srv3", memory=65536)], [free("web1", "srv2")]))
    assert decision.actions == (Restart("web1", "srv2", "srv2", "its guest is gone from srv2"),)


def test_a_guest_that_has_stopped_is_gone_even_where_it_is_still_listed() -> None:
    stopped = host("srv2", guests={"web1": GuestView("run-web1", Power.STOPPED)})
    assert where(decide(pool([S1, stopped, S3], [free("web1", "srv2")]))) == {"web1": "srv2"}


def test_a_server_that_has_rebooted_gets_its_vms_back() -> None:
    rebooted = host("srv2", generation=2)
    assert where(decide(pool([S1, rebooted, S3], [held("web1", "srv2")]))) == {"web1": "srv2"}


@pytest.mark.parametrize(
    "changes",
    [
        {"ha": False},
        {"wanted": Wanted.OFF},
        {"wanted": Wanted.SUSPENDED},
        {"busy": True},
        {"lease": VmLease.UNREAD},
        # An operation wrote the record and is about to start it; a reboot is under way.
        {"changed_age": 11.9},
        {"gone_age": 3.0},
        {"changed_age": 5.0, "attempts": 1, "attempt_age": 100.0},
    ],
)
def test_what_keeps_a_guest_that_is_gone_from_being_started(changes: dict[str, object]) -> None:
    view = pool([S1, S2, S3], [replace(free("web1", "srv2"), **changes)])  # type: ignore[arg-type]
    assert not of(Restart, decide(view))


def test_a_lease_that_a_living_server_holds_is_left_alone_and_told() -> None:
    decision = decide(pool([S1, S2, S3], [held("web1", "srv2", by="srv3")]))
    assert decision.actions == ()
    assert decision.waiting == ("web1: its lease is held by srv3",)
    assert decision.sentence == "off for now: web1"


@pytest.mark.parametrize("changes", [{"changed_age": 2.0}, {"gone_age": 2.0}])
def test_a_guest_that_comes_or_goes_just_now_is_not_told_as_off(changes: dict[str, Any]) -> None:
    started = held("web1", "srv2", **changes)
    assert decide(pool([S1, S2, S3], [started])) == Decision((), QUIET)


def test_a_lease_held_by_a_host_id_of_no_member_is_told() -> None:
    decision = decide(pool([S1, S2, S3], [held("web1", "srv2", by="srv9")]))
    assert decision.actions == ()
    assert decision.waiting == ("web1: its lease is held by host id 9, which no member has",)


@pytest.mark.parametrize(
    ("attempts", "delay"), [(1, 10), (2, 30), (3, 60), (4, 120), (5, 120), (100, 120)]
)
def test_failed_starts_are_repeated_with_growing_patience(attempts: int, delay: int) -> None:
    early = free("web1", "srv2", attempts=attempts, attempt_age=delay - 0.1)
    decision = decide(pool([S1, S2, S3], [early]))
    assert decision.actions == ()
    times = "one failed start" if attempts == 1 else f"{attempts} failed starts"
    assert decision.waiting == (f"web1: it waits {delay} s after {times}",)
    assert where(decide(pool([S1, S2, S3], [replace(early, attempt_age=float(delay))])))


def test_what_we_wrote_for_a_failed_start_is_no_operation_under_way() -> None:
    failed = free("web1", "srv2", attempts=1, attempt_age=10.0, changed_age=10.5)
    assert where(decide(pool([S1, S2, S3], [failed]))) == {"web1": "srv2"}


def test_a_server_that_dies_is_no_failure_of_the_guests_it_ran() -> None:
    """One that was started again a moment ago, on a server that dies too, does not wait."""
    ran = free("web1", "srv2", attempts=3, attempt_age=20.0, gone_age=8.0)
    assert where(decide(pool([S1, proven("srv2"), S3], [ran]))) != {}
    never_ran = free("web1", "srv2", attempts=3, attempt_age=8.0, gone_age=20.0)
    assert where(decide(pool([S1, proven("srv2"), S3], [never_ran]))) == {}


@pytest.mark.parametrize(("attempts", "server"), [(1, "srv2"), (2, "srv1")])
def test_after_two_failures_another_server_is_tried(attempts: int, server: str) -> None:
    failed = free("web1", "srv2", attempts=attempts, attempt_age=500.0)
    assert where(decide(pool([S1, S2, S3], [failed]))) == {"web1": server}


def test_unless_there_is_no_other() -> None:
    failed = free("web1", "srv2", attempts=9, attempt_age=500.0)
    only = [host("srv1", maintenance=True), S2]
    assert where(decide(pool(only, [failed]))) == {"web1": "srv2"}


def test_a_server_whose_libvirt_is_silent_is_not_taken_for_empty() -> None:
    mute = host("srv2", "web1", hypervisor=False)
    decision = decide(pool([S1, mute, S3], [held("web1", "srv2")]))
    assert decision.actions == ()
    assert decision.sentence == "libvirt on srv2 does not answer"


# Migrations whose teller died.

STANDS = host("srv3", guests={"web1": PAUSED})


@pytest.mark.parametrize(
    ("source", "target", "changes", "corrected"),
    [
        (S2, host("srv3", "web1"), {}, True),
        (host("srv2", network_age=99.0), host("srv3", "web1"), {}, True),
        (proven("srv2"), host("srv3", "web1"), {}, True),
        (S2, host("srv3", "web1"), {"changed_age": 5.0}, False),
        (S2, host("srv3", "web1"), {"busy": True}, False),
        (host("srv2", "web1"), S3, {}, False),
        (host("srv2", "web1"), STANDS, {}, False),
        (host("srv2", "web1"), host("srv3", "web1"), {}, False),
        # Read before the hand-over, or else something is very wrong.
        (S2, host("srv3", "web1"), {"lease": VmLease.HELD, "lease_host": 2}, False),
        (S2, host("srv3", "web1"), {"lease": VmLease.HELD, "lease_host": 3}, True),
        (S2, host("srv3", "web1"), {"migrating_to": None}, False),
        (
            S2,
            host("srv3", "web1"),
            {"migrating_to": None, "lease": VmLease.HELD, "lease_host": 3, "wanted": Wanted.OFF},
            True,
        ),
        # Paused: which copy is the guest says the lease.
        (S2, STANDS, {"migrating_to": None, "lease": VmLease.HELD, "lease_host": 3}, True),
        (S2, STANDS, {"lease": VmLease.HELD, "lease_host": 2}, False),
        (S2, STANDS, {"lease": VmLease.HELD, "lease_host": 3, "changed_age": 5.0}, False),
    ],
)
def test_a_guest_that_runs_elsewhere_is_recorded_there(
    source: HostView, target: HostView, changes: dict[str, object], corrected: bool
) -> None:
    moving = vm("web1", "srv2", migrating_to="srv3", lease_generation=1)
    moving = replace(moving, **changes)  # type: ignore[arg-type]
    decision = decide(pool([S1, source, target], [moving]))
    expected = [Correct("web1", "srv3", "its record does not say so")] if corrected else []
    assert of(Correct, decision) == expected
    assert not of(Restart, decision)
    assert decision.alarms == ()


@pytest.mark.parametrize(
    ("source", "target", "starts"),
    [
        # In the hand-over nobody holds the lease, and neither end can be asked.
        (host("srv2", network_age=99.0), host("srv3", network_age=99.0), False),
        (host("srv2", network_age=99.0), S3, True),
        (S2, host("srv3", network_age=99.0), True),
        (expired("srv2"), host("srv3", network_age=99.0), True),
        (S2, S3, True),
    ],
)
def test_a_hand_over_is_not_disturbed(source: HostView, target: HostView, starts: bool) -> None:
    moving = free("web1", "srv2", migrating_to="srv3")
    assert bool(where(decide(pool([S1, source, target], [moving])))) is starts


def test_the_copy_that_waits_on_a_target_is_passed_by_when_its_source_is_dead() -> None:
    target = host("srv3", guests={"web1": PAUSED}, memory=65536)
    moving = free("web1", "srv2", migrating_to="srv3")
    assert where(decide(pool([S1, proven("srv2"), target], [moving]))) == {"web1": "srv1"}


def test_a_guest_on_two_servers_is_an_alarm_and_nothing_else() -> None:
    view = pool([S1, host("srv2", "web1"), host("srv3", "web1")], [vm("web1", "srv2")])
    decision = decide(view)
    assert decision.actions == ()
    assert decision.alarms == ("web1 runs on srv2 and srv3 at once: it is left alone",)
    assert decision.sentence == decision.alarms[0]


def test_two_pulses_around_a_finished_migration_are_no_alarm() -> None:
    moved = vm("web1", "srv3", changed_age=1.0)
    decision = decide(pool([S1, host("srv2", "web1"), host("srv3", "web1")], [moved]))
    assert decision == Decision((), QUIET)


# VMs that HA does not start.


@pytest.mark.parametrize(
    "guest",
    [
        free("web1", "srv2", ha=False),
        free("web1", "srv2", wanted=Wanted.OFF),
        free("web1", "srv2", wanted=Wanted.SUSPENDED),
    ],
)
@pytest.mark.parametrize("server", [proven("srv2"), expired("srv2")])
def test_they_are_released_from_a_dead_server(server: HostView, guest: VmView) -> None:
    decision = decide(pool([S1, server, S3], [guest]))
    assert [a.vm for a in of(Release, decision) if isinstance(a, Release)] == ["web1"]
    assert not of(Restart, decision)


@pytest.mark.parametrize(
    ("server", "guest"),
    [
        (silent("srv2"), free("web1", "srv2", ha=False)),
        # An operation may be about to start it, or it is on its way through a reboot.
        (S2, free("web1", "srv2", ha=False, changed_age=12.0)),
        (S2, free("web1", "srv2", ha=False, gone_age=12.0)),
        (S2, held("web1", "srv2", ha=False)),
        (S2, vm("web1", "srv2", ha=False)),
        (host("srv2", hypervisor=False), free("web1", "srv2", ha=False)),
        (host("srv2", network_age=99.0), free("web1", "srv2", ha=False)),
        (host("srv2", guests={"web1": PAUSED}), free("web1", "srv2", ha=False)),
        (proven("srv2"), vm("web1", "srv2", ha=False)),
        (proven("srv2"), held("web1", "srv2", by="srv3", ha=False)),
        (proven("srv2"), free("web1", "srv2", ha=False, migrating_to="srv3", gone_age=5.0)),
        (S2, free("web1", "srv2", ha=False, migrating_to="srv9")),
        (proven("srv2"), free("web1", None, ha=False)),
    ],
)
def test_but_not_before_it_is_sure(server: HostView, guest: VmView) -> None:
    assert not of(Release, decide(pool([S1, server, S3], [guest])))


@pytest.mark.parametrize(
    "changes",
    [
        {"ha": False},
        {"wanted": Wanted.OFF},
        {"wanted": Wanted.SUSPENDED},
        {"ha": False, "migrating_to": "srv3"},
    ],
)
def test_they_are_released_from_a_living_server_that_has_no_guest_of_them(
    changes: dict[str, Any],
) -> None:
    gone = free("web1", "srv2", changed_age=12.1, gone_age=12.1, **changes)
    decision = decide(pool([S1, S2, S3], [gone]))
    assert decision.actions == (Release("web1", "its guest is gone from srv2"),)
    assert decision.sentence == "releasing web1, as its guest is gone from srv2"


@pytest.mark.parametrize(
    ("server", "guest", "action"),
    [
        (S2, free("web1", "srv2"), Release("web1", "its guest is gone from srv2")),
        (expired("srv2"), free("web1", "srv2"), Release("web1", "srv2 is dead by its lease")),
        (expired("srv2"), held("web1", "srv2"), FreeLeases("srv2", ("web1",))),
    ],
)
def test_without_ha_the_records_are_kept_true_and_nothing_starts(
    server: HostView, guest: VmView, action: Action
) -> None:
    off = HaSettings(enabled=False)
    decision = decide(pool([S1, server, S3], [guest], settings=off))
    assert decision.actions == (action,)
    assert decision.sentence.startswith("HA is off for this pool: ")


# A member that is no member any more.


def test_a_vm_recorded_on_a_server_that_left_the_pool_starts_if_its_lease_is_free() -> None:
    assert where(decide(pool([S1, S3], [free("web1", "srv2")]))) == {"web1": "srv1"}
    assert acts(pool([S1, S3], [vm("web1", "srv2")])) == ()
