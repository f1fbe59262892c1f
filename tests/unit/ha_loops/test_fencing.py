"""Devices, levels, and what is believed."""

import asyncio
from itertools import pairwise

import pytest
from pydantic import SecretStr

from millpond.domain.errors import Failed, Refused
from millpond.domain.fencing import FenceDevice, FencingDocument
from millpond.domain.server import Role
from millpond.ports.luns import Reservation
from millpond.sim.cluster import ROOT, ServerSpec
from millpond.sim.simulation import When
from tests.unit.ha_loops.worlds import World, world

AT = 5.0


def ipmi(w: World, name: str, server: str, level: int, timeout: float = 20.0) -> FenceDevice:
    return FenceDevice(
        name=name,
        agent="fence_ipmilan",
        level=level,
        arguments={"ip": w.machines[server].hardware.address},
        secrets={"password": SecretStr("calvin")},
        timeout=timeout,
    )


def broken(name: str, level: int) -> FenceDevice:
    """Its agent is not installed."""
    return FenceDevice(name=name, agent="fence_none", level=level)


def scsi(name: str = "pr", level: int = 9) -> FenceDevice:
    return FenceDevice(name=name, agent="scsi-pr", level=level, arguments={"key": "2"})


def give(w: World, server: str, *devices: FenceDevice) -> None:
    records = w.storage.fencing
    now = w.loop.run_until_complete(records.fencing(ROOT))
    members = now.members | {w.machines[server].hardware.id: devices}
    document = FencingDocument(generation=now.generation + 1, members=members)
    w.loop.run_until_complete(w.programs["s1"].ha.put_fencing(document))


def put(w: World, server: str, *devices: FenceDevice) -> None:
    """Past the check of their arguments, which ``broken`` does not stand."""
    records = w.storage.fencing
    now = w.loop.run_until_complete(records.fencing(ROOT))
    members = now.members | {w.machines[server].hardware.id: devices}
    document = FencingDocument(generation=now.generation + 1, members=members)
    w.loop.run_until_complete(records.put_fencing(ROOT, document))
    session = w.programs["s1"].ha._session
    assert session is not None
    w.loop.run_until_complete(session.fencer.read())


def test_all_devices_of_a_level_have_to_confirm_else_the_next_level_is_tried() -> None:
    with world() as w:
        w.run_until(AT)
        put(w, "s2", ipmi(w, "one", "s2", 1), broken("half", 1), ipmi(w, "two", "s2", 2))
        w.do("power s2 off")
        w.run_until(60)
        (story,) = w.failovers()
        assert story.how.startswith("two ")
        assert "one" not in story.how
        assert w.where("vm-s2")


@pytest.mark.parametrize("works", [True, False])
def test_reservations_are_tried_before_the_power_whatever_their_level(works: bool) -> None:
    with world() as w:
        w.run_until(AT)
        w.luns.held = {"a": Reservation(frozenset({1, 2}), guards=True)}
        give(w, "s2", ipmi(w, "bmc", "s2", 1), scsi())
        if not works:
            w.luns.deaf = {"a"}
        w.do("power s2 off")
        w.run_until(60)
        (story,) = w.failovers()
        assert story.how.startswith("pr (scsi-pr)" if works else "bmc (power)")
        assert w.luns.held["a"].keys == ({1} if works else {1, 2})
        assert len(w.where("vm-s2")) == 1
        assert w.machines["s2"].boots == 2, "it is let back by its BMC either way"


def _two_levels(w: World, server: str) -> None:
    """A BMC that takes its whole time to say nothing, and a power strip that works."""
    w.do(f"bmc {server} silent")
    strip = ipmi(w, "strip", server, 2)
    strip = strip.model_copy(update={"arguments": {"ip": w.machines[server].hardware.strip}})
    give(w, server, ipmi(w, "bmc", server, 1), strip)


@pytest.mark.parametrize(("server", "back"), [("s2", "s1"), ("s1", "s1")])
def test_a_server_that_comes_to_is_not_switched_off_by_its_next_device(
    server: str, back: str
) -> None:
    """Whoever fences it: the master, or a member that is about to replace it."""
    with world(vms=(server,), outage=10) as w:
        w.run_until(AT)
        _two_levels(w, server)
        w.do(f"freeze {server}")
        w.run_until(AT + w.timing.lease_lost - w.timing.renewal - 1)
        assert any("fencing: server" in line for line in w.journal.lines)
        w.do(f"thaw {server}")
        w.run_until(AT + 60)
        assert w.machines[server].boots == 1
        assert w.where(f"vm-{server}") == [server]
        assert w.master_lease() == back


