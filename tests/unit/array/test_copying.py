"""What a copy needs to survive: a process that is killed at any step of it, and a power cut."""

import os
import random
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from millpond.array.engine import change_map
from millpond.array.engine.change_map import REGION, ChangeMap, CopyLock
from millpond.array.engine.copy import PIECE, Copy
from millpond.array.engine.file import LunFile
from tests.contract.mounts import tmpfs

LENGTH = 2 * PIECE


class Files:
    """A LUN of 2 MiB, most of it holes, and where it is copied to."""

    def __init__(self, root: Path) -> None:
        self.source, self.into, self.changes = root / "source", root / "into", root / "changes"
        rng = random.Random(1)
        with self.source.open("wb") as stream:
            for at in range(0, LENGTH, PIECE // 2):
                if at // PIECE != 1:
                    stream.seek(at)
                    stream.write(rng.randbytes(PIECE // 4))
            stream.truncate(LENGTH)
        self.into.write_bytes(b"x" * LENGTH)
        change_map.create(self.changes, LENGTH, [(0, LENGTH)])

    def copy(self) -> Copy:
        found = Copy(
            LunFile(str(self.source)),
            LunFile(str(self.into)),
            ChangeMap(self.changes),
            LENGTH,
        )
        found.changes.begin()
        return found

    def host(self) -> LunFile:
        return LunFile(str(self.source), [str(self.changes)])

    def same(self) -> bool:
        return self.source.read_bytes() == self.into.read_bytes()


@pytest.fixture
def files() -> Iterator[Files]:
    """In memory: a disk's time is not what this is about."""
    with TemporaryDirectory(dir="/dev/shm") as place:
        yield Files(Path(place))


def test_all_of_it_is_copied_and_holes_stay_holes(files: Files) -> None:
    files.copy().rest()
    assert files.same()
    source, into = LunFile(str(files.source)), LunFile(str(files.into))
    assert list(into.runs(0, LENGTH)) == list(source.runs(0, LENGTH))
    assert ChangeMap(files.changes).progress()[0] == 100


def test_what_is_written_meanwhile_is_copied_again(files: Files) -> None:
    copy, host = files.copy(), files.host()
    done = copy.piece(0)
    host.write(b"n" * 700, REGION - 300)
    host.punch(PIECE // 2, REGION)
    assert done == (PIECE, PIECE)
    copy.rest()
    assert files.same()
    assert copy.piece(0) is None
    host.write(b"m", LENGTH - 1)
    assert copy.changes.marked() == REGION
    copy.rest()
    assert files.same()


@pytest.mark.thorough
def test_a_process_killed_at_any_step_leaves_what_is_copied_on_from(files: Files) -> None:
    """At each system call of a copy; a host writes before another goes on."""
    host, rng = files.host(), random.Random(2)
    for calls in range(200):
        files.into.write_bytes(bytes((calls % 255 + 1,)) * LENGTH)
        ChangeMap(files.changes).mark(0, LENGTH)
        child = os.fork()
        if child == 0:
            _die_at(files, calls)
        _, status = os.waitpid(child, 0)
        host.write(rng.randbytes(600), rng.randrange(LENGTH - 600))
        files.copy().rest()
        assert files.same()
        if status == 0:
            break
        assert os.WTERMSIG(status) == signal.SIGKILL
    assert calls > 10, "a copy has more steps than that"


def _die_at(files: Files, calls: int) -> None:
    """Never returns."""
    left = calls

    def counted(call: Callable[..., Any]) -> Callable[..., Any]:
        def wrapper(*arguments: Any) -> Any:
            nonlocal left
            left -= 1
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return call(*arguments)

        return wrapper

    for name in ("preadv", "pwrite", "lseek", "fdatasync"):
        setattr(os, name, counted(getattr(os, name)))
    LunFile.punch = counted(LunFile.punch)  # type: ignore[method-assign]
    files.copy().rest()
    os._exit(0)


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts a tmpfs")
def test_a_map_has_all_its_room_from_the_start(tmp_path: Path) -> None:
    """A mark for which the file system has no block would end the process."""
    with tmpfs(tmp_path / "full", "2M") as full:
        with pytest.raises(OSError, match="No space left"):
            change_map.create(full / "large", (8 << 20) * REGION, ())
        change_map.create(full / "map", (1 << 20) * REGION, ())
        rest = os.statvfs(full)
        (full / "rest").write_bytes(bytes(rest.f_bavail * rest.f_frsize))
        made = ChangeMap(full / "map")
        made.mark(0, (1 << 20) * REGION)
        assert made.marked() == (1 << 20) * REGION


def test_a_copy_that_fails_is_not_taken_for_done(files: Files) -> None:
    copy = files.copy()
    with Path("/dev/full").open("r+b", buffering=0) as full:
        os.dup2(full.fileno(), copy.into.handle)
        with pytest.raises(OSError, match="No space"):
            copy.rest()
    assert copy.changes.marked() == LENGTH


def test_marks_of_before_a_power_cut_count_for_nothing(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    files.copy().rest()
    assert files.copy().changes.marked() == 0
    monkeypatch.setattr(change_map, "_boot", lambda: b"another boot 16b")
    copy = files.copy()
    assert copy.changes.marked() == LENGTH
    assert files.copy().changes.marked() == LENGTH
    copy.rest()
    assert files.copy().changes.marked() == 0


def test_one_copies_at_a_time(files: Files) -> None:
    one, two = CopyLock(files.changes), CopyLock(files.changes)
    one.take()
    with pytest.raises(BlockingIOError):
        two.take(0.02)
    files.changes.unlink()
    one.close()
    two.take()
    two.close()
