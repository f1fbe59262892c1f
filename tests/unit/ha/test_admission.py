"""Admission: room is kept for the failures that the pool tolerates."""

import time
from itertools import combinations
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from millpond.domain.errors import Refused
from millpond.domain.ha.admission import check, shortage
from millpond.domain.ha.rules import AffinityRule, RuleKind
from millpond.domain.ha.settings import HaSettings
from millpond.domain.names import new_id
from millpond.domain.placement import RESERVE, Candidate
from millpond.domain.vm import Vif, VmConfig, VmDocument, Wanted
from tests.unit.ha.pools import rule


def server(name: str, room: int = 4096, **changes: bool) -> Candidate:
    """Its guests may have ``room`` MiB together."""
    healthy = Candidate.model_construct(
        id=name,
        name=name,
        reachable=True,
        joined=True,
        maintenance=False,
        vm_role=True,
        memory=room + RESERVE,
        committed=0,
        bridges=frozenset({"xenbr0"}),
    )
    return healthy.model_copy(update=changes)


def vm(
    name: str,
    on: str | None,
    memory: int = 1024,
    *,
    to: str | None = None,
    wanted: Wanted = Wanted.ON,
    ha: bool = True,
    bridge: str = "xenbr0",
) -> VmDocument:
    config = VmConfig(
        id=new_id(),
        name=name,
        memory=memory,
        max_memory=memory,
        vcpus=1,
        max_vcpus=1,
        vifs=(Vif(mac="52:54:00:00:00:01", bridge=bridge),),
        ha=ha,
    )
    return VmDocument.model_construct(
        config=config, generation=1, wanted=wanted, placed_on=on, migrating_to=to
    )


def tolerating(count: int, *rules: AffinityRule) -> HaSettings:
    return HaSettings(enabled=True, tolerate=count, rules=rules)


A, B, C = server("a"), server("b"), server("c")
C_FULL = vm("other", "c", 4096, ha=False)


@pytest.mark.parametrize(
    ("vms", "tolerate", "failing", "stranded"),
    [
        ([vm("v1", "a", 4096), vm("v2", "b", 4096)], 1, None, None),
        ([vm("v1", "a", 4096), vm("v2", "b", 4096), vm("v3", "c", 1024)], 1, ("a",), ("v1",)),
        ([vm("v1", "a", 4096), vm("v2", "b", 4096)], 2, ("a", "b"), ("v2",)),
        ([vm("v1", "a", 2048), vm("v2", "b", 2048)], 2, None, None),
        # All servers at once leave nothing.
        ([vm("v1", "a", 32)], 3, ("a", "b", "c"), ("v1",)),
        ([vm("v1", "a", 32)], 9, ("a", "b", "c"), ("v1",)),
        ([vm("v1", "a", 32)], 0, None, None),
        # What is not guarded only takes room, and takes none when its server fails.
        ([vm("v1", "a", 4096, ha=False), vm("v2", "a", 32)], 1, None, None),
        ([vm("v1", "b", 4096, ha=False), vm("v2", "a"), C_FULL], 1, ("a",), ("v2",)),
        (
            [vm("v1", "a", 4096, wanted=Wanted.OFF), vm("v2", "b", 32, ha=False), C_FULL],
            1,
            None,
            None,
        ),
        # It waits for room already: no failure makes that worse.
        ([vm("v1", None, 9000)], 1, None, None),
        # While it moves it takes room on both servers.
        ([vm("v1", "a", 4096, to="b"), vm("v2", "c", 4096)], 1, ("c",), ("v2",)),
        ([vm("v1", "a", 4096, bridge="br9")], 1, ("a",), ("v1",)),
    ],
)
def test_what_a_failure_would_strand(
    vms: list[VmDocument],
    tolerate: int,
    failing: tuple[str, ...] | None,
    stranded: tuple[str, ...] | None,
) -> None:
    found = shortage([A, B, C], vms, tolerating(tolerate))
    assert (found and (found.failing, found.stranded)) == (failing and (failing, stranded))


def test_nothing_is_kept_where_ha_is_off() -> None:
    vms = [vm("v1", "a", 4096), vm("v2", "b", 4096), vm("v3", "c", 4096)]
    assert shortage([A, B, C], vms, tolerating(1)) is not None
    assert shortage([A, B, C], vms, HaSettings(enabled=False, tolerate=1)) is None


@pytest.mark.parametrize(
    "changes", [{"maintenance": True}, {"reachable": False}, {"vm_role": False}]
)
def test_a_server_that_takes_no_guests_is_no_help(changes: dict[str, bool]) -> None:
    vms = [vm("v1", "a", 4096)]
    assert shortage([A, B], vms, tolerating(1)) is None
    assert shortage([A, server("b", **changes)], vms, tolerating(1)) is not None


