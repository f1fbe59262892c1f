"""Who is master: by the record and by the lease, never two at once."""

import pytest

from millpond.domain.errors import Refused
from millpond.domain.leases import SUCCESSION
from millpond.domain.server import Role
from millpond.operations.pool_members import PoolSetRolesSpec
from millpond.sim.cluster import ServerSpec
from tests.unit.ha_loops.worlds import EVERY_ROLE, NAMES, NO_DEVICES, World, world

AT = 5.0


def hand_over(w: World, name: str) -> None:
    """As ``millpond pool roles`` does."""
    roles = EVERY_ROLE | {Role.MASTER}
    w.manager.ask("pool.set_roles", PoolSetRolesSpec(pool="pool1", server=name, roles=roles))


def test_the_first_master_takes_the_lease_and_keeps_its_term() -> None:
    with world() as w:
        w.run_until(60)
        assert w.master_lease() == "s1"
        assert (w.pool().master.name, w.pool().term) == ("s1", 1)


def test_a_restarted_master_takes_the_lease_again_at_once() -> None:
    with world() as w:
        w.run_until(AT)
        w.do("agent s1 kill")
        assert w.master_lease() is None
        w.run_until(AT + 4)
        assert w.master_lease() == "s1"
        w.run_until(100)
        assert (w.pool().master.name, w.pool().term) == ("s1", 1)


def test_a_dead_master_is_replaced_after_its_server_is_proven_dead() -> None:
    with world(vms=("s1",)) as w:
        w.run_until(AT)
        w.do("power s1 off")
        w.run_until(AT + w.timing.bound_fenced)
        pool = w.pool()
        assert pool.term == 2
        assert pool.master.name in ("s2", "s3")
        assert w.master_lease() == pool.master.name
        roles = {m.name: m.roles for m in pool.members}
        assert roles["s1"] == EVERY_ROLE
        assert sum(Role.MASTER in r for r in roles.values()) == 1
        w.run_until(60)
        assert w.where("vm-s1")
        (story,) = w.failovers()
        assert (story.server_name, story.term) == ("s1", 2)
        assert story.fenced is not None


def test_the_old_master_comes_back_as_a_member() -> None:
    with world() as w:
        w.run_until(AT)
        w.do("power s1 off")
        w.run_until(150)
        assert w.machines["s1"].on
        membership = w.machines["s1"].membership
        assert membership is not None
        assert (membership.master, membership.term) == (w.pool().master.id, 2)


def test_the_member_with_most_memory_becomes_master() -> None:
    sizes = {"s1": 8192, "s2": 8192, "s3": 65536}
    servers = tuple(ServerSpec(name=n, memory=m) for n, m in sizes.items())
    with world(server=servers) as w:
        w.run_until(AT)
        w.do("power s1 off")
        w.run_until(60)
        assert w.pool().master.name == "s3"


def test_without_devices_the_master_is_replaced_when_its_lease_is_dead() -> None:
    with world(server=NO_DEVICES) as w:
        w.run_until(AT)
        w.do("power s1 off")
        w.run_until(AT + w.timing.host_dead - w.timing.renewal - 1)
        assert w.pool().term == 1
        w.run_until(AT + w.timing.bound_by_leases + w.timing.detection)
        assert w.pool().term == 2


@pytest.mark.parametrize("setting", ["enabled", "armed"])
def test_where_ha_may_not_act_the_pool_still_gets_a_master_but_nobody_is_fenced(
    setting: str,
) -> None:
    """Or nobody could be told any more to arm it again."""
    with world(**{setting: False}) as w:
        w.run_until(AT)
        w.do("power s1 off")
        w.run_until(200)
        assert w.pool().term == 2
        assert not w.machines["s1"].on
        assert not any("fencing: server" in line for line in w.journal.lines)


def test_a_master_that_may_be_booting_is_not_fenced() -> None:
    """All servers lost their power, and the others are up first: they never saw it alive."""
    with world() as w:
        w.run_until(AT)
        w.do("power all off")
        w.do("power s2 on")
        w.do("power s3 on")
        w.run_until(AT + 70)
        w.do("power s1 on")
        w.run_until(180)
        assert not any("fencing: server s1" in line for line in w.journal.lines)
        assert (w.pool().master.name, w.pool().term) == ("s1", 1)


def test_only_the_holder_of_the_succession_lease_fences_a_master() -> None:
    with world() as w:
        w.run_until(AT)
        w.do("power s1 off")
        while not any("fencing: server s1" in line for line in w.journal.lines):
            w.run_until(w.now() + 0.1)
        fencing = [line for line in w.journal.lines if "fencing: server s1" in line]
        assert len(fencing) == 1
        assert f" {w.holder(SUCCESSION)}: " in fencing[0]


