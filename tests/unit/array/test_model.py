"""The array's model: what every sequence of commands keeps."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from millpond.array.model import (
    classic,
    disks,
    groups,
    initiators,
    metaluns,
    ownership,
    pool_luns,
    pools,
    raid,
    raid_groups,
)
from millpond.array.model.refusals import REASONS, Refusal
from millpond.array.model.state import State, apply, difference
from millpond.array.model.types import SPS, LunKind
from millpond.array.model.units import BLOCKS
from tests.unit.array.arrays import DISK, IQN, array

GB = BLOCKS["gb"]
numbers = st.integers(0, 6)
disk_lists = st.lists(
    st.integers(0, 9).map(lambda slot: f"0_0_{slot}"), min_size=1, max_size=5, unique=True
)
sizes = st.integers(1, 200).map(lambda gigabytes: gigabytes * GB)


class Commands(RuleBasedStateMachine):
    """Any commands in any order; those that are refused change nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.state = array()
        self.names: dict[str, int] = {}

    def try_(self, command, *args, **options) -> None:
        before, old = self.state, self.state.model_dump()
        try:
            self.state = command(self.state, *args, **options)
        except Refusal as refusal:
            assert refusal.key in REASONS
        assert before.model_dump() == old, "a command changed the state that it was given"
        assert apply(before, difference(before, self.state)) == self.state

    @rule(name=st.sampled_from("PQ"), chosen=disk_lists, kind=st.sampled_from(raid.POOL_TYPES))
    def create_pool(self, name, chosen, kind) -> None:
        self.try_(pools.create, name, chosen, kind)

    @rule(number=numbers, chosen=disk_lists, kind=st.sampled_from(raid.GROUP_TYPES))
    def create_raid_group(self, number, chosen, kind) -> None:
        self.try_(raid_groups.create, number, chosen, kind)

    @rule(number=numbers)
    def remove_raid_group(self, number) -> None:
        self.try_(raid_groups.remove, number)

    @rule(pool=numbers)
    def destroy_pool(self, pool) -> None:
        if pool in self.state.pools:
            self.try_(pools.destroy, pool)

    @rule(
        pool=numbers,
        blocks=sizes,
        number=st.none() | numbers,
        thin=st.booleans(),
        far=st.booleans(),
    )
    def create_lun(self, pool, blocks, number, thin, far) -> None:
        if found := self.state.pools.get(pool):
            kind = LunKind.THIN if thin else LunKind.THICK
            options = {"kind": kind, "number": number, "ignore_thresholds": far}
            self.try_(pool_luns.create, {}, found, blocks, **options)

    @rule(number=numbers, blocks=sizes)
    def expand_lun(self, number, blocks) -> None:
        self.try_(pool_luns.expand, {}, number, blocks)

    @rule(number=numbers)
    def destroy_lun(self, number) -> None:
        self.try_(pool_luns.destroy, number)

    @rule(
        kind=st.sampled_from(["r5", "r1_0"]),
        number=numbers,
        group=numbers,
        blocks=st.none() | sizes,
    )
    def bind(self, kind, number, group, blocks) -> None:
        self.try_(classic.bind, kind, number, group, blocks)

    @rule(number=numbers)
    def unbind(self, number) -> None:
        self.try_(classic.unbind, number)

    @rule(base=numbers, added=st.lists(numbers, max_size=3), join=st.sampled_from("SC"))
    def expand_metalun(self, base, added, join) -> None:
        self.try_(metaluns.expand, base, added, join)

    @rule(number=numbers)
    def destroy_metalun(self, number) -> None:
        self.try_(metaluns.destroy, number)

    @rule(name=st.sampled_from("XY"))
    def create_group(self, name) -> None:
        self.try_(groups.create, name)

    @rule(name=st.sampled_from("XY"))
    def destroy_group(self, name) -> None:
        self.try_(groups.destroy, name)

    @rule(name=st.sampled_from("XY"), hlu=numbers, alu=numbers)
    def add_hlu(self, name, hlu, alu) -> None:
        self.try_(groups.add_hlu, name, hlu, alu)

    @rule(name=st.sampled_from("XY"), hlu=numbers)
    def remove_hlu(self, name, hlu) -> None:
        self.try_(groups.remove_hlu, name, hlu)

    @rule(sp=st.sampled_from(SPS), host=st.sampled_from("mn"), group=st.sampled_from([None, "X"]))
    def register(self, sp, host, group) -> None:
        self.try_(initiators.register, f"{IQN}.{host}", sp, 0, group=group, host=host)

    @rule(name=st.sampled_from("XY"), host=st.sampled_from("mn"))
    def connect(self, name, host) -> None:
        self.try_(groups.connect_host, name, host)

    @rule(numbers=st.lists(numbers, max_size=3), sp=st.sampled_from(SPS))
    def trespass(self, numbers, sp) -> None:
        self.try_(ownership.trespass, numbers, sp)

    @invariant()
    def a_disk_has_one_owner(self) -> None:
        used = [d for p in self.state.pools.values() for d in p.disks]
        used += [d for g in self.state.raid_groups.values() for d in g.disks]
        assert len(used) == len(set(used))
        assert len(disks.free(self.state)) == len(self.state.disks) - len(used)

    @invariant()
    def no_more_is_reserved_than_there_is(self) -> None:
        for pool in self.state.pools.values():
            capacity = pools.capacity(self.state, pool, {})
            assert 0 < capacity.user < capacity.raw
            assert 0 <= capacity.consumed <= capacity.user
        for group in self.state.raid_groups.values():
            bound, end = 0, 0
            for first, blocks in raid_groups.pieces(self.state, group):
                assert first >= end, "two LUNs on the same blocks"
                bound, end = bound + blocks, first + blocks
            free = sum(blocks for _, blocks in raid_groups.gaps(self.state, group))
            assert bound + free == raid_groups.capacity(self.state, group)

    @invariant()
    def a_lun_is_one_thing(self) -> None:
        parts = [p.number for m in self.state.metaluns.values() for p in m.components[1:]]
        assert len(parts) == len(set(parts))
        assert not set(parts) & set(self.state.luns)
        assert set(self.state.metaluns) <= set(self.state.luns)
        for lun in self.state.luns.values():
            homes = self.state.pools if lun.pooled else self.state.raid_groups
            assert lun.home in homes

    @invariant()
    def a_mapping_is_to_a_lun(self) -> None:
        for group in self.state.groups.values():
            alus = list(group.hlus.values())
            assert len(alus) == len(set(alus))
            assert set(alus) <= set(self.state.luns)
        for path in self.state.initiators.values():
            assert path.group is None or path.group in self.state.groups

    @invariant()
    def a_wwn_is_never_given_twice(self) -> None:
        for lun in self.state.luns.values():
            assert self.names.setdefault(lun.wwn, lun.number) == lun.number


