"""Where the brain starts VMs: order, room, rules."""

from dataclasses import replace

import pytest

from millpond.domain.ha.brain import decide
from millpond.domain.ha.decision import Decision, Release, Restart
from millpond.domain.ha.rules import AffinityRule, RuleKind
from millpond.domain.ha.settings import HaSettings
from millpond.domain.ha.view import FenceState, GuestView, HostView, VmView
from millpond.domain.leases import HostState
from millpond.domain.placement import RESERVE
from millpond.domain.vm import Power
from tests.unit.ha.pools import free, host, of, pool, proven, rule, vm

S1, S2, S3 = host("srv1"), host("srv2"), host("srv3")
DEAD = proven("srv4")


def room(name: str, memory: int, *vms: str, **changes: object) -> HostView:
    """A server whose guests may have ``memory`` MiB together."""
    return host(name, *vms, memory=memory + RESERVE, **changes)


def where(decision: Decision) -> dict[str, str]:
    return {a.vm: a.server for a in decision.actions if isinstance(a, Restart)}


def after(hosts: list[HostView], vms: list[VmView], *rules: AffinityRule) -> Decision:
    """What is done after the death of srv4."""
    settings = HaSettings(enabled=True, outage=10, rules=rules)
    return decide(pool([*hosts, DEAD], vms, settings=settings))


def test_highest_priority_first_then_the_largest_then_by_name() -> None:
    vms = [
        free("a", "srv4", priority=1),
        free("b", "srv4", priority=50, max_memory=512),
        free("d", "srv4", priority=50, max_memory=2048),
        free("c", "srv4", priority=50, max_memory=2048),
        free("z", "srv4", priority=900),
    ]
    assert list(where(after([S1], vms))) == ["z", "c", "d", "b", "a"]


def test_each_that_is_placed_counts_for_the_next() -> None:
    vms = [free(f"web{n}", "srv4") for n in range(4)]
    assert where(after([room("srv1", 3000), room("srv2", 2000)], vms)) == {
        "web0": "srv1",
        "web1": "srv2",
        "web2": "srv1",
    }


def test_a_preferred_server_beats_a_freer_one() -> None:
    guest = free("web1", "srv4", preferred=("srv2",))
    assert where(after([host("srv1", memory=65536), S2], [guest])) == {"web1": "srv2"}
    full = room("srv2", 1023)
    assert where(after([S1, full], [guest])) == {"web1": "srv1"}


@pytest.mark.parametrize(
    ("server", "why"),
    [
        (host("srv1", vm_role=False), "it does not have the role vm"),
        (host("srv1", maintenance=True), "it is in maintenance"),
        (host("srv1", hypervisor=False), "its libvirt does not answer"),
        (host("srv1", generation=None), "it has not joined the lockspace"),
        (host("srv1", joined=False), "it has not joined the lockspace"),
        (host("srv1", lease=HostState.FAIL), "it is losing its leases"),
        (host("srv1", bridges=frozenset({"br9"})), "it has no bridge xenbr0"),
        (room("srv1", 1023), "1023 MiB are free, 1024 MiB are needed"),
        (host("srv2", network_age=99.0), "it does not answer"),
        (host("srv2", storage_age=99.0), "it has lost the storage"),
        (host("srv2", lease=HostState.FREE), "it has lost the storage"),
        (host("srv2", fence=FenceState.RUNNING), "it is being fenced"),
    ],
)
def test_a_server_that_cannot_take_it(server: HostView, why: str) -> None:
    hosts = [server] if server.id == "srv1" else [host("srv1", maintenance=True), server]
    decision = after(hosts, [free("web1", "srv4")])
    assert where(decision) == {}
    assert f"{server.name}: {why}" in decision.waiting[0]


def test_without_room_it_is_released_and_waits() -> None:
    full = room("srv1", 1500, "db")
    small = free("small", "srv4", max_memory=256, priority=1)
    decision = after([full], [vm("db", "srv1"), free("web1", "srv4"), small])
    assert decision.waiting == (
        "web1: no server can take it: srv1: 476 MiB are free, 1024 MiB are needed; "
        "srv4: it is dead",
    )
    assert of(Release, decision) == [
        Release("web1", "srv4 is proven dead and no other server can take it")
    ]
    # A VM of lower priority that fits is not kept waiting, and none is stopped for one of higher.
    assert where(decision) == {"small": "srv1"}
    assert "off for now: web1" in decision.sentence