def test_a_master_that_answers_is_not_fenced_and_replaced_once_its_lease_is_dead() -> None:
    """It lost the storage, so that it neither renews nor leads; but it lives on the network."""
    with world(vms=("s1",)) as w:
        w.run_until(AT)
        w.do("storage s1 off")
        w.run_until(AT + w.timing.bound_by_leases + w.timing.detection)
        assert not any("fencing: server s1" in line for line in w.journal.lines)
        assert w.pool().term == 2


def test_an_agent_that_is_gone_for_good_loses_the_role_and_its_server_nothing() -> None:
    with world(vms=("s1",)) as w:
        w.run_until(AT)
        w.do("agent s1 stop")
        w.run_until(AT + w.timing.isolated - 5)
        assert w.pool().term == 1
        w.run_until(120)
        assert w.pool().term == 2
        assert w.where("vm-s1") == ["s1"]
        assert w.machines["s1"].on
        assert w.failovers() == []


def test_a_frozen_master_that_wakes_up_judges_nobody_for_its_own_sleep() -> None:
    """Its clock says that it heard of nobody for a minute."""
    with world(vms=("s2", "s3")) as w:
        w.run_until(AT)
        w.do("agent s1 freeze")
        w.run_until(AT + 60)
        w.do("agent s1 thaw")
        w.run_until(150)
        assert not w.said("s1", "fencing: server")
        assert w.where("vm-s2") == ["s2"]
        assert w.where("vm-s3") == ["s3"]


def test_mastership_is_handed_over_in_order() -> None:
    with world() as w:
        w.run_until(AT)
        hand_over(w, "s3")
        w.run_until(AT + 3)
        assert (w.pool().master.name, w.pool().term) == ("s3", 2)
        assert w.master_lease() == "s3"
        w.run_until(AT + 10)
        for name in NAMES:
            membership = w.machines[name].membership
            assert membership is not None
            assert (membership.master, membership.term) == (w.pool().master.id, 2)
        w.do("power s2 off")
        w.run_until(60)
        assert w.where("vm-s2") in (["s1"], ["s3"])


def test_whoever_becomes_master_goes_on_with_a_failover() -> None:
    """The master dies in the middle of one: its successor ends that very story."""
    with world(vms=("s2",), server=(*NO_DEVICES, ServerSpec(name="s4"))) as w:
        w.run_until(AT)
        w.do("power s2 off")
        w.run_until(AT + w.timing.detection + 2)
        (begun,) = w.failovers()
        w.do("power s1 off")
        w.run_until(300)
        stories = {f.server_name: f for f in w.failovers()}
        assert stories["s2"].id == begun.id
        assert stories["s2"].ended is not None
        assert w.where("vm-s2")


def test_nobody_but_the_master_of_the_highest_term_commands() -> None:
    with world() as w:
        w.run_until(AT)
        hand_over(w, "s3")
        w.run_until(AT + 10)
        ids = {n: m.hardware.id for n, m in w.machines.items()}
        ha = w.programs["s2"].ha

        def refused(server: str, term: int | None) -> str:
            with pytest.raises(Refused) as caught:
                w.loop.run_until_complete(ha.admit(server, term))
            return caught.value.code

        w.loop.run_until_complete(ha.admit(ids["s3"], 2))
        assert refused(ids["s1"], 1) == "pool.deposed"
        assert refused(ids["s1"], 3) == "auth.denied"  # it claims what the record does not say
        assert refused(ids["s1"], None) == "auth.denied"
        assert refused("stranger", 2) == "auth.denied"
        pulse = w.loop.run_until_complete(w.programs["s2"].ha.pulse(w.pool_id, 2, ids["s3"]))
        assert any("commanded it as master of term 1" in p for p in pulse.problems)


def test_a_new_master_is_believed_because_the_storage_says_so() -> None:
    """The member was away while the role moved, and is called by somebody it does not know."""
    with world() as w:
        w.run_until(AT)
        w.do("network s2 off")
        hand_over(w, "s3")
        w.run_until(AT + 5)
        membership = w.machines["s2"].membership
        assert membership is not None
        new = w.machines["s3"].hardware.id
        w.loop.run_until_complete(w.programs["s2"].ha.admit(new, 2))
        assert w.machines["s2"].membership is not None
        assert w.machines["s2"].membership.master == new


def test_a_master_that_came_back_as_it_was_fenced_is_switched_on_again() -> None:
    """By the member that fenced it, though another one became master: nobody else knows of it."""
    with world(vms=("s2",)) as w:
        w.run_until(AT)
        w.do("bmc s1 silent")
        w.do("power s1 off")
        w.run_until(17)
        w.do("power s1 on")
        w.run_until(34)
        w.do("bmc s1 slow")
        w.run_until(50)
        assert w.said("s2", "no new master is needed", "renews its lease again")
        w.do("libvirt s2 stop")
        w.run_until(200)
        assert w.said("world", "s1 is powered off by its BMC")
        assert w.pool().master.name == "s3"
        assert w.said("s2", "powering on", "server s1")
        assert w.said("world", "s1 is powered on by its BMC")
        assert w.said("s1", "joined the lockspace")
