"""Faults on demand, as initiators and administrators see them, and their opposites."""

import itertools
import struct
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from millpond.array.model import alerts
from millpond.array.model.state import State, Usage
from tests.support.arrays import PROGRAMS, until
from tests.support.initiator import Initiator, LoginFailed
from tests.support.storage import EXAMPLE, MIB, Storage

pytestmark = pytest.mark.thorough

FAILED = (4, 0x3E, 1)
NO_SPACE = (7, 0x27, 7)
ONE = f"{EXAMPLE}:one"
SOON = 30
"""Seconds that an SP may take, on a machine that has much else to do, for what it sees in a quarter of one."""
SLOW = 10
"""Seconds of a slow disk's delay: more than anything else takes."""


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Storage]:
    with Storage(tmp_path_factory.mktemp("faults") / "array") as running:
        running.array.run("security", "-certificate", "-setLevel", "low")
        yield running


def typed(storage: Storage, verb: str, *words: str) -> None:
    command = [PROGRAMS / "millpond", "array", verb, storage.array.root, *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def navi(storage: Storage, *words: str) -> str:
    done = storage.array.run(*words)
    assert done.returncode == 0, done.stdout
    return done.stdout


def well(storage: Storage) -> bool:
    return alerts.alerts(storage.store.state(), storage.store.usage()) == []


def goes(one: Initiator) -> bool:
    return one.write(0, 0, b"x" * 512).status == 0


def out_of_space(one: Initiator, lun: int, first: int) -> None:
    """Soon, wherever it writes to for the first time from that block on."""
    fresh = itertools.count(first, 64)
    until(lambda: one.write(lun, next(fresh), b"y" * 4096).sense == NO_SPACE, SOON)


def dropped(one: Initiator) -> bool:
    try:
        return not goes(one)
    except OSError:
        return True


def test_luns_take_io_until_more_disks_fail_than_the_pool_can_do_without(storage: Storage) -> None:
    with storage.login("A") as one:
        typed(storage, "fault", "disk", "0_0_3")
        assert goes(one)
        text = navi(storage, "faults", "-list")
        assert "Bus 0 Enclosure 0 Disk 3 : Removed\nStorage Pool Pool is degraded\n" in text
        assert "State:                   Removed" in navi(storage, "getdisk", "0_0_3", "-state")
        assert "Bus 0 Enclosure 0 Disk 3 State: Removed" in navi(storage, "getcrus")
        assert "Bus 0 Enclosure 0 Disk 3 failed" in navi(storage, "getlog", "-n", "5")
        assert "System Fault LED:            ON" in navi(storage, "getcontrol")
        typed(storage, "fault", "disk", "0_0_1")
        assert one.write(0, 0, b"y" * 512).sense == FAILED
        assert one.command(0, bytes(6)).sense == FAILED
        assert "Is Faulted:  true" in navi(storage, "lun", "-list", "-l", "0")
        typed(storage, "repair", "disk", "0_0_1")
        assert one.read(0, 0, 1).data == b"x" * 512
        typed(storage, "repair", "disk", "0_0_3")
        until(lambda: well(storage), SOON)
        log = navi(storage, "getlog", "-n", "5")
        assert "Rebuild of Bus 0 Enclosure 0 Disk 3 onto Bus 0 Enclosure 0 Disk 3 complete" in log
        assert "Enabled" in navi(storage, "getdisk", "0_0_3", "-state")
        assert navi(storage, "faults", "-list") == "The array is operating normally.\n"


def test_a_port_and_a_path_that_are_down_end_sessions_and_refuse_logins(storage: Storage) -> None:
    with storage.login("A") as one, storage.login("A", "two") as two:
        typed(storage, "fault", "path", "a0", "--initiator", ONE)
        until(lambda: dropped(one), SOON)
        with pytest.raises(LoginFailed, match="0301"):
            storage.login("A")
        assert goes(two)
        with storage.login("B") as other:
            assert goes(other)
        typed(storage, "repair", "path", "a0", "--initiator", ONE)
        typed(storage, "fault", "port", "a0")
        until(lambda: dropped(two), SOON)
        assert "Link Status:         Down" in navi(storage, "port", "-list", "-sp")
        assert "SP A Port 0 lost its link" in navi(storage, "faults", "-list")
        with pytest.raises(LoginFailed, match="0301"):
            storage.login("A")
        typed(storage, "repair", "port", "A0")
    with storage.login("A") as one:
        assert goes(one)


def test_an_idle_session_ends_too(storage: Storage) -> None:
    with storage.login("A", timeout=20) as one:
        typed(storage, "fault", "port", "a0")
        with pytest.raises(ConnectionError):
            one.receive()
        typed(storage, "repair", "port", "a0")


def test_a_slow_disk_delays_what_lies_on_it_and_nothing_else(storage: Storage) -> None:
    with storage.login("A") as one:
        typed(storage, "fault", "slow", "0_0_2", "--delay", f"{SLOW}000")
        begun = time.monotonic()
        assert one.read(0, 2 * 128, 1).status == 0
        took = time.monotonic() - begun
        assert took >= SLOW
        begun = time.monotonic()
        assert one.write(0, 3 * 128, b"x" * 512).status == 0
        assert time.monotonic() - begun < SLOW
        assert "answers slowly" in navi(storage, "faults", "-list")
        tag = one.send_command(0, struct.pack(">BBIBHB", 0x28, 0, 256, 0, 1, 0), reads=512)
        assert one.manage(0, 1, tag) == 0  # what waits can be aborted
        typed(storage, "repair", "slow", "0_0_2")
        begun = time.monotonic()
        assert one.read(0, 2 * 128, 1).status == 0
        assert time.monotonic() - begun < SLOW


def test_a_full_pool_refuses_what_needs_space_and_nothing_else(storage: Storage) -> None:
    unmap = struct.pack(">HH4xQI4x", 22, 16, 4096, 2048)
    with storage.login("A") as one:
        assert one.write(0, 4096, b"x" * MIB).status == 0
        typed(storage, "fault", "pool", "Pool")
        out_of_space(one, 0, 65536)
        assert one.write(0, 4096, b"z" * MIB).status == 0
        assert one.read(0, 4096, 8).data == b"z" * 4096
        assert one.command(0, struct.pack(">BB5xHx", 0x42, 0, 24), data=unmap).status == 0
        assert one.write(0, 4096, b"z" * 4096).sense == NO_SPACE
        same = struct.pack(">BBIBHB", 0x41, 0, 8192, 0, 8, 0)
        assert one.command(0, same, data=bytes(512)).status == 0
        assert one.command(0, same, data=b"s" * 512).sense == NO_SPACE
        assert "Storage Pool Pool is full" in navi(storage, "faults", "-list")
        typed(storage, "repair", "pool", "Pool")
        until(lambda: one.write(0, 131064, b"y" * 4096).status == 0, SOON)


def test_an_sp_is_down_until_it_is_repaired(tmp_path: Path) -> None:
    with Storage(tmp_path / "array") as storage:
        typed(storage, "fault", "sp", "a")
        assert storage.ended("A") == -9
        with storage.login("B") as other:
            assert goes(other)
        command = [PROGRAMS / "millpond-array", "serve", storage.array.root, "--sp", "a"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 1
        assert "kept down" in done.stderr
        typed(storage, "repair", "sp", "a")
        storage.start("A")
        typed(storage, "fault", "freeze", "b")
        assert storage.ended("B") == -9  # its peer has reset it
        with storage.login("A") as one:
            until(lambda: goes(one), SOON)


def small(state: State, _usage: Usage) -> State:
    """The pool has 40 MiB for LUNs."""
    for disk in state.pools[0].disks:
        tiny = state.disks[disk].model_copy(update={"blocks": 10 * MIB // 512})
        state = state.put("disks", disk, tiny)
    return state


def test_a_pool_that_fills_up_warns_and_then_has_no_space(tmp_path: Path) -> None:
    storage = Storage(tmp_path / "array")
    storage.change(small)
    with storage, storage.login("A") as one:
        for mib in range(29):
            assert one.write(0, mib * MIB // 512, b"x" * MIB).status == 0
        until(lambda: one.attentions(0) == [(0x38, 0x07)], SOON)
        for mib in range(29, 40):
            assert one.write(0, mib * MIB // 512, b"x" * MIB).status == 0
        out_of_space(one, 1, 0)
        assert one.write(0, 0, b"o" * MIB).status == 0
        extent = struct.pack(">HH4xQI4x", 22, 16, 0, 30 * MIB // 512)
        assert one.command(0, struct.pack(">BB5xHx", 0x42, 0, 24), data=extent).status == 0
        until(lambda: one.write(1, 65536, b"x" * 4096).status == 0, SOON)
