"""What the brain never does, whatever it is shown."""

from collections import Counter
from dataclasses import replace
from math import inf
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from millpond.domain.ha.brain import decide
from millpond.domain.ha.decision import (
    Action,
    ClearLeases,
    Correct,
    Fence,
    FreeLeases,
    PowerOn,
    Release,
    Restart,
)
from millpond.domain.ha.proof import Proof
from millpond.domain.ha.restarting import settling
from millpond.domain.ha.rules import AffinityRule, RuleKind
from millpond.domain.ha.settings import HaSettings
from millpond.domain.ha.view import FenceState, GuestView, HostView, PoolView, VmLease, VmView
from millpond.domain.leases import HostState
from millpond.domain.placement import RESERVE
from millpond.domain.vm import Power, Wanted
from tests.unit.ha.pools import CLAIM, T, expired, host, of, pool, proven, silent, vm

SERVERS = ("srv1", "srv2", "srv3", "srv4", "srv5")
VMS = ("web1", "web2", "web3", "web4", "web5")
LONG = 1000.0


def some_host(random: Random, name: str) -> HostView:
    """Healthy, dead in one of the ways of dying, or in any state at all."""
    proof = Proof(int(name[3:]), random.choice([1, 1, 2]), 100, 1000.0, (CLAIM,))
    fence = random.choice(list(FenceState))
    has = random.sample(VMS, random.choice([0, 0, 1, 3]))
    mixed = {
        "network_age": random.choice([0.5, T.storage_silent + 1, inf]),
        "storage_age": random.choice([0.5, T.storage_silent + 1, T.lease_lost + 1, inf]),
        "generation": random.choice([None, 1, 1, 2]),
        "lease": random.choice(list(HostState)),
        "fence": fence,
        "proof": proof if fence is FenceState.PROVEN or random.random() < 0.1 else None,
    }
    kind = random.choice([host, host, host, silent, proven, expired, None])
    return replace(
        kind(name) if kind is not None else host(name, **mixed),
        hypervisor=random.random() < 0.9,
        guests={v: GuestView("run", random.choice([Power.RUNNING, *Power])) for v in has},
        maintenance=random.random() < 0.1,
        memory=random.choice([1024, 2048, 4096]) + RESERVE,
        fenceable=random.random() < 0.8,
        retry_at=random.choice([0.0, 0.0, 2000.0]),
    )


def some_vm(random: Random, name: str) -> VmView:
    on = random.choice([*SERVERS, None])
    holder = on if on is not None and random.random() < 0.8 else random.choice(SERVERS)
    return vm(
        name,
        on,
        ha=random.random() < 0.8,
        priority=random.choice([1, 100]),
        wanted=random.choice([Wanted.ON, Wanted.ON, Wanted.ON, Wanted.OFF]),
        migrating_to=random.choice([*SERVERS, *[None] * 10]),
        max_memory=random.choice([512, 1024, 2048]),
        preferred=random.choice([(), ("srv2",)]),
        changed_age=random.choice([0.0, LONG, LONG, LONG]),
        busy=random.random() < 0.1,
        lease=random.choice([VmLease.HELD, VmLease.FREE, *VmLease]),
        lease_host=int(holder[3:]),
        lease_generation=random.choice([1, 1, 1, 2]),
        attempts=random.choice([0, 0, 1, 3]),
        attempt_age=random.choice([1.0, LONG]),
        target=random.choice([*SERVERS, *[None] * 10]),
        gone_age=random.choice([0.0, LONG, LONG, LONG]),
    )


def some_rule(random: Random, name: str) -> AffinityRule:
    return AffinityRule(
        name=name,
        kind=random.choice(list(RuleKind)),
        vms=tuple(random.sample(VMS, random.choice([2, 3]))),
        servers=tuple(random.sample(SERVERS, random.choice([1, 3]))),
        strict=random.random() < 0.7,
    )


def some_view(random: Random) -> PoolView:
    members = [some_host(random, name) for name in SERVERS[: random.choice([1, 3, 4, 5])]]
    members[0] = replace(members[0], network_age=0.5, storage_age=0.5, lease=HostState.LIVE)
    return pool(
        members,
        [some_vm(random, name) for name in VMS[: random.choice([1, 3, 5])]],
        mastered_age=random.choice([1.0, 4.0, LONG, LONG, LONG, LONG]),
        storage_ok=random.random() < 0.95,
        settings=HaSettings(
            enabled=random.random() < 0.95,
            armed=random.random() < 0.95,
            rules=tuple(some_rule(random, f"r{n}") for n in range(random.choice([0, 0, 1, 2]))),
        ),
    )


