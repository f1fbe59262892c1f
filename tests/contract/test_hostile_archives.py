"""Archives that want out are refused before a byte of them is written; honest ones come out whole."""

import os
import tarfile
from io import FileIO
from pathlib import Path

import pytest

from millpond.adapters.images.archive import Caps, members, unpack
from millpond.domain.errors import Refused
from tests.data.hostile.archives import ARCHIVES, CANARY, archive


@pytest.mark.parametrize("name", ARCHIVES)
def test_hostile(tmp_path: Path, name: str) -> None:
    canary, staging = tmp_path / CANARY, tmp_path / "staging"
    canary.write_text("precious")
    staging.mkdir()
    (tmp_path / "hostile.ova").write_bytes(ARCHIVES[name][1]())
    before = sorted(tmp_path.rglob("*"))
    with FileIO(str(tmp_path / "hostile.ova")) as file, pytest.raises(Refused) as refused:
        for member in members(file, "hostile.ova", Caps()):
            raise AssertionError(f"{member} would be unpacked")
    assert refused.value.code == "image.archive"
    assert canary.read_text() == "precious"
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("format_", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_plain_files_come_out_whole(tmp_path: Path, format_: int) -> None:
    content = {"vm.ovf": b"<xml/>", "vm-disk1.vmdk": os.urandom(5 << 20), "vm.mf": b""}
    (tmp_path / "vm.ova").write_bytes(archive(*content.items(), format_=format_))
    (tmp_path / "staging").mkdir()
    directory = os.open(tmp_path / "staging", os.O_RDONLY | os.O_DIRECTORY)
    try:
        with FileIO(str(tmp_path / "vm.ova")) as file:
            for member in members(file, "vm.ova", Caps()):
                unpack(file, member, directory)
    finally:
        os.close(directory)
    assert {p.name: p.read_bytes() for p in (tmp_path / "staging").iterdir()} == content


def test_more_than_the_caps_is_refused(tmp_path: Path) -> None:
    (tmp_path / "vm.ova").write_bytes(archive(("a", bytes(1000)), ("b", bytes(1000))))
    with FileIO(str(tmp_path / "vm.ova")) as file:
        assert len(members(file, "vm.ova", Caps(members=2, size=2000))) == 2
        for caps in (Caps(members=1), Caps(size=1999)):
            with pytest.raises(Refused) as refused:
                members(file, "vm.ova", caps)
            assert refused.value.code == "image.archive"


def test_a_link_planted_in_the_folder_is_not_followed(tmp_path: Path) -> None:
    canary, staging = tmp_path / CANARY, tmp_path / "staging"
    canary.write_text("precious")
    staging.mkdir()
    (staging / "disk").symlink_to(canary)
    (tmp_path / "vm.ova").write_bytes(archive(("disk", b"owned")))
    directory = os.open(staging, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with FileIO(str(tmp_path / "vm.ova")) as file, pytest.raises(FileExistsError):
            unpack(file, members(file, "vm.ova", Caps())[0], directory)
    finally:
        os.close(directory)
    assert canary.read_text() == "precious"