@pytest.mark.parametrize("changed", [0.1, 1000.0])
def test_a_released_vm_is_told_at_once(changed: float) -> None:
    decision = decide(pool([room("srv1", 500)], [free("web1", None, changed_age=changed)]))
    assert decision.sentence == "off for now: web1"


def test_it_starts_when_room_appears() -> None:
    waiting = free("web1", None)
    running = vm("db", "srv1")
    full = [room("srv1", 1500, "db")]
    assert decide(pool(full, [running, waiting])).actions == ()
    decision = decide(pool([*full, S2], [running, waiting]))
    assert decision.actions == (Restart("web1", "srv2", None, "there is room for it"),)


@pytest.mark.parametrize(
    "other",
    [
        vm("db", "srv1"),
        vm("db", "srv2", migrating_to="srv1"),
        free("db", "srv4", busy=True, target="srv1"),
        # Nobody wrote it down, but there it is.
        vm("db", "srv2", changed_age=1.0),
    ],
)
def test_memory_counts_wherever_a_vm_is_or_may_be(other: VmView) -> None:
    only = room("srv1", 1500, *(["db"] if other.placed_on != "srv4" else []))
    away = host("srv2", maintenance=True)
    assert where(after([only, away], [other, free("web1", "srv4")])) == {}
    assert where(after([only, away], [free("web1", "srv4")])) == {"web1": "srv1"}


@pytest.mark.parametrize(("memory", "second"), [(1500, {}), (2048, {"web2": "srv1"})])
def test_what_was_arriving_takes_room_until_it_is_ended(
    memory: int, second: dict[str, str]
) -> None:
    """web1 was on its way to srv1 when srv4 died."""
    moved = free("web1", "srv4", migrating_to="srv1", preferred=("srv2",), priority=900)
    decision = after([room("srv1", memory), room("srv2", 1024)], [moved, free("web2", "srv4")])
    assert where(decision) == {"web1": "srv2"} | second
    assert of(Restart, decision)[0].arriving_on == "srv1"


def test_nor_does_a_vm_that_is_released_leave_its_room_before() -> None:
    moved = free("web1", "srv4", migrating_to="srv1", ha=False)
    decision = after([room("srv1", 1500)], [moved, free("web2", "srv4")])
    assert where(decision) == {}
    assert of(Release, decision)[0] == Release("web1", "srv4 is proven dead", "srv1")


def test_where_it_was_arriving_it_may_start() -> None:
    moved = free("web1", "srv4", migrating_to="srv1")
    (restart,) = of(Restart, after([room("srv1", 1024)], [moved]))
    assert (restart.server, restart.arriving_on) == ("srv1", "srv1")


@pytest.mark.parametrize(
    "target",
    [
        proven("srv1"),
        host("srv1", network_age=99.0),
        host("srv1", hypervisor=False),
        replace(S1, guests={"web1": GuestView("run-web1", Power.PAUSED)}),
    ],
    ids=["dead", "isolated", "without libvirt", "claims the guest"],
)
def test_nothing_is_ended_where_nothing_can_be_left_arriving(target: HostView) -> None:
    moved = free("web1", "srv4", migrating_to="srv1")
    view = pool([target, S2, DEAD], [moved], me="srv2")
    (restart,) = of(Restart, decide(view))
    assert (restart.server, restart.arriving_on) == ("srv2", None)


def test_nor_while_its_source_lives_and_may_hand_it_over() -> None:
    moved = free("web1", "srv2", migrating_to="srv1")
    (restart,) = of(Restart, decide(pool([S1, S2], [moved])))
    assert (restart.server, restart.arriving_on) == ("srv2", None)


def test_what_a_dead_server_had_takes_no_room() -> None:
    vms = [vm("db", "srv4", max_memory=8000), free("web1", "srv4")]
    assert where(after([room("srv1", 1024)], vms)) == {"web1": "srv1"}


# Rules.