VIEWS = st.integers(0, 2**32).map(lambda seed: some_view(Random(seed)))
MANY = settings(max_examples=500, deadline=None)


@pytest.mark.parametrize(
    "kind", [Restart, Fence, ClearLeases, FreeLeases, PowerOn, Release, Correct]
)
def test_such_views_lead_to_actions_of_every_kind(kind: type[Action]) -> None:
    """Else the properties below would say nothing."""
    views = [some_view(Random(seed)) for seed in range(2000)]
    assert sum(1 for view in views if of(kind, decide(view))) >= 20


def is_silent(member: HostView) -> bool:
    return member.network_age > T.network_silent and member.storage_age > T.storage_silent


def seen_on(view: PoolView, guest: str) -> list[HostView]:
    """The servers that answer and say that they have it."""
    return [
        h
        for h in view.hosts
        if h.network_age <= T.network_silent
        and h.hypervisor
        and guest in h.guests
        and h.guests[guest].power is not Power.STOPPED
    ]


@MANY
@given(VIEWS)
def test_a_restart_never_meets_a_lease_that_a_living_server_holds(view: PoolView) -> None:
    by_id = {v.id: v for v in view.vms}
    by_host_id = {h.host_id: h for h in view.hosts}
    for action in decide(view).actions:
        if not isinstance(action, Restart):
            continue
        guest = by_id[action.vm]
        assert guest.lease is not VmLease.UNREAD
        if guest.lease is VmLease.HELD:
            holder = by_host_id[guest.lease_host]
            old = holder.generation is not None and guest.lease_generation < holder.generation
            assert old or holder.lease is HostState.FREE
        assert guest.ha and guest.wanted is Wanted.ON and not guest.busy
        running = [h for h in seen_on(view, guest.id) if h.guests[guest.id].power is Power.RUNNING]
        assert not running
        assert action.server not in [h.id for h in seen_on(view, guest.id)]


@MANY
@given(VIEWS)
def test_fences_and_proofs_are_for_the_silent_alone(view: PoolView) -> None:
    by_id = {h.id: h for h in view.hosts}
    for action in decide(view).actions:
        if isinstance(action, Fence):
            member = by_id[action.server]
            assert is_silent(member) and member.fenceable and member.id != view.me
            assert member.fence is not FenceState.RUNNING and member.retry_at <= view.now
            assert member.lease not in (HostState.DEAD, HostState.FREE)
            assert view.mastered_age > T.storage_silent
        elif isinstance(action, ClearLeases):
            member = by_id[action.server]
            assert member.network_age > T.network_silent and member.id != view.me
            assert member.fence is FenceState.PROVEN and member.proof is action.proof
            for guest in view.vms:
                if guest.id in action.vms:
                    assert guest.lease_host == action.proof.host_id
                    assert guest.lease_generation <= action.proof.generation
        elif isinstance(action, FreeLeases):
            member = by_id[action.server]
            assert member.lease is HostState.DEAD
            for guest in view.vms:
                if guest.id in action.vms:
                    assert guest.lease_host == member.host_id
                    assert guest.lease_generation == (member.generation or guest.lease_generation)
                    running = [h.guests[guest.id].power for h in seen_on(view, guest.id)]
                    assert Power.RUNNING not in running
        elif isinstance(action, PowerOn):
            member = by_id[action.server]
            assert member.network_age > T.network_silent and not member.maintenance
            assert member.fence is FenceState.PROVEN
            assert not any(member.id in (v.placed_on, v.migrating_to) for v in view.vms)


