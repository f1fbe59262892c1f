"""LUNs that move while a host stamps them, and storage processors that die meanwhile."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from millpond.array.model import classic, pool_luns, pools, raid_groups
from millpond.array.model.state import State, Usage
from millpond.array.model.types import SPS, LunKind
from tests.contract.mounts import tmpfs
from tests.support.arrays import until
from tests.support.stamps import Stamper
from tests.support.storage import LUN_BLOCKS, MIB, Storage

FILL = 48 * MIB
"""Data on LUN 0 to begin with."""
LONG = 5 * FILL
"""At the lowest rate they take half a minute."""

PATIENCE = 120
"""Seconds that a migration may take on a machine that has much else to do; a second or three is usual."""


def _destinations(state: State, usage: Usage) -> State:
    """LUN 5 thin on SATA, LUN 6 on a RAID group of SAS, twice as large."""
    blocks = state.luns[0].blocks
    state = pools.create(state, "Slow", [f"0_0_{n}" for n in range(10, 15)])
    state = pool_luns.create(state, usage, state.pools[1], blocks, kind=LunKind.THIN, number=5)
    state = raid_groups.create(state, 0, [f"0_0_{n}" for n in range(5, 10)], "r5")
    return classic.bind(state, "r5", 6, 0, 2 * blocks)


@contextmanager
def filled(directory: Path, blocks: int = LUN_BLOCKS, fill: int = FILL) -> Iterator[Storage]:
    with Storage(directory, blocks=blocks) as running:
        running.array.run("security", "-certificate", "-setLevel", "low")
        running.change(_destinations)
        with running.login("A") as one:
            for at in range(0, fill, MIB):
                assert one.write(0, at // 512, bytes((at // MIB + 1,)) * MIB).status == 0
        yield running


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[Storage]:
    with filled(tmp_path / "array") as running:
        yield running


@pytest.fixture
def large(tmp_path: Path) -> Iterator[Storage]:
    with filled(tmp_path / "array", 4 * LUN_BLOCKS, LONG) as running:
        yield running


def run(storage: Storage, *words: str, sp: str = "A") -> str:
    done = storage.array.run(*words, sp=sp)
    assert done.returncode == 0, done.stdout
    return done.stdout


def migrate(storage: Storage, to: int, rate: str, sp: str = "A") -> None:
    run(storage, "migrate", "-start", "-source", "0", "-dest", f"{to}", "-rate", rate, "-o", sp=sp)


def moved(storage: Storage) -> bool:
    return not storage.store.state().migrations


def image(storage: Storage, sp: str) -> bytes:
    """LUN 0 as a host reads it."""
    with storage.login("A" if sp == "A" else "B") as one:
        return b"".join(one.read(0, lba, 2048).data for lba in range(0, LUN_BLOCKS, 2048))


def checked(storage: Storage, writer: Stamper, fill: int = FILL) -> None:
    """No block is lost or anything else than it was, through either SP. One that was too slow for its peer,
    which reset it, is started again."""
    for sp in SPS:
        if sp not in storage.array.sps or storage.array.sps[sp].poll() is not None:
            storage.start(sp)
        found = image(storage, sp)
        assert writer.wrong(found) == []
        stamped = writer.last.keys()
        for block in range(fill // 512, LUN_BLOCKS):
            if block not in stamped:
                assert found[block * 512 : block * 512 + 512] == bytes(512)
        for block in range(0, min(fill // 512, LUN_BLOCKS), 7):
            if block not in stamped:
                expected = bytes((block // 2048 + 1,)) * 512
                assert found[block * 512 : block * 512 + 512] == expected
    print(f"{writer.count} writes, the longest took {writer.longest:.2f} s")


@pytest.mark.thorough
def test_a_lun_moves_to_another_tier_under_a_writer(storage: Storage) -> None:
    before = storage.store.state().luns[0]
    old = storage.file(0)
    writer = Stamper(storage, 0, LUN_BLOCKS)
    writer.start()
    try:
        writer.wait_for(200)
        migrate(storage, 5, "high")
        until(lambda: moved(storage), PATIENCE)
        writer.wait_for(200)
    finally:
        writer.end()
    state = storage.store.state()
    assert (state.luns[0].wwn, state.luns[0].name) == (before.wwn, before.name)
    assert storage.file(0).parent.name == "sata"
    assert 5 not in state.luns
    assert not old.exists()
    assert {path.name for path in storage.file(0).parent.iterdir()} == {storage.file(0).name}
    checked(storage, writer)
    assert writer.longest < 25


@pytest.mark.slow
@pytest.mark.thorough
def test_a_lun_moves_to_a_larger_one_of_a_raid_group(storage: Storage) -> None:
    with storage.login("A") as one:
        migrate(storage, 6, "asap", sp="B")
        until(lambda: moved(storage), PATIENCE)
        assert one.attentions(0) == [(0x2A, 0x09)]
        assert one.read(0, 2 * LUN_BLOCKS - 1, 1).data == bytes(512)
        assert one.read(0, FILL // 512 - 1, 1).data == bytes((FILL // MIB,)) * 512
    listed = run(storage, "getlun", "0", "-rg", "-uid")
    assert "RAIDGroup ID:               0" in listed


@pytest.mark.slow
@pytest.mark.thorough
@pytest.mark.parametrize("killed", ["A", "B", "AB"])
def test_sps_killed_amid_a_migration_lose_nothing(large: Storage, killed: str) -> None:
    """SP A copies; whichever is killed, and even both, the copy goes on to its end."""
    storage = large
    writer = Stamper(storage, 0, LUN_BLOCKS)
    writer.start()
    try:
        migrate(storage, 5, "low")
        writer.wait_for(300)
        time.sleep(1)
        for sp in SPS:
            if sp in killed:
                storage.kill(sp)
        assert not moved(storage)
        for sp in SPS if killed == "AB" else ():
            storage.start(sp)
        left = next(sp for sp in "BA" if sp in storage.array.sps)
        words = ("migrate", "-modify", "-source", "0", "-rate", "asap", "-o")
        storage.array.run(*words, sp=left)  # unless it has just ended
        until(lambda: moved(storage), PATIENCE)
        writer.wait_for(100)
    finally:
        writer.end()
    assert storage.file(0).parent.name == "sata"
    checked(storage, writer, LONG)


@pytest.mark.slow
@pytest.mark.thorough
def test_an_sp_killed_around_the_last_moment_loses_nothing(storage: Storage) -> None:
    """There and back again, SP A killed at other moments of what takes less than a second."""
    writer = Stamper(storage, 0, LUN_BLOCKS)
    writer.start()
    try:
        for turn in range(6):
            if turn:
                storage.change(_destination_again)
            to = max(storage.store.state().luns)
            migrate(storage, to, "asap", sp="B")
            time.sleep(0.1 + 0.12 * turn)
            storage.kill("A")
            until(lambda: moved(storage), PATIENCE)
            storage.start("A")
            run(storage, "trespass", "lun", "0")
    finally:
        writer.end()
    checked(storage, writer)


def _destination_again(state: State, usage: Usage) -> State:
    pool = state.pools[max(state.pools)]
    blocks = state.luns[0].blocks
    return pool_luns.create(state, usage, pool, blocks, kind=LunKind.THIN, number=20)


def test_a_cancelled_migration_leaves_the_lun_where_it_was(large: Storage) -> None:
    storage = large
    migrate(storage, 5, "low")
    listed = run(storage, "migrate", "-list", "-source", "0")
    assert "Source LU ID:  0\nDest LU Name:  LUN 5\nDest LU ID:  5" in listed
    assert "Migration Rate:  low\nCurrent State:  MIGRATING\nPercent Complete:" in listed
    until(lambda: "Percent Complete:  0" not in run(storage, "migrate", "-list", sp="B"), PATIENCE)
    for busy in ("-destroy -l 5 -o", "-expand -l 0 -capacity 1 -o"):
        refused = storage.array.run("lun", *busy.split())
        assert "is being migrated" in refused.stdout, refused
    mapping = ("storagegroup", "-addhlu", "-hlu", "9", "-alu", "5", "-gname", "everybody")
    assert "is being migrated" in storage.array.run(*mapping).stdout
    run(storage, "migrate", "-cancel", "-source", "0", "-o", sp="B")
    copied = storage.file(5).stat().st_blocks
    assert storage.file(0).parent.name == "sas"
    time.sleep(0.5)
    assert storage.file(5).stat().st_blocks == copied, "nobody copies any more"
    assert run(storage, "migrate", "-list") == "No current migrations exist.\n"
    none = storage.array.run("migrate", "-list", "-source", "0")
    text = "Error: migrate -list command failed.\nThe specified source LUN is not currently migrating.\n"
    assert (none.returncode, none.stdout) == (23, text)
    run(storage, *mapping)


@pytest.mark.slow
@pytest.mark.thorough
def test_a_full_destination_stops_the_copy_and_no_host(storage: Storage) -> None:
    destination = storage.file(5)
    place = destination.parent
    writer = Stamper(storage, 0, LUN_BLOCKS)
    with tmpfs(place, "16m"):
        destination.touch()
        writer.start()
        try:
            migrate(storage, 5, "asap")
            until(
                lambda: "STOPPED - Destination full" in run(storage, "migrate", "-list"), PATIENCE
            )
            writer.wait_for(100)
            subprocess.run(["mount", "-o", "remount,size=256m", place], check=True)
            run(storage, "migrate", "-modify", "-source", "0", "-rate", "asap", "-o")
            until(lambda: moved(storage), PATIENCE)
        finally:
            writer.end()
        checked(storage, writer)
