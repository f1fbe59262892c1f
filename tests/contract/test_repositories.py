"""``ports.repositories``: on directories, on fake mounts, and on mounts that the kernel makes.

This machine has no NFS server and no OCFS2 device, so the kernel is given bind mounts in their place:
mount(8), umount(8) and findmnt(8) are real, and so is what they say; the file system alone is not.
"""

import asyncio
import os
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event

import pytest

from millpond.adapters.fake.mounts import FakeMounts
from millpond.adapters.repositories import HostRepositories, mounting
from millpond.adapters.repositories.mounting import Said, run_program
from millpond.domain.errors import Refused
from millpond.domain.layout import FOLDERS
from millpond.domain.names import new_id
from millpond.domain.repository import Identity, Repository, RepositoryKind

SERVER = new_id()


@dataclass
class Case:
    """``contents`` is where the storage behind the repository's source really is."""

    made: HostRepositories
    repository: Repository
    contents: Path
    mounted: Callable[[], bool]

    @property
    def identity(self) -> Identity:
        r = self.repository
        return Identity(id=r.id, name=r.name, pool=new_id(), pool_name="pool1")


def _repository(kind: RepositoryKind, source: str, mount: Path) -> Repository:
    members = (SERVER,) if kind is RepositoryKind.LOCAL else ()
    return Repository(
        id=new_id(), name="data", kind=kind, source=source, mount=str(mount), members=members
    )


def _bound(contents: Path) -> mounting.Run:
    """Real programs, but what is mounted is the directory ``contents``."""

    def run(argv: Sequence[str]) -> Said:
        if argv[0] == "mount":
            return run_program(["mount", "--bind", "--", str(contents), argv[-1]])
        return run_program(argv)

    return run


def _mounted(point: Path) -> bool:
    return subprocess.run(["mountpoint", "-q", point], check=False).returncode == 0


@pytest.fixture(params=["directory", "nfs fake", "ocfs2 fake", "kernel"])
def case(request: pytest.FixtureRequest, tmp_path: Path) -> Case:
    point = tmp_path / "point"
    if request.param == "directory":
        contents = tmp_path / "contents"
        contents.mkdir()
        repository = _repository(RepositoryKind.LOCAL, str(contents), contents)
        return Case(HostRepositories(), repository, contents, lambda: True)
    if request.param == "kernel":
        if os.geteuid() != 0:
            pytest.skip("mounting needs root")
        contents = tmp_path / "contents"
        contents.mkdir()
        repository = _repository(RepositoryKind.NFS, "filer:/vol", point)
        request.addfinalizer(lambda: subprocess.run(["umount", "-q", str(point)], check=False))
        case = Case(
            HostRepositories(_bound(contents)), repository, contents, lambda: _mounted(point)
        )
    else:
        kind = RepositoryKind(request.param.split()[0])
        source = "filer:/vol" if kind is RepositoryKind.NFS else "/dev/mapper/lun1"
        fake = FakeMounts(tmp_path / "storage", "srv1")
        repository = _repository(kind, source, point)
        contents = fake.place(source)
        case = Case(HostRepositories(fake), repository, contents, point.is_symlink)
    return case


async def _problem(case: Case) -> str:
    state, *_ = await case.made.states([case.repository])
    return state.problem


async def test_laid_out_it_is_mounted_and_says_who_it_is(case: Case) -> None:
    assert await case.made.probe(case.repository) is None
    await case.made.lay_out(case.repository, case.identity)
    assert case.mounted()
    assert set(FOLDERS) <= {p.name for p in case.contents.iterdir()}
    found = await case.made.identity(case.repository)
    assert found is not None
    assert (found.id, found.name, found.pool_name) == (case.repository.id, "data", "pool1")
    state, *_ = await case.made.states([case.repository])
    assert state.usable
    assert 0 < state.free <= state.total
    await case.made.lay_out(case.repository, found)  # again: as it is


async def test_what_is_not_empty_is_refused_and_left_as_it_is(case: Case) -> None:
    case.contents.mkdir(parents=True, exist_ok=True)
    (case.contents / "precious").write_text("mine")
    with pytest.raises(Refused) as caught:
        await case.made.lay_out(case.repository, case.identity)
    assert caught.value.code == "object.exists"
    assert [p.name for p in case.contents.iterdir()] == ["precious"]
    if case.repository.kind is not RepositoryKind.LOCAL:
        assert not case.mounted()


async def test_mounting_and_unmounting_can_be_repeated(case: Case) -> None:
    await case.made.lay_out(case.repository, case.identity)
    for _ in range(2):
        await case.made.unmount(case.repository)
    if case.repository.kind is not RepositoryKind.LOCAL:
        assert not case.mounted()
        assert "not mounted" in await _problem(case)
        assert await case.made.identity(case.repository) is None
        probed = await case.made.probe(case.repository)
        assert probed is not None
        assert probed.id == case.repository.id
        assert not case.mounted()
    for _ in range(2):
        await case.made.mount(case.repository)
    assert case.mounted()
    assert await _problem(case) == ""


