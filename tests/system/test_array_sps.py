"""Two storage processors, two processes: what one is told the other knows, and either may die."""

import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from millpond.array.model import groups, pool_luns, secrets
from millpond.array.model.types import SPS, Secret
from millpond.array.scsi.alua import NON_OPTIMIZED, OPTIMIZED, UNAVAILABLE
from millpond.array.state.peer import PATIENCE, other
from millpond.array.takeover import EVERY
from tests.support import qemu_io
from tests.support.arrays import until
from tests.support.initiator import Initiator, LoginFailed
from tests.support.qemu_io import Writer
from tests.support.storage import EXAMPLE, MIB, Storage

CONFLICT, ABORTED = 0x18, 0x40
REGISTER, RESERVE, PREEMPT_AND_ABORT = 0, 1, 5
WRITE_EXCLUSIVE_REGISTRANTS = 5
APTPL = 1
WRITE_ONE = struct.pack(">BBIBHB", 0x2A, 0, 0, 0, 1, 0)


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[Storage]:
    with Storage(tmp_path / "array") as running:
        yield running


def reserve(initiator: Initiator, key: int, flags: int = 0) -> None:
    assert initiator.reserve_out(0, REGISTER, service_key=key, flags=flags).status == 0
    kind = WRITE_EXCLUSIVE_REGISTRANTS
    assert initiator.reserve_out(0, RESERVE, key=key, kind=kind).status == 0


def test_a_host_fenced_through_one_sp_cannot_write_through_the_other(storage: Storage) -> None:
    with storage.login("A") as one, storage.login("B", "two") as two:
        assert two.reserve_out(0, REGISTER, service_key=2).status == 0
        reserve(one, 1)
        assert two.write(0, 0, b"2" * 512).status == 0
        kind = WRITE_EXCLUSIVE_REGISTRANTS
        done = one.reserve_out(0, PREEMPT_AND_ABORT, key=1, service_key=2, kind=kind)
        assert done.status == 0
        assert two.attentions(0) == [(0x2A, 0x05)]
        assert two.write(0, 0, b"x" * 512).status == CONFLICT
        assert two.read(0, 0, 1).data == b"2" * 512
        assert two.keys(0) == one.keys(0) == [1]
        with storage.login("A", "two") as again:
            assert again.write(0, 0, b"x" * 512).status == CONFLICT


def test_preempt_and_abort_ends_what_waits_for_its_data_in_the_other_sp(storage: Storage) -> None:
    with storage.login("A") as one, storage.login("B", "two") as two:
        assert two.reserve_out(0, REGISTER, service_key=2).status == 0
        reserve(one, 1)
        tag = two.send_command(0, WRITE_ONE, writes=512)
        ready = two.receive()
        assert ready.opcode == 0x31
        kind = WRITE_EXCLUSIVE_REGISTRANTS
        done = one.reserve_out(0, PREEMPT_AND_ABORT, key=1, service_key=2, kind=kind)
        assert done.status == 0
        two.data_out(ready, b"x" * 512)
        assert two.result(tag).status == ABORTED
        assert one.read(0, 0, 1).data == bytes(512)


def test_an_sp_that_does_not_end_commands_is_reset(storage: Storage) -> None:
    with storage.login("A") as one, storage.login("B", "two") as two:
        assert two.reserve_out(0, REGISTER, service_key=2).status == 0
        reserve(one, 1)
        storage.freeze("B")
        kind = WRITE_EXCLUSIVE_REGISTRANTS
        done = one.reserve_out(0, PREEMPT_AND_ABORT, key=1, service_key=2, kind=kind)
        assert done.status == 0
        assert storage.ended("B") == -9
        storage.kill("B")
        storage.start("B")
        with storage.login("B", "two") as again:
            assert again.write(0, 0, b"x" * 512).status == CONFLICT


@pytest.mark.parametrize(("flags", "kept"), [(APTPL, [7]), (0, [])])
def test_only_aptpl_survives_both_sps(storage: Storage, flags: int, kept: list[int]) -> None:
    with storage.login("A") as one:
        reserve(one, 7, flags)
    storage.kill("A")
    storage.start("A")
    with storage.login("A", "two") as two:
        assert two.keys(0) == [7]  # SP B lived on
    for sp in SPS:
        storage.kill(sp)
    for sp in SPS:
        storage.start(sp)
    with storage.login("B", "two") as two:
        assert two.keys(0) == kept
        assert two.write(0, 0, b"x" * 512).status == (CONFLICT if kept else 0)


