"""What the chaos checker calls a violation, and what it does not."""

from pathlib import Path

import pytest

from millpond.lab.chaos import checker, stamps
from millpond.lab.chaos.census import Sight
from millpond.lab.chaos.checker import Checker
from millpond.lab.chaos.clock import Clock

VM = "8f3c2a10-0000-4000-8000-000000000001"


class Watching(Checker):
    """One look at what the test says there is: where QEMUs of the guest are, and who hangs."""

    def __init__(self, shared: Path) -> None:
        self.on: tuple[str, ...] = ()
        self.frozen: frozenset[str] = frozenset()
        super().__init__(shared, {"web1": VM}, self._seen, Clock())

    def _seen(self) -> Sight:
        return Sight({VM: self.on} if self.on else {}, self.frozen)

    def see(self, *on: str, frozen: str = "") -> None:
        self.on, self.frozen = on, frozenset(frozen.split())
        self.look()


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    path = tmp_path / "lab" / "shared" / "running_pool" / VM / "vdb.raw"
    path.parent.mkdir(parents=True)
    path.write_bytes(bytes(stamps.SIZE))
    stamps.ask(path)
    return path


@pytest.fixture
def watching(tmp_path: Path, disk: Path) -> Watching:
    return Watching(tmp_path / "lab" / "shared")


def write(disk: Path, text: str, sector: int = 1) -> None:
    with disk.open("r+b") as file:
        file.seek(sector * 512)
        file.write(text.encode().ljust(512))


def test_one_writer_after_the_other_is_fine(watching: Watching, disk: Path) -> None:
    watching.see()
    for text in ("a 1", "a 2", "a 2", "a 7", "b 1", "b 2", "c 1"):
        write(disk, text)
        watching.see("srv1")
    assert watching.violations == []
    assert watching.guests["web1"].boots == ["a", "b", "c"]
    assert watching.guests["web1"].on == ("srv1",)


@pytest.mark.parametrize(
    ("texts", "sentence"),
    [
        (("a 1", "b 1", "a 2"), "boot a writes again after a later one did"),
        (("a 5", "a 4"), "its stamp went back from 5 to 4"),
    ],
)
def test_two_writers_show_in_the_stamps(
    watching: Watching, disk: Path, texts: tuple[str, ...], sentence: str
) -> None:
    for text in texts:
        write(disk, text)
        watching.see()
        watching.see()
    assert [v.partition(": ")[2] for v in watching.violations] == [sentence]


def test_what_the_guest_saw_itself_counts(watching: Watching, disk: Path) -> None:
    write(disk, "a 1")
    write(disk, "a 1, but then: b 9", sector=2)
    watching.see()
    assert "seen by the guest itself: a 1, but then: b 9" in watching.violations[0]


def test_a_torn_stamp_is_no_stamp(watching: Watching, disk: Path) -> None:
    write(disk, "a")
    watching.see()
    assert watching.guests["web1"].boots == []


def test_two_copies_are_a_migration_until_it_lasts_too_long(
    watching: Watching, monkeypatch: pytest.MonkeyPatch
) -> None:
    watching.see("srv1", "srv2")
    watching.see("srv2")
    monkeypatch.setattr(checker, "TWO_COPIES_SECONDS", -1.0)
    watching.see("srv1", "srv2")
    assert watching.violations == []
    watching.see("srv1", "srv2")
    assert "two QEMU processes" in watching.violations[0]


def test_a_guest_is_gone_while_nothing_of_it_can_run(watching: Watching) -> None:
    guest = watching.guests["web1"]
    for on, frozen, gone in (
        (("srv1",), "", False),
        ((), "", True),
        (("srv2",), "", False),
        (("srv2",), "srv2", True),
        (("srv1", "srv2"), "srv2", False),
    ):
        watching.see(*on, frozen=frozen)
        assert (guest.gone is not None) is gone, (on, frozen)
    assert len(guest.absences) == 2
    assert all(a.began <= a.ended for a in guest.absences)