TestCommands = Commands.TestCase
TestCommands.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


@pytest.mark.parametrize(
    ("kind", "count", "expected"),
    [("r5", 5, 4), ("r6", 8, 6), ("r1_0", 4, 2), ("r1", 2, 1), ("r0", 3, 3), ("hot_spare", 1, 0)],
)
def test_capacity_of_a_raid_group(kind: str, count: int, expected: int) -> None:
    """In disks."""
    state = raid_groups.create(array(15), 1, [f"0_0_{n}" for n in range(count)], kind)
    assert raid_groups.capacity(state, state.raid_groups[1]) == expected * DISK


def test_pool_of_two_tiers() -> None:
    state = pools.create(array(), "P", [f"0_0_{n}" for n in range(10)])
    found = pools.tiers(state, state.pools[0])
    assert [(tier.label, blocks) for tier, blocks in found] == [
        ("Performance", 4 * DISK),
        ("Capacity", 4 * DISK),
    ]


def test_thin_luns_are_over_committed_and_thick_ones_are_not() -> None:
    state = pools.create(array(), "P", [f"0_0_{n}" for n in range(5)])
    pool = state.pools[0]
    state = pool_luns.create(state, {}, pool, 1000 * GB, kind=LunKind.THIN, number=7)
    capacity = pools.capacity(state, pool, {7: 300 * GB})
    assert (capacity.oversubscribed, capacity.available) == (600 * GB, 100 * GB)
    with pytest.raises(Refusal) as refusal:
        pool_luns.create(state, {7: 300 * GB}, pool, 101 * GB, ignore_thresholds=True)
    assert refusal.value.key == "lun.full"
    with pytest.raises(Refusal) as refusal:
        pool_luns.create(state, {7: 200 * GB}, pool, 100 * GB)
    assert refusal.value.key == "lun.threshold"


def test_a_metalun_keeps_the_wwn_of_its_base_and_frees_everything_when_destroyed() -> None:
    state: State = raid_groups.create(array(), 0, [f"0_0_{n}" for n in range(5)], "r5")
    for number in (0, 1, 2):
        state = classic.bind(state, "r5", number, 0, 100 * GB)
    wwn = state.luns[0].wwn
    state = metaluns.expand(state, 0, [1])
    state = metaluns.expand(state, 0, [2], "C")
    assert (state.luns[0].wwn, state.luns[0].blocks) == (wwn, 300 * GB)
    assert state.metaluns[0].join == ("S", "C")
    with pytest.raises(Refusal, match="feature of the Storage System"):
        classic.unbind(state, 0)
    state = metaluns.destroy(state, 0)
    assert raid_groups.gaps(state, state.raid_groups[0]) == [(0, 400 * GB)]