@MANY
@given(VIEWS)
def test_release_and_correction_need_certainty(view: PoolView) -> None:
    by_id = {v.id: v for v in view.vms}
    members = {h.id: h for h in view.hosts}
    for action in decide(view).actions:
        if isinstance(action, Release):
            guest = by_id[action.vm]
            for server in {guest.placed_on, guest.migrating_to} - {None}:
                member = members[str(server)]
                if member.network_age <= T.network_silent or member.id == view.me:
                    assert member.hypervisor and member not in seen_on(view, guest.id)
                    assert min(guest.gone_age, guest.changed_age) > settling(T)
                    continue
                proven = member.fence is FenceState.PROVEN and member.proof is not None
                assert proven or member.lease in (HostState.DEAD, HostState.FREE)
        elif isinstance(action, Correct):
            guest = by_id[action.vm]
            running = [
                h.id for h in seen_on(view, guest.id) if h.guests[guest.id].power is Power.RUNNING
            ]
            member = members[action.server]
            stands = member in seen_on(view, guest.id) and not running
            assert action.server != guest.placed_on
            assert running == [action.server] or (stands and guest.lease_host == member.host_id)


@MANY
@given(VIEWS)
def test_one_action_for_each_vm_and_server_and_none_where_it_may_not_judge(
    view: PoolView,
) -> None:
    decision = decide(view)
    vms_of: Counter[str] = Counter()
    servers: Counter[str] = Counter()
    for action in decision.actions:
        if isinstance(action, Restart | Release | Correct):
            vms_of[action.vm] += 1
        else:
            servers[action.server] += 1
        if isinstance(action, ClearLeases | FreeLeases):
            vms_of.update(action.vms)
    assert all(n == 1 for n in [*vms_of.values(), *servers.values()])
    busy = {v.id for v in view.vms if v.busy}
    assert not busy & set(vms_of)
    may = view.settings.armed and view.storage_ok
    assert view.settings.enabled or not of(Fence, decision) + of(Restart, decision)
    assert not decision.actions or (may and view.mastered_age > 2)
    assert decision.sentence and "\n" not in decision.sentence


@MANY
@given(VIEWS)
def test_no_server_gets_more_than_it_has_room_for(view: PoolView) -> None:
    moved = {a.vm: a.server for a in decide(view).actions if isinstance(a, Restart)}
    for member in view.hosts:
        if member.id not in moved.values():
            continue
        assert member.network_age <= T.network_silent or member.id == view.me
        assert member.hypervisor and not member.maintenance
        claims = 0
        for guest in view.vms:
            places = {h.id for h in seen_on(view, guest.id)}
            if guest.id in moved:
                places.add(moved[guest.id])
            else:
                places |= {str(s) for s in (guest.placed_on, guest.migrating_to, guest.target)}
            claims += guest.max_memory if member.id in places else 0
        assert claims <= member.memory - RESERVE


@MANY
@given(VIEWS)
def test_starts_break_no_strict_rule(view: PoolView) -> None:
    moved = {a.vm: a.server for a in decide(view).actions if isinstance(a, Restart)}
    for said in view.settings.rules:
        started = {v: s for v, s in moved.items() if v in said.vms}
        if not said.strict or not started:
            continue
        if said.kind is RuleKind.ON:
            assert set(started.values()) <= set(said.servers)
        elif said.kind is RuleKind.NOT_ON:
            assert not set(started.values()) & set(said.servers)
        elif said.kind is RuleKind.APART:
            assert len(set(started.values())) == len(started)
            others = {v.placed_on for v in view.vms if v.id in said.vms and v.id not in moved}
            assert not others & set(started.values())
        else:
            assert len(set(started.values())) == 1 or _apart_already(view, said, moved)


def _apart_already(view: PoolView, said: AffinityRule, moved: dict[str, str]) -> bool:
    """VMs that belong together and run on several servers allow each of these."""
    others = [v for v in view.vms if v.id in said.vms and v.id not in moved]
    places = {s for v in others for s in (v.placed_on, v.migrating_to, v.target) if s}
    places |= {h.id for v in view.vms if v.id in said.vms for h in seen_on(view, v.id)}
    return len(places) > 1


@MANY
@given(VIEWS, st.randoms(use_true_random=True))
def test_the_same_view_gives_the_same_decision_in_whatever_order_it_comes(
    view: PoolView, random: Random
) -> None:
    shuffled = replace(
        view,
        hosts=tuple(random.sample(view.hosts, len(view.hosts))),
        vms=tuple(random.sample(view.vms, len(view.vms))),
    )
    assert decide(view) == decide(view) == decide(shuffled)