@pytest.mark.parametrize(
    ("said", "server"),
    [
        (rule(RuleKind.ON, "web1", "srv2"), "srv2"),
        (rule(RuleKind.ON, "web1", "srv9"), None),
        (rule(RuleKind.NOT_ON, "web1", "srv1 srv2"), "srv3"),
        (rule(RuleKind.NOT_ON, "web1", "srv1 srv2 srv3"), None),
        (rule(RuleKind.APART, "web1 db"), "srv2"),
        (rule(RuleKind.TOGETHER, "web1 mail"), "srv2"),
        (rule(RuleKind.TOGETHER, "db mail web1"), "srv1"),
        (rule(RuleKind.ON, "other", "srv9"), "srv1"),
        (rule(RuleKind.ON, "web1", "srv9", strict=False), "srv1"),
        (rule(RuleKind.ON, "web1", "srv3", strict=False), "srv3"),
        (rule(RuleKind.NOT_ON, "web1", "srv1", strict=False), "srv2"),
        (rule(RuleKind.APART, "web1 db mail", strict=False), "srv3"),
    ],
)
def test_rules(said: AffinityRule, server: str | None) -> None:
    """db runs on srv1, the freest of the three; mail on srv2."""
    hosts = [room("srv1", 9000, "db"), room("srv2", 8000, "mail"), room("srv3", 4000)]
    vms = [vm("db", "srv1"), vm("mail", "srv2"), free("web1", "srv4")]
    decision = after(hosts, vms, said)
    assert where(decision) == ({"web1": server} if server else {})
    if server is None:
        assert f"rule {said.name}" in decision.waiting[0]


def test_a_strict_rule_is_not_broken_for_want_of_room() -> None:
    hosts = [room("srv1", 1500, "db"), S2]
    vms = [vm("db", "srv1"), free("web1", "srv4")]
    decision = after(hosts, vms, rule(RuleKind.TOGETHER, "web1 db"))
    assert where(decision) == {}
    assert "srv2: rule together-rule: it is kept together with VMs on srv1" in decision.waiting[0]


def test_vms_that_belong_together_go_where_all_of_them_fit() -> None:
    hosts = [room("srv1", 2000), room("srv2", 3000, "db")]
    vms = [vm("db", "srv2", max_memory=950), free("web1", "srv4"), free("web2", "srv4")]
    assert where(after(hosts, vms)) == {"web1": "srv2", "web2": "srv1"}
    together = rule(RuleKind.TOGETHER, "web1 web2")
    assert where(after(hosts, vms, together)) == {"web1": "srv2", "web2": "srv2"}


def test_vms_kept_apart_do_not_start_side_by_side() -> None:
    vms = [free("web1", "srv4"), free("web2", "srv4"), free("web3", "srv4")]
    decision = after([S1, S2], vms, rule(RuleKind.APART, "web1 web2 web3"))
    assert where(decision) == {"web1": "srv1", "web2": "srv2"}
    assert "rule apart-rule: it is kept apart from web1" in decision.waiting[0]


def test_a_server_in_maintenance_keeps_nobody_with_it() -> None:
    leaving = host("srv1", "db", maintenance=True)
    vms = [vm("db", "srv1"), free("web1", "srv4")]
    decision = after([leaving, S2], vms, rule(RuleKind.TOGETHER, "web1 db"))
    assert where(decision) == {"web1": "srv2"}


def test_a_crashed_guest_does_not_return_to_a_server_that_a_rule_forbids() -> None:
    settings = HaSettings(enabled=True, rules=(rule(RuleKind.NOT_ON, "web1", "srv2"),))
    view = pool([S1, S2, S3], [free("web1", "srv2")], settings=settings)
    assert where(decide(view)) == {"web1": "srv1"}


def test_a_server_that_still_has_a_copy_of_the_guest_is_left_out() -> None:
    copy = replace(S1, guests={"web1": GuestView("run-web1", Power.PAUSED)}, memory=65536)
    assert where(after([copy, S2], [free("web1", "srv4")])) == {"web1": "srv2"}


def test_a_crashed_guest_keeps_its_room_until_its_turn() -> None:
    """It crashed on srv1 and is of lower priority than what comes from srv4."""
    crashed = free("web1", "srv1", priority=1)
    orphan = free("web2", "srv4", priority=900)
    decision = after([room("srv1", 1024), room("srv2", 1024)], [crashed, orphan])
    assert where(decision) == {"web2": "srv2", "web1": "srv1"}
    alone = after([room("srv1", 1024)], [crashed, orphan])
    assert where(alone) == {"web1": "srv1"}


def test_and_keeps_it_if_it_finds_no_place() -> None:
    """Its record still claims it: whoever counts records would find srv1 overfull."""
    crashed = free("web1", "srv1", priority=900)
    orphan = free("web2", "srv4")
    away = rule(RuleKind.NOT_ON, "web1", "srv1")
    assert where(after([room("srv1", 1500)], [crashed, orphan], away)) == {}
    assert where(after([room("srv1", 2048)], [crashed, orphan], away)) == {"web2": "srv1"}
