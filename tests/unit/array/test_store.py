"""The array's store: what was acknowledged is there, whatever happens and whoever looks."""

import fcntl
import json
import os
import signal
import subprocess
import sys
import threading
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from millpond.array import journal
from millpond.array.exports import Masking
from millpond.array.journal import Damaged
from millpond.array.model import groups, initiators, mirrors, pool_luns, pools
from millpond.array.model.state import State, Usage
from millpond.array.model.types import LunKind
from millpond.array.model.units import BLOCKS
from millpond.array.store import store
from millpond.array.store.masking import StoredMasking
from millpond.array.store.store import Store
from tests.unit.array.arrays import IQN, stored

GB = BLOCKS["gb"]
Command = Callable[[State, Usage], State]


def with_pool(state: State, usage: Usage) -> State:
    return pools.create(state, "P", [f"0_0_{n}" for n in range(5)])


def with_lun(state: State, usage: Usage) -> State:
    return pool_luns.create(state, usage, state.pools[0], GB, kind=LunKind.THIN)


def test_any_cut_of_the_journal_is_a_state_that_was(tmp_path: Path) -> None:
    """Cut at every byte: what is complete is there, and the array goes on from it."""
    first = stored(tmp_path)
    states = [first.state()]
    ends = [0]
    for command in (with_pool, with_lun, with_lun, with_lun):
        states.append(first.change(command, moment=1.0))
        ends.append((tmp_path / "journal-0").stat().st_size)
    first.close()
    whole = (tmp_path / "journal-0").read_bytes()
    for cut in range(len(whole) + 1):
        (tmp_path / "journal-0").write_bytes(whole[:cut])
        again = Store(tmp_path)
        expected = sum(end <= cut for end in ends[1:])
        assert again.state() == states[expected]
        assert again.revision == expected
        again.close()
        if cut in (ends[2] - 1, ends[2] + 1):
            goes_on = Store(tmp_path)
            goes_on.change(with_pool if expected == 0 else with_lun, moment=2.0)
            goes_on.close()
            assert len(Store(tmp_path).state().luns) == expected


def test_damage_in_the_middle_is_not_taken_for_the_end(tmp_path: Path) -> None:
    first = stored(tmp_path)
    first.change(with_pool, 1.0)
    first.change(with_lun, 1.0)
    path = tmp_path / "journal-0"
    data = bytearray(path.read_bytes())
    data[20] ^= 1
    path.write_bytes(data)
    with pytest.raises(Damaged, match="not as it was written"):
        Store(tmp_path)


def test_a_file_system_that_left_zeros_behind(tmp_path: Path) -> None:
    """A power cut may leave a file longer than what was written into it."""
    first = stored(tmp_path)
    first.change(with_pool, 1.0)
    with (tmp_path / "journal-0").open("ab") as stream:
        stream.write(bytes(100))
    assert Store(tmp_path).state() == first.state()


def test_another_process_sees_a_change_before_it_is_acknowledged(tmp_path: Path) -> None:
    a, b = stored(tmp_path), Store(tmp_path)
    before = b.revision
    a.change(with_pool, 1.0)
    assert b.revision > before
    assert b.state() == a.state()
    b.change(with_lun, 2.0)
    assert a.state().luns.keys() == {0}


def test_a_record_that_may_be_taken_back_is_not_read(tmp_path: Path) -> None:
    """A writer that waits for the disk has written, and not acknowledged, its record."""
    a, b = stored(tmp_path), Store(tmp_path)
    a.change(with_pool, 1.0)
    size = (tmp_path / "journal-0").stat().st_size
    record = {"generation": 2, "changes": [["pools", "0", None]]}
    journal.append(tmp_path / "journal-0", size, json.dumps(record).encode())
    assert b.state().pools.keys() == {0}
    taken_over = a.change(lambda state, usage: groups.create(state, "G"), 1.0)
    assert taken_over.pools == {}, "the next writer takes over what is durable"