def test_a_fence_does_not_wait_for_the_storage() -> None:
    """Meanwhile the server may be alive again, and its devices are known."""
    with world() as w:
        w.run_until(AT)
        read = w.storage.fencing.fencing

        async def late(root: str) -> FencingDocument:
            await asyncio.sleep(w.timing.bound_fenced)
            return await read(root)

        w.storage.fencing.fencing = late  # type: ignore[method-assign]
        w.do("power s2 off")
        w.run_until(AT + w.timing.detection + w.timing.start)
        assert len(w.where("vm-s2")) == 1


def test_a_failed_fence_is_tried_again_later_and_later() -> None:
    with world() as w:
        w.run_until(AT)
        w.do("bmc s2 failing")
        w.do("power s2 off")
        w.run_until(AT + w.timing.detection + 45)
        tried = [
            float(line.split()[0].removeprefix("t="))
            for line in w.journal.lines
            if "fencing: server s2" in line
        ]
        pauses = [b - a for a, b in pairwise(tried)]
        assert len(pauses) >= 2
        assert pauses[0] >= 10
        assert pauses == sorted(pauses)
        w.do("bmc s2 ok")
        w.run_until(w.now() + 45)
        (story,) = w.failovers()
        assert "ipmi" in story.how


def test_a_device_that_answers_for_another_server_is_found_by_the_check() -> None:
    """It says off while its server lives: it is switched off for somebody else, or lies."""
    with world() as w:
        w.do("power s3 off")
        put(w, "s2", ipmi(w, "wrong", "s3", 1))
        w.run_until(130)
        assert w.said("s1", "alarm", "wrong of s2 is not relied upon")


def test_a_server_that_dies_during_the_check_of_its_device_makes_it_no_liar() -> None:
    """It says off while the server still passes for alive."""
    with world() as w:
        w.run_until(AT)
        w.do("power s2 off")
        give(w, "s2", ipmi(w, "ipmi", "s2", 1))
        w.run_until(AT + w.timing.bound_fenced)
        assert not w.said("s1", "is not relied upon")
        assert w.where("vm-s2")


def test_a_device_that_does_not_answer_is_an_alarm_that_ends_with_it() -> None:
    with world() as w:
        w.do("bmc s3 silent")
        w.run_until(150)
        assert w.said("s1", "alarm: ", "ipmi of s3 does not answer")
        w.do("bmc s3 ok")
        w.run_until(300)
        assert w.said("s1", "alarm over: ", "ipmi of s3 does not answer")


def test_that_a_server_cannot_be_fenced_is_an_alarm_until_it_is_heard_of_again() -> None:
    with world(vms=("s2",), outage=10) as w:
        w.run_until(AT)
        w.do("bmc s2 silent")
        w.do("power s2 off")
        w.run_until(50)
        assert w.said("s1", "alarm: ", "s2 could not be fenced")
        w.do("bmc s2 ok")
        w.do("power s2 on")
        w.run_until(100)
        assert w.said("s1", "alarm over: ", "s2 could not be fenced")


def test_devices_are_checked_as_they_are_set_and_secrets_stay_here() -> None:
    with world() as w:
        w.run_until(AT)
        with pytest.raises(Refused) as caught:
            give(w, "s2", broken("none", 1))
        assert caught.value.code == "fence.invalid"
        give(w, "s2", ipmi(w, "ipmi", "s2", 1))
        ha = w.programs["s1"].ha
        told = w.loop.run_until_complete(ha.fencing())
        secrets = [d.secrets for devices in told.members.values() for d in devices]
        assert secrets
        assert all(s == {"password": SecretStr("")} for s in secrets)
        id_ = w.machines["s2"].hardware.id
        assert w.loop.run_until_complete(ha.check_fencing(id_)) == ["ipmi: on"]
        w.do("bmc s2 failing")
        with pytest.raises(Failed, match="ipmi"):
            w.loop.run_until_complete(ha.check_fencing(id_))


def test_members_say_who_answers_such_questions() -> None:
    with world() as w:
        w.run_until(AT)
        for question in (w.programs["s2"].ha.status(), w.programs["s2"].ha.fencing()):
            with pytest.raises(Refused) as caught:
                w.loop.run_until_complete(question)
            assert caught.value.code == "server.role"