async def test_another_repository_in_its_place_is_not_taken_for_it(case: Case) -> None:
    await case.made.lay_out(case.repository, case.identity)
    await case.made.unmount(case.repository)
    other = case.repository.model_copy(update={"id": new_id()})
    with pytest.raises(Refused) as caught:
        await case.made.mount(other)
    assert caught.value.code == "storage.unavailable"
    assert case.repository.id in caught.value.message
    state, *_ = await case.made.states([other])
    assert not state.usable
    if case.repository.kind is not RepositoryKind.LOCAL:
        assert not case.mounted()
    await case.made.erase(other)
    assert (case.contents / "running_pool").is_dir()


async def test_what_is_kept_stays_when_the_repository_is_laid_out_and_erased(case: Case) -> None:
    disk = case.contents / "running_pool" / "12_web" / "System.img"
    disk.parent.mkdir(parents=True)
    disk.write_bytes(b"data")
    await case.made.lay_out(case.repository, case.identity, keep=True)
    assert set(FOLDERS) <= {p.name for p in case.contents.iterdir()}
    await case.made.erase(case.repository, keep=True)
    assert [p.name for p in case.contents.iterdir()] == ["running_pool"]
    assert disk.read_bytes() == b"data"


async def test_nothing_is_laid_out_through_a_link(case: Case, tmp_path: Path) -> None:
    case.contents.mkdir(parents=True, exist_ok=True)
    (case.contents / "running_pool").symlink_to(tmp_path)
    with pytest.raises(Refused) as refused:
        await case.made.lay_out(case.repository, case.identity, keep=True)
    assert refused.value.code == "object.exists"
    assert [p.name for p in case.contents.iterdir()] == ["running_pool"]


async def test_erased_nothing_of_it_is_left(case: Case) -> None:
    await case.made.lay_out(case.repository, case.identity)
    outside = case.contents.parent / "outside"
    outside.mkdir()
    (outside / "kept").touch()
    (case.contents / "running_pool" / "link").symlink_to(outside)
    (case.contents / "not ours").touch()
    await case.made.erase(case.repository)
    assert [p.name for p in case.contents.iterdir()] == ["not ours"]
    assert (outside / "kept").exists()
    await case.made.erase(case.repository)


async def test_one_that_detached_says_so(case: Case) -> None:
    await case.made.lay_out(case.repository, case.identity)
    nobody = case.identity.model_copy(update={"pool": None, "pool_name": None})
    await case.made.identify(case.repository, nobody)
    assert await case.made.identity(case.repository) == nobody


async def test_a_repository_in_use_is_not_unmounted(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("mounting needs root")
    contents, point = tmp_path / "contents", tmp_path / "point"
    contents.mkdir()
    made = HostRepositories(_bound(contents))
    repository = _repository(RepositoryKind.NFS, "filer:/vol", point)
    identity = Identity(id=repository.id, name="data", pool=None, pool_name=None)
    await made.lay_out(repository, identity)
    try:
        with (point / "running_pool" / "open").open("w"), pytest.raises(Refused) as caught:
            await made.unmount(repository)
        assert caught.value.code == "repository.in_use"
        assert _mounted(point)
    finally:
        await made.unmount(repository)


async def test_storage_that_hangs_costs_one_thread(tmp_path: Path) -> None:
    """As a hard NFS mount does whose server is gone."""
    asked, released = 0, Event()

    def run(argv: Sequence[str]) -> Said:
        nonlocal asked
        asked += 1
        released.wait(60)
        return Said(1, "")

    made = HostRepositories(run)
    repository = _repository(RepositoryKind.NFS, "filer:/vol", tmp_path / "point")
    before = asyncio.get_running_loop().time()
    try:
        for _ in range(2):
            state, *_ = await made.states([repository])
            assert "has not answered" in state.problem
        assert asyncio.get_running_loop().time() - before < 30
    finally:
        released.set()
    assert asked == 1


def _programs(said: dict[str, Said], asked: list[list[str]]) -> mounting.Run:
    def run(argv: Sequence[str]) -> Said:
        asked.append(list(argv))
        return said.get(argv[0], Said(0, ""))

    return run


async def test_ocfs2_is_mounted_only_where_its_cluster_is_online(tmp_path: Path) -> None:
    asked: list[list[str]] = []
    said = {"findmnt": Said(1, ""), "o2cb": Said(1, "o2cb: Cluster 'c' is offline")}
    repository = _repository(RepositoryKind.OCFS2, "/dev/mapper/lun1", tmp_path / "point")
    with pytest.raises(Refused) as caught:
        await HostRepositories(_programs(said, asked)).mount(repository)
    assert caught.value.code == "storage.unavailable"
    assert "o2cb is not online" in caught.value.message
    assert all(argv[0] != "mount" for argv in asked)


async def test_an_export_is_mounted_hard_and_lends_no_rights(tmp_path: Path) -> None:
    asked: list[list[str]] = []
    said = {"findmnt": Said(1, ""), "mount": Said(32, "mount.nfs: No route to host")}
    repository = _repository(RepositoryKind.NFS, "filer:/vol", tmp_path / "point")
    with pytest.raises(Refused) as caught:
        await HostRepositories(_programs(said, asked)).mount(repository)
    assert "No route to host" in caught.value.message
    options = "hard,nosuid,nodev,noexec"
    expected = ["mount", "-t", "nfs", "-o", options, "--", "filer:/vol", str(tmp_path / "point")]
    assert asked[-1] == expected