def test_a_reader_does_not_wait_for_a_writer_that_is_stuck(tmp_path: Path) -> None:
    """The other SP may be frozen with the lock in its hand; a command here then waits, I/O does not."""
    a, b = stored(tmp_path), Store(tmp_path)
    b.change(with_pool, 1.0)
    with (tmp_path / "lock").open("rb") as frozen:
        fcntl.flock(frozen, fcntl.LOCK_EX)
        waiting = threading.Thread(target=a.change, args=(with_lun, 1.0))
        waiting.start()
        reading = threading.Thread(target=a.state)
        reading.start()
        reading.join(20)
        assert not reading.is_alive()
        assert a.state().pools
        assert waiting.is_alive()
    waiting.join()
    assert b.state().luns


def test_a_new_journal_is_used_by_everybody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "COMPACT", 3000)
    a, b = stored(tmp_path), Store(tmp_path)
    a.change(with_pool, 1.0)
    for number in range(12):
        (a if number % 2 else b).change(with_lun, 1.0)
    assert a.state() == b.state() == Store(tmp_path).state()
    assert len(a.state().luns) == 12
    journals = [path.name for path in tmp_path.glob("journal-*")]
    assert journals != ["journal-0"]
    assert len(journals) == 1


KILLED = """
import sys
from pathlib import Path
from millpond.array.store.store import Store
from tests.unit.array.test_store import with_lun

store = Store(Path(sys.argv[1]))
for _ in range(1000):
    store.change(with_lun, 1.0)
    print(max(store.state().luns), flush=True)
"""


@pytest.mark.parametrize("after", [1, 3, 8])
def test_kill_9_between_any_two_instructions(tmp_path: Path, after: int) -> None:
    """Killed while it works: what it said is there, at most one more, and no data file too many."""
    first = stored(tmp_path)
    first.change(with_pool, 1.0)
    command = [sys.executable, "-c", KILLED, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        said = [int(child.stdout.readline()) for _ in range(after)]
        os.kill(child.pid, signal.SIGKILL)
        said += [int(line) for line in child.stdout.read().split()]
    again = Store(tmp_path)
    found = max(again.state().luns)
    assert said[-1] <= found <= said[-1] + 1
    files = {path.name for path in (tmp_path / "data/sas").iterdir()}
    assert files == {lun.wwn for lun in again.state().luns.values()}


def die_at(root: Path, calls: int, command: Command = with_lun) -> None:
    """Carry out a command, and be killed before that system call of it. Never returns."""
    left = calls

    def count(event: str = "open", args: object = ()) -> None:
        nonlocal left
        if event in {"open", "os.truncate", "os.rename", "os.remove"}:
            left -= 1
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)

    def counted(call):
        def wrapper(*args):
            count()
            return call(*args)

        return wrapper

    found = Store(root)
    for name in ("fsync", "pwrite", "ftruncate"):
        setattr(os, name, counted(getattr(os, name)))
    sys.addaudithook(count)
    found.change(command, 1.0)
    os._exit(0)


def test_killed_at_every_write(tmp_path: Path) -> None:
    """From the first step of a change to the last: the array opens, with the LUN or without it."""
    stored(tmp_path).change(with_pool, 1.0)
    for calls in range(60):
        before = set(Store(tmp_path).state().luns)
        child = os.fork()
        if child == 0:
            die_at(tmp_path, calls)
        _, status = os.waitpid(child, 0)
        again = Store(tmp_path)
        added = set(again.state().luns) - before
        files = {path.name for path in (tmp_path / "data/sas").iterdir()}
        assert files == {lun.wwn for lun in again.state().luns.values()}
        if status == 0:
            assert len(added) == 1
            break
        assert os.WTERMSIG(status) == signal.SIGKILL
        assert len(added) <= 1
    assert status == 0
    assert calls > 5, "a change has more steps than that"


