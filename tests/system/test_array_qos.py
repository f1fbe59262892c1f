"""Limits on I/O classes, as initiators feel them."""

import struct
import time
from collections.abc import Iterator
from typing import Protocol

import pytest

from millpond.array.model import faults, groups, qos
from millpond.array.model.fault_types import FaultKind
from tests.support.initiator import Initiator
from tests.support.storage import Storage

pytestmark = [pytest.mark.slow, pytest.mark.thorough]


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Storage]:
    with Storage(tmp_path_factory.mktemp("qos") / "array") as running:
        running.array.run("security", "-certificate", "-setLevel", "low")
        yield running


class Nqm(Protocol):
    def __call__(self, line: str, status: int = 0) -> str: ...


@pytest.fixture
def nqm(storage: Storage) -> Iterator[Nqm]:
    """``nqm`` with these words; nothing of it is left afterwards."""

    def run(line: str, status: int = 0) -> str:
        done = storage.array.run("nqm", *line.split())
        assert done.returncode == status, done.stdout
        return done.stdout

    yield run
    storage.change(lambda s, _: s.model_copy(update={"io_classes": {}, "io_policies": {}}))


def rate(one: Initiator, lun: int, commands: int, blocks: int = 1, code: int = 0x28) -> float:
    """Commands in a second, eight at a time."""
    length = blocks * 512
    cdb = struct.pack(">BBIBHB", code, 0, 0, 0, blocks, 0)
    data = b"x" * length if code == 0x2A else b""
    begun, sent, under_way = time.monotonic(), 0, 0
    while sent < commands or under_way:
        while sent < commands and under_way < 8:
            one.send_command(lun, cdb, reads=0 if data else length, writes=len(data), data=data)
            sent, under_way = sent + 1, under_way + 1
        answer = one.receive()
        if answer.opcode == 0x21 or (answer.opcode == 0x25 and answer.header[1] & 1):
            assert answer.header[3] == 0
            under_way -= 1
    return commands / (time.monotonic() - begun)


HELD, FREE = 5 * 1.2, 5 * 1.8
"""Commands in a second: at most where 5 may come, and at least where any number may."""
MANY = 200
"""Commands where any number may come: a pause of the machine is little of the time that 5 in a second would take."""


def test_a_class_is_held_to_its_throughput_through_both_sps(storage: Storage, nqm: Nqm) -> None:
    nqm("-ioclass -create -name slow -iotype rw -luns 0 -ctrlmethod limit -gmetric tt -gval 5")
    nqm("-policy -create -name nightly -ioclasses slow")
    nqm("-run nightly")
    read = struct.pack(">BBIBHB", 0x28, 0, 0, 0, 1, 0)
    with storage.login("A") as one, storage.login("B", "two") as two:
        assert rate(one, 0, 20) < HELD
        assert rate(one, 1, MANY) > FREE
        begun = time.monotonic()
        for initiator in (one, two) * 10:
            initiator.send_command(0, read, reads=512)
        for initiator in (one, two) * 10:
            assert initiator.receive().header[3] == 0
        assert 20 / (time.monotonic() - begun) < 5 * 1.3
    text = nqm("-policy -list -name nightly")
    assert "Current State:  Running" in text
    assert "Goal Value:  5.0 IO/s" in text
    refused = nqm("-ioclass -modify -name slow -gval 60 -ctrlmethod limit", status=255)
    assert "while it is currently running" in refused
    nqm("-stop -o")
    with storage.login("A") as one:
        assert rate(one, 0, MANY) > FREE


def test_bandwidth_is_of_writes_of_a_size_alone(storage: Storage, nqm: Nqm) -> None:
    """20 KB/s for writes of 4 KB and more: 5 of 4 KB."""
    nqm(
        "-ioclass -create -name large -iotype w -minsize 4 -luns 0 "
        "-ctrlmethod limit -gmetric bw -gval 20"
    )
    nqm("-policy -create -name p -ioclasses large")
    nqm("-run p")
    with storage.login("A") as one:
        assert rate(one, 0, 20, blocks=8, code=0x2A) < HELD
        assert rate(one, 0, MANY, blocks=8) > FREE
        assert rate(one, 0, MANY, blocks=1, code=0x2A) > FREE
        nqm("-off")
        assert rate(one, 0, MANY, blocks=8, code=0x2A) > FREE
        assert "QoS Manager is off" in nqm("-run p", status=255)
        nqm("-on")


def test_what_waits_for_its_turn_does_not_reach_a_lun_that_was_taken_away(
    storage: Storage, nqm: Nqm
) -> None:
    nqm("-ioclass -create -name one -iotype w -luns 0 -ctrlmethod limit -gmetric tt -gval 1")
    nqm("-policy -create -name p -ioclasses one")
    nqm("-run p")
    with storage.login("A") as one:
        write = struct.pack(">BBIBHB", 0x2A, 0, 0, 0, 1, 0)
        tags = [one.send_command(0, write, writes=512, data=b"x" * 512) for _ in range(8)]
        assert [one.result(tag).status for tag in tags[:2]] == [0, 0]
        storage.change(lambda s, _: groups.remove_hlu(s, "everybody", 0))
        try:
            while (answer := one.receive()).tag != tags[-1]:
                pass
        finally:
            storage.change(lambda s, _: groups.add_hlu(s, "everybody", 0, 0))
    assert answer.header[3] == 2
    assert (answer.data[4], answer.data[14]) == (5, 0x25)


def test_what_waits_for_its_turn_can_be_aborted(storage: Storage, nqm: Nqm) -> None:
    nqm("-ioclass -create -name one -iotype r -luns 0 -ctrlmethod limit -gmetric tt -gval 1")
    nqm("-policy -create -name p -ioclasses one")
    nqm("-run p")
    with storage.login("A") as one:
        read = struct.pack(">BBIBHB", 0x28, 0, 0, 0, 1, 0)
        tags = [one.send_command(0, read, reads=512) for _ in range(20)]
        begun = time.monotonic()
        assert one.result(tags[0]).status == 0
        for tag in tags[2:]:
            assert one.manage(0, 1, tag) == 0
        assert time.monotonic() - begun < 10
        assert one.write(0, 0, b"x" * 512).status == 0


def test_a_policy_that_misses_its_goal_acts_when_nothing_is_left_to_hold_back(
    storage: Storage, nqm: Nqm
) -> None:
    """The class's own disk is slow: no other command is to blame."""
    nqm("-ioclass -create -name fast -iotype r -luns 0 -ctrlmethod cruise -gmetric rt -gval 5")
    nqm("-policy -create -name plain")
    nqm(
        "-policy -create -name p -ioclasses fast -failaction fallback -fallback plain -evalwindow 2"
    )
    storage.change(lambda s, u: faults.inject(s, u, FaultKind.SLOW, "0_0_0", 100))
    nqm("-run p")
    try:
        with storage.login("A") as one:
            deadline = time.monotonic() + 60
            while (policy := qos.running(storage.store.state())) and policy.name == "p":
                assert one.read(0, 0, 1).status == 0
                assert time.monotonic() < deadline
        assert policy is not None
        assert policy.name == "plain"
    finally:
        storage.change(lambda s, u: faults.repair(s, u, FaultKind.SLOW, "0_0_0"))
    assert "Policy p misses its goals" in storage.array.run("getlog", "-n", "5").stdout