def test_no_acknowledged_write_is_lost_when_an_sp_is_killed(storage: Storage) -> None:
    """A writer with 16 commands under way stamps blocks; SP A is killed amid; the rest goes through SP B."""
    acknowledged: dict[int, bytes] = {}

    def stamp(number: int) -> bytes:
        return struct.pack(">Q", number) * 64

    writer = storage.login("A")
    under_way: dict[int, int] = {}
    number = 0
    try:
        while True:
            while len(under_way) < 16:
                cdb = struct.pack(">BBIBHB", 0x2A, 0, number % 4096, 0, 1, 0)
                tag = writer.send_command(0, cdb, writes=512, data=stamp(number))
                under_way[tag] = number
                number += 1
            pdu = writer.receive()
            assert (pdu.opcode, pdu.header[3]) == (0x21, 0)
            done = under_way.pop(pdu.tag)
            acknowledged[done % 4096] = stamp(done)
            if number == 3000:
                storage.kill("A")
    except OSError:
        pass
    writer.close()
    assert number >= 3000
    unsure = {left % 4096 for left in under_way.values()}
    with storage.login("B") as other:
        until(lambda: access_states(other) == {1: UNAVAILABLE, 2: OPTIMIZED}, 60)
        other.attentions(0)  # of its new access state
        for lba, data in acknowledged.items():
            if lba not in unsure:
                assert other.read(0, lba, 1).data == data
        assert other.write(0, 0, b"n" * 512).status == 0