def test_the_promise_counts_every_level_with_its_slowest_device() -> None:
    with world() as w:
        w.run_until(AT)
        both = [ipmi(w, "a", "s2", 1, 15.0), ipmi(w, "b", "s2", 1, 25.0)]
        give(w, "s2", *both, ipmi(w, "c", "s2", 2, 5.0))
        give(w, "s3", ipmi(w, "d", "s3", 1, 8.0))
        w.run_until(AT + 5)
        promised = w.timing.detection + 25 + 5 + w.timing.start
        status = w.loop.run_until_complete(w.programs["s1"].ha.status())
        assert status.promised_fenced == promised, "that of the slowest server"
        w.do("power s2 off")
        w.run_until(60)
        (story,) = w.failovers()
        assert story.promised == promised


@pytest.mark.parametrize("dead", ["s2", "s1"])
def test_devices_that_are_waited_for_longer_than_the_leases_hold_up_nobody(dead: str) -> None:
    with world(vms=(dead,)) as w:
        w.run_until(AT)
        give(w, dead, ipmi(w, "slow", dead, 1, 300.0))
        w.do(f"bmc {dead} silent")
        w.do(f"power {dead} off")
        w.run_until(AT + w.timing.bound_by_leases)
        assert w.where(f"vm-{dead}")
        (story,) = w.failovers()
        assert story.promised == w.timing.bound_by_leases
        assert story.how == "its leases ran out"


@pytest.mark.parametrize("dead", ["s2", "s1"])
def test_one_whose_device_confirms_after_its_leases_ran_out_is_switched_on_again(dead: str) -> None:
    """Its device took that long; by then the pool may have another master."""
    with world(vms=(dead,)) as w:
        w.run_until(AT)
        give(w, dead, ipmi(w, "slow", dead, 1, 300.0))
        w.fencing._slow = 150.0
        w.do(f"bmc {dead} slow")
        w.do(f"power {dead} off")
        w.run_until(AT + 150)
        assert w.where(f"vm-{dead}")
        assert w.machines[dead].boots == 1
        w.run_until(AT + 400)
        assert w.machines[dead].boots == 2
        assert w.machines[dead].on


def strip(w: World, server: str, level: int) -> FenceDevice:
    hardware = w.machines[server].hardware
    there = ipmi(w, "strip", server, level)
    return there.model_copy(update={"arguments": {"ip": hardware.strip}})


def test_a_fence_that_went_on_stops_at_a_server_that_answers_the_new_master() -> None:
    """Its first device was waited for until its leases had run out, and longer."""
    with world(vms=("s1",)) as w:
        w.run_until(AT)
        give(w, "s1", ipmi(w, "slow", "s1", 1, 200.0), strip(w, "s1", 2))
        for line in ("bmc s1 silent", "network s1 off", "storage s1 off"):
            w.do(line)
        w.run_until(AT + 150)
        assert w.said("s2", "fencing: server s1")
        assert w.pool().master.name == "s2"
        assert w.where("vm-s1")
        w.do("network s1 on")
        w.run_until(AT + 300)
        assert w.machines["s1"].on
        assert w.machines["s1"].boots == 1
        assert not w.said("world", "s1 is powered off")


def test_who_was_fenced_is_switched_on_by_the_next_master() -> None:
    no_guests = ServerSpec(name="s1", roles=frozenset({Role.MASTER, Role.UTILITY}))
    servers = (no_guests, ServerSpec(name="s2", strip=True), ServerSpec(name="s3"))
    with world(server=servers) as w:
        w.run_until(AT)
        w.whens = [When("nothing is left of it: powering it on", ("power s1 off",))]
        w.do("bmc s2 failing")  # its strip is what does it, both times
        w.do("power s2 off")
        w.run_until(AT + 60)
        assert w.where("vm-s2") == ["s3"]
        assert w.pool().master.name == "s3"
        assert w.machines["s2"].boots == 1
        w.run_until(AT + 300)
        assert w.machines["s2"].boots == 2
        assert w.machines["s2"].on


def test_one_that_was_switched_off_by_hand_since_stays_off() -> None:
    """It had come back from its fence: that one is over."""
    with world() as w:
        w.run_until(AT)
        w.do("power s2 off")
        w.run_until(AT + 120)
        assert w.machines["s2"].boots == 2
        w.do("power s2 off")
        w.do("agent s1 kill")
        w.run_until(AT + 400)
        assert w.machines["s2"].boots == 2
        assert not w.machines["s2"].on