def test_strict_rules_bind_and_soft_ones_do_not() -> None:
    vms = [vm("v1", "a"), vm("v2", "b")]
    apart = rule(RuleKind.APART, "v1 v2")
    assert shortage([A, B, C], vms, tolerating(1, apart)) is None
    found = shortage([A, B], vms, tolerating(1, apart))
    assert found is not None and "rule apart-rule" in found.why
    soft = rule(RuleKind.APART, "v1 v2", strict=False)
    assert shortage([A, B], vms, tolerating(1, soft)) is None
    pinned = rule(RuleKind.ON, "v1", "a")
    assert shortage([A, B, C], vms, tolerating(1, pinned)) is not None


def test_the_refusal_names_the_failure_and_what_would_not_fit() -> None:
    after = shortage([A, B], [vm("v1", "a", 3000), vm("v2", "b", 3000)], tolerating(1))
    with pytest.raises(Refused) as refused:
        check("vm v2", None, after)
    assert refused.value.code == "ha.admission"
    assert str(refused.value) == (
        "vm v2: if a failed, v1 could not be restarted: v1 on "
        "a: it has failed; b: 1096 MiB are free, 3000 MiB are needed"
    )
    assert refused.value.details == {"failing": ["a"], "stranded": ["v1"]}


def test_a_pool_that_is_short_already_may_do_what_makes_it_no_worse() -> None:
    short = shortage([A, B], [vm("v1", "a", 3000), vm("v2", "b", 3000)], tolerating(1))
    worse = shortage([A, B], [vm("v1", "a", 3000), vm("v2", "b", 3500)], tolerating(1))
    assert short is not None and worse is not None
    check("vm v1", short, None)
    check("vm v1", short, short)
    check("vm v1", worse, short)
    with pytest.raises(Refused):
        check("vm v1", short, worse)


def test_the_board_is_as_before_after_each_failure_that_was_played_through() -> None:
    """Were anything left behind, the later servers would look fuller than they are."""
    many = [server(f"s{n:02}") for n in range(12)]
    vms = [vm(f"v{n}", f"s{n:02}", 4096) for n in range(10)]
    assert shortage(many, vms, tolerating(2)) is None


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 2))
def test_one_more_server_never_makes_it_worse(seed: int, tolerate: int) -> None:
    servers, vms = some_pool(Random(seed), 5, 14)
    without = shortage(servers, vms, tolerating(tolerate))
    with_it = shortage([*servers, server("huge", 99_999)], vms, tolerating(tolerate))
    assert (with_it.memory if with_it else 0) <= (without.memory if without else 0)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**32))
def test_what_is_admitted_truly_fits(seed: int) -> None:
    """Counted without the board: whatever fails, what is left has the room for all HA VMs together."""
    servers, vms = some_pool(Random(seed), 5, 12)
    if shortage(servers, vms, tolerating(2)) is not None:
        return
    for failing in combinations([s.name for s in servers], 2):
        left = [s for s in servers if s.name not in failing]
        need = sum(
            v.config.max_memory
            for v in vms
            if v.placed_on not in failing or (v.config.ha and v.wanted is Wanted.ON)
        )
        assert need <= sum(s.memory - RESERVE for s in left)


def some_pool(random: Random, servers: int, vms: int) -> tuple[list[Candidate], list[VmDocument]]:
    """No server is overfull."""
    members = [server(f"s{n:02}", random.choice([4096, 8192])) for n in range(servers)]
    free = {s.name: s.memory - RESERVE for s in members}
    documents = []
    for n in range(vms):
        memory = random.choice([256, 512, 1024, 2048])
        fitting = sorted(name for name, room in free.items() if room >= memory)
        if fitting:
            on = random.choice(fitting)
            free[on] -= memory
            documents.append(vm(f"v{n}", on, memory, ha=random.random() < 0.7))
    return members, documents


@pytest.mark.parametrize("tolerate", [1, 3, 16])
def test_a_large_pool_is_checked_quickly(tolerate: int) -> None:
    members = [server(f"s{n:02}", 64 * 1024) for n in range(64)]
    vms = [vm(f"v{n}", f"s{n % 64:02}", 2048) for n in range(1000)]
    began = time.process_time()
    assert shortage(members, vms, tolerating(tolerate)) is None
    assert time.process_time() - began < 10


def test_in_a_large_pool_the_heaviest_servers_are_among_those_that_fail() -> None:
    members = [server(f"s{n:02}", 4096) for n in range(40)]
    members += [server("big1", 65536), server("big2", 65536), server("big3", 65536)]
    vms = [vm(f"v{n}", f"big{n % 3 + 1}", 8192) for n in range(16)]
    found = shortage(members, vms, tolerating(2))
    assert found is not None
    assert set(found.failing) <= {"big1", "big2", "big3"} and len(found.failing) == 2
