"""What the chaos checker calls a violation, and what it does not."""

from pathlib import Path

import pytest

from millpond.lab.chaos import checker, stamps
from millpond.lab.chaos.checker import Checker
from millpond.lab.lab import Lab

VM = "8f3c2a10-0000-4000-8000-000000000001"


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    path = tmp_path / "lab" / "shared" / "running_pool" / VM / "vdb.raw"
    path.parent.mkdir(parents=True)
    path.write_bytes(bytes(stamps.SIZE))
    stamps.ask(path)
    return path


@pytest.fixture
def watching(tmp_path: Path, disk: Path) -> Checker:
    return Checker(Lab("lab", tmp_path), {"web1": VM})


def write(disk: Path, text: str, sector: int = 1) -> None:
    with disk.open("r+b") as file:
        file.seek(sector * 512)
        file.write(text.encode().ljust(512))


def test_one_writer_after_the_other_is_fine(watching: Checker, disk: Path) -> None:
    watching.look({})
    for text in ("a 1", "a 2", "a 2", "a 7", "b 1", "b 2", "c 1"):
        write(disk, text)
        watching.look({VM: ["srv1"]})
    assert watching.violations == []
    assert watching.guests["web1"].boots == ["a", "b", "c"]
    assert watching.running("web1") == ("srv1",)


@pytest.mark.parametrize(
    ("texts", "sentence"),
    [
        (("a 1", "b 1", "a 2"), "boot a writes again after a later one did"),
        (("a 5", "a 4"), "its stamp went back from 5 to 4"),
    ],
)
def test_two_writers_show_in_the_stamps(
    watching: Checker, disk: Path, texts: tuple[str, ...], sentence: str
) -> None:
    for text in texts:
        write(disk, text)
        watching.look({})
        watching.look({})
    assert [v.partition(": ")[2] for v in watching.violations] == [sentence]


def test_what_the_guest_saw_itself_counts(watching: Checker, disk: Path) -> None:
    write(disk, "a 1")
    write(disk, "a 1, but then: b 9", sector=2)
    watching.look({})
    assert "seen by the guest itself: a 1, but then: b 9" in watching.violations[0]


def test_a_torn_stamp_is_no_stamp(watching: Checker, disk: Path) -> None:
    write(disk, "a")
    watching.look({})
    assert watching.guests["web1"].boots == []


def test_two_copies_are_a_migration_until_it_lasts_too_long(
    watching: Checker, monkeypatch: pytest.MonkeyPatch
) -> None:
    watching.look({VM: ["srv1", "srv2"]})
    watching.look({VM: ["srv2"]})
    monkeypatch.setattr(checker, "TWO_COPIES_SECONDS", -1.0)
    watching.look({VM: ["srv1", "srv2"]})
    assert watching.violations == []
    watching.look({VM: ["srv1", "srv2"]})
    assert "two QEMU processes" in watching.violations[0]