def test_a_data_file_is_as_long_as_its_lun(tmp_path: Path) -> None:
    found = stored(tmp_path)
    found.change(with_pool, 1.0)
    wwn = found.change(with_lun, 1.0).luns[0].wwn
    path = tmp_path / "data/sas" / wwn
    assert path.stat().st_size == 512 * GB
    found.change(lambda state, usage: pool_luns.expand(state, usage, 0, 2 * GB), 1.0)
    assert path.stat().st_size == 2 * 512 * GB
    with path.open("r+b") as stream:
        stream.write(b"x" * 2**20)
        os.fsync(stream.fileno())
    assert 0 < found.usage()[0] <= 4096
    found.change(lambda state, usage: pool_luns.destroy(state, 0), 1.0)
    assert not path.exists()


def test_data_of_a_later_state_outlive_an_old_one_that_was_put_back(tmp_path: Path) -> None:
    found = stored(tmp_path)
    found.change(with_pool, 1.0)
    old = (tmp_path / "journal-0").read_bytes()
    wwn = found.change(with_lun, 1.0).luns[0].wwn
    found.close()
    path = tmp_path / "data/sas" / wwn
    with path.open("r+b") as stream:
        stream.write(b"x" * 4096)
        os.fsync(stream.fileno())
    (tmp_path / "journal-0").write_bytes(old)
    again = Store(tmp_path)
    with pytest.raises(FileExistsError, match="not of this state"):
        again.change(with_lun, 2.0)
    assert path.read_bytes()[:4096] == b"x" * 4096


def test_what_the_front_end_sees(tmp_path: Path) -> None:
    found = stored(tmp_path)
    masking: Masking = StoredMasking(found)
    found.change(with_pool, 1.0)
    found.change(with_lun, 1.0)
    found.change(lambda state, usage: groups.create(state, "G"), 1.0)
    found.change(lambda state, usage: groups.add_hlu(state, "G", 3, 0), 1.0)
    before = masking.revision()
    assert masking.luns(IQN, "A", 0) == {}
    found.change(
        lambda state, usage: initiators.register(
            state, IQN.upper().replace("IQN", "iqn"), "A", 0, group="G", failover_mode=1
        ),
        1.0,
    )
    assert masking.revision() > before
    lun = masking.luns(IQN, "A", 0)[3]
    assert (lun.alu, lun.blocks, lun.thin, lun.default_sp) == (0, GB, True, "A")
    assert lun.wwn[:4] == bytes.fromhex("60060160")
    assert Path(lun.path).stat().st_size == 512 * GB
    assert masking.luns(IQN, "B", 0) == {}, "the path through SP B is not registered"
    assert masking.failover_mode(IQN) == 1


def test_a_later_version_is_left_alone(tmp_path: Path) -> None:
    stored(tmp_path).close()
    path = tmp_path / "array.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "version": 2}))
    with pytest.raises(Damaged, match="version 2"):
        Store(tmp_path)


def test_a_record_is_checked(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    path.write_bytes(b"")
    end = journal.append(path, 0, b"one")
    journal.append(path, end, b"two")
    assert [payload for payload, _ in journal.records(path, 0)] == [b"one", b"two"]
    data = path.read_bytes()
    assert zlib.crc32(b"two").to_bytes(4, "big") in data
    path.write_bytes(data[:-1] + b"O")
    assert [payload for payload, _ in journal.records(path, 0)] == [b"one"]


def test_an_array_from_before_there_were_mirrors_goes_on(tmp_path: Path) -> None:
    made = stored(tmp_path)
    made.change(with_pool, moment=1.0)
    made.close()
    whole = json.loads((tmp_path / "array.json").read_bytes())
    for table in ("mirrors", "remotes"):
        del whole["state"][table]
    (tmp_path / "array.json").write_text(json.dumps(whole))
    again = Store(tmp_path)
    again.change(with_lun, moment=2.0)
    state = again.change(lambda state, _: mirrors.create(state, "m", 0, True, ""), moment=3.0)
    again.close()
    assert Store(tmp_path).state() == state