@pytest.mark.slow
def test_qemu_goes_on_through_the_other_sp(storage: Storage, tmp_path: Path) -> None:
    """A stamping writer over both portals, whose SP is killed under it time and again: no acknowledged write is
    lost, and none takes longer than the writer's patience and a login."""
    writer = Writer([storage.url(sp) for sp in SPS], 64 * MIB // qemu_io.BLOCK)
    try:
        for kill in (*SPS, None):
            stop = writer.count + 1500
            while writer.count < stop:
                writer.step()
            if kill is not None:
                if other(kill) not in storage.array.sps:
                    storage.start(other(kill))
                storage.kill(kill)
    finally:
        writer.close()
    assert writer.switched >= 2
    back = tmp_path / "back"
    raw = ("-f", "raw", "-O", "raw")
    subprocess.run(["qemu-img", "convert", *raw, storage.url("A"), back], check=True)
    assert writer.lost(back.read_bytes()) == []
    print(f"{writer.count} writes, the longest took {writer.longest:.2f} s")
    assert writer.longest < 30


def test_a_passive_sp_takes_io_after_a_trespass_only(tmp_path: Path) -> None:
    page = bytes((0x22, 0x02, 0x01, 0xFF))
    select = struct.pack(">BB2xBx", 0x15, 0x10, 8)
    with (
        Storage(tmp_path / "array", failover_mode=1) as storage,
        Initiator(storage.portal("A"), storage.target("A")) as active,
        Initiator(storage.portal("B"), storage.target("B"), isid="8" * 12) as passive,
    ):
        assert active.command(0, bytes(6)).sense == (6, 0x29, 0)
        assert passive.command(0, bytes(6)).sense == (6, 0x29, 0)
        assert passive.write(0, 0, b"x" * 512).sense == (2, 4, 3)
        assert passive.command(0, select, data=bytes(4) + page).status == 0
        assert passive.write(0, 0, b"x" * 512).status == 0
        assert active.read(0, 0, 1).sense == (6, 0x2A, 0x06)
        assert active.read(0, 0, 1).sense == (2, 4, 3)


def access_states(initiator: Initiator) -> dict[int, int]:
    """Target port group -> its access state."""
    data = initiator.command(0, struct.pack(">BB4xI2x", 0xA3, 0x0A, 256), reads=256).data[4:]
    found = {}
    while data:
        found[int.from_bytes(data[2:4], "big")] = data[0] & 0xF
        data = data[8 + 4 * data[7] :]
    return found


def test_a_lun_moves_by_set_target_port_groups(storage: Storage) -> None:
    with storage.login("A") as one, storage.login("B", "two") as two:
        assert access_states(one) == access_states(two) == {1: 0, 2: 1}
        wanted = bytes(4) + struct.pack(">BxH", 0, 2)
        cdb = struct.pack(">BB4xI2x", 0xA4, 0x0A, len(wanted))
        assert one.command(0, cdb, data=wanted).status == 0
        assert two.attentions(0) == [(0x2A, 0x06)]
        assert access_states(one) == access_states(two) == {1: 1, 2: 0}
        assert one.write(0, 0, b"x" * 512).status == 0
        storage.kill("B")
        assert access_states(one)[2] == UNAVAILABLE
        until(lambda: access_states(one) == {1: OPTIMIZED, 2: UNAVAILABLE}, 30)


def test_a_frozen_sp_is_reset_and_its_luns_are_its_peers(storage: Storage) -> None:
    """Within the time that takeover.py promises and what a busy machine adds, though nobody asks it for
    anything."""
    with storage.login("B") as two:
        assert access_states(two) == {1: OPTIMIZED, 2: NON_OPTIMIZED}
        storage.freeze("A")
        until(
            lambda: access_states(two) == {1: UNAVAILABLE, 2: OPTIMIZED}, 2 * EVERY + PATIENCE + 20
        )
        assert storage.ended("A") == -9


@pytest.mark.slow
def test_an_sp_is_started_again_after_it_was_asked_to_reboot(tmp_path: Path) -> None:
    with Storage(tmp_path / "array") as storage:
        for sp in SPS:
            storage.kill(sp)
        with storage.array.supervised():
            before = storage.array.pid("A")
            assert storage.array.run("rebootSP", "-o", sp="A", typed="1\n").returncode == 0
            until(lambda: storage.array.pid("A") not in (None, before), 60)
            storage.array.wait_until_up()
            with storage.login("A") as one:
                assert one.write(0, 0, b"x" * 512).status == 0


def test_hosts_are_told_of_a_new_size_and_of_other_luns(storage: Storage) -> None:
    with storage.login("A") as one:
        storage.change(lambda s, usage: pool_luns.expand(s, usage, 0, 128 * MIB // 512))
        assert one.attentions(0) == [(0x2A, 0x09)]
        assert one.command(0, bytes((0x25, *bytes(9))), reads=8).data[:4] == struct.pack(
            ">I", 128 * MIB // 512 - 1
        )
        storage.change(lambda s, _: groups.remove_hlu(s, "everybody", 1))
        assert one.attentions(0) == [(0x3F, 0x0E)]
        assert one.read(1, 0, 1).sense == (5, 0x25, 0)


def test_unmap_returns_space(storage: Storage) -> None:
    with storage.login("A") as one:
        assert one.write(0, 2048, b"x" * MIB).status == 0
        assert storage.file(0).stat().st_blocks >= 2048
        extent = struct.pack(">HH4xQI4x", 22, 16, 2048, 2048)
        cdb = struct.pack(">BB5xHx", 0x42, 0, len(extent))
        assert one.command(0, cdb, data=extent).status == 0
        assert storage.file(0).stat().st_blocks == 0
        assert one.read(0, 2048, 8).data == bytes(4096)


def test_digests_are_made_and_checked(storage: Storage) -> None:
    with storage.login("A", digests=True) as one:
        assert one.agreed["HeaderDigest"] == one.agreed["DataDigest"] == "CRC32C"
        assert one.write(0, 0, b"d" * 20480).status == 0
        assert one.read(0, 0, 40).data == b"d" * 20480
        one.spoil = "data"
        one.send_command(0, WRITE_ONE, writes=512, data=b"x" * 512)
        assert one.receive().opcode == 0x3F
        with pytest.raises(ConnectionError):
            one.receive()
    with storage.login("A", digests=True) as one:
        one.spoil = "header"
        one.send_command(0, WRITE_ONE, writes=512, data=b"x" * 512)
        with pytest.raises(ConnectionError):
            one.receive()
    with storage.login("A") as one:
        assert one.read(0, 0, 1).data == b"d" * 512


def test_lun_reset_ends_commands_and_tells_everybody(storage: Storage) -> None:
    with storage.login("A") as one, storage.login("B", "two") as two:
        tag = two.send_command(0, WRITE_ONE, writes=512)
        assert two.receive().opcode == 0x31
        assert one.manage(0, 5) == 0
        assert two.result(tag).status == ABORTED
        assert two.attentions(0) == one.attentions(0) == [(0x29, 0x03)]


def test_a_login_without_what_it_needs_is_refused(storage: Storage) -> None:
    with pytest.raises(LoginFailed, match="0203"):
        Initiator(storage.portal("A"), storage.target("B"))
    secret = Secret(user="u", secret="s" * 12)
    storage.change(lambda s, _: secrets.put(s, f"{EXAMPLE}:one", secret))
    with pytest.raises(LoginFailed, match="0201"):
        storage.login("A")


def test_a_write_or_compare_without_data_changes_nothing(storage: Storage) -> None:
    """The CDB wants data, but the PDU says that none come."""
    with storage.login("A") as one:
        for cdb in (
            struct.pack(">BBQxxxBxx", 0x89, 0, 0, 1),
            struct.pack(">BBIBHB", 0x2F, 0x02, 0, 0, 8, 0),
            struct.pack(">BBIBHB", 0x41, 0, 0, 0, 8, 0),
        ):
            assert one.command(0, cdb).sense == (5, 0x24, 0)
        assert one.read(0, 0, 8).data == bytes(4096)
