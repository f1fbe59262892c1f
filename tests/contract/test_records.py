"""``ports.records``, on a directory and in memory."""

import asyncio
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from millpond.adapters.fake.records import FakeRecords, RecordStore
from millpond.adapters.records import DirectoryRecords, lock
from millpond.domain.errors import Refused
from millpond.domain.layout import FOLDERS
from millpond.domain.names import new_id
from millpond.domain.pool import Member, PoolDocument
from millpond.domain.server import Role
from millpond.domain.template import TemplateDisk, TemplateDocument
from millpond.domain.vm import VmConfig, VmDocument, Wanted
from millpond.ports.records import Records
from tests.contract.mounts import tmpfs

MEMBER = Member(id=new_id(), name="srv1", address="192.0.2.1", host_id=1, roles=frozenset(Role))


class Master:
    """Who this server is: True, False or None, as the records ask for it."""

    def __init__(self, memory: RecordStore | None) -> None:
        self.value: bool | None = True
        self.changes: list[str | None] = []
        self._memory = memory

    def records(self) -> Records:
        if self._memory is not None:
            return FakeRecords(self._memory, lambda: self.value, self.changes.append)
        return DirectoryRecords(lambda: self.value, self.changes.append)


ON_DISK = pytest.mark.parametrize("master", ["directory"], indirect=True)
"""Of tests about the files themselves."""


@pytest.fixture(params=["directory", "memory"])
def master(request: pytest.FixtureRequest) -> Master:
    return Master(RecordStore() if request.param == "memory" else None)


@pytest.fixture
async def records(master: Master, tmp_path: Path) -> Records:
    made = master.records()
    master.value = None
    await made.init(str(tmp_path))
    master.value = True
    return made


def _vm(name: str, vm: str | None = None, generation: int = 1) -> VmDocument:
    config = VmConfig(id=vm or new_id(), name=name, memory=64, max_memory=64, vcpus=1, max_vcpus=1)
    return VmDocument(config=config, generation=generation)


def _next(document: VmDocument, **changes: object) -> VmDocument:
    return document.model_copy(update={"generation": document.generation + 1, **changes})


def _pool(root: Path, generation: int = 1, pool: str | None = None) -> PoolDocument:
    return PoolDocument(
        id=pool or new_id(),
        name="pool1",
        generation=generation,
        members=(MEMBER,),
        cluster_root=str(root),
    )


@ON_DISK
async def test_a_repository_is_laid_out_once(records: Records, tmp_path: Path) -> None:
    await records.init(str(tmp_path))
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([*FOLDERS, ".millpond"])


async def test_a_pool_is_written_read_and_deleted(
    records: Records, master: Master, tmp_path: Path
) -> None:
    root = str(tmp_path)
    document = _pool(tmp_path)
    assert await records.pool(root) is None
    await records.put_pool(document)
    await records.put_pool(document)
    assert await records.pool(root) == document
    await records.delete_pool(root, new_id())
    assert await records.pool(root) == document, "another pool's id deletes nothing"
    await records.delete_pool(root, document.id)
    await records.delete_pool(root, document.id)
    assert await records.pool(root) is None
    assert master.changes == [None, None], "one change each; repeating is none"


async def test_a_repository_belongs_to_one_pool(records: Records, tmp_path: Path) -> None:
    await records.put_pool(_pool(tmp_path))
    with pytest.raises(Refused) as refused:
        await records.put_pool(_pool(tmp_path))
    assert refused.value.code == "object.exists"


async def test_a_vm_is_written_read_and_listed(
    records: Records, master: Master, tmp_path: Path
) -> None:
    root = str(tmp_path)
    first, second = _vm("web1"), _vm("web2")
    for document in (first, second, second):
        await records.put_vm(root, document)
    assert await records.vm(root, first.config.id) == first
    assert await records.vm(root, new_id()) is None
    listed = {d.config.name: d for d in await records.vms(root)}
    assert listed == {"web1": first, "web2": second}
    assert master.changes == [first.config.id, second.config.id]
    if isinstance(records, DirectoryRecords):
        assert list((tmp_path / "running_pool" / first.config.id).iterdir()) == [
            tmp_path / "running_pool" / first.config.id / "vm.json"
        ], "nothing unfinished lies about"


@pytest.mark.parametrize("generation", [1, 3, 4])
async def test_only_the_next_generation_is_accepted(
    records: Records, tmp_path: Path, generation: int
) -> None:
    root = str(tmp_path)
    first = _vm("web1")
    await records.put_vm(root, first)
    other = first.model_copy(update={"generation": generation, "wanted": Wanted.ON})
    with pytest.raises(Refused) as refused:
        await records.put_vm(root, other)
    assert refused.value.code == "pool.stale"
    assert await records.vm(root, first.config.id) == first
    await records.put_vm(root, _next(first, wanted=Wanted.ON))


@ON_DISK
async def test_a_new_vm_begins_at_one_or_leaves_nothing(records: Records, tmp_path: Path) -> None:
    with pytest.raises(Refused):
        await records.put_vm(str(tmp_path), _vm("web1", generation=2))
    assert list((tmp_path / "running_pool").iterdir()) == []


async def test_names_are_unique_whoever_wrote_them(
    records: Records, master: Master, tmp_path: Path
) -> None:
    root = str(tmp_path)
    elsewhere = master.records()
    first, second = _vm("web1"), _vm("web2")
    await elsewhere.put_vm(root, first)
    with pytest.raises(Refused) as refused:
        await records.put_vm(root, _vm("web1"))
    assert refused.value.code == "object.exists"
    await records.put_vm(root, second)
    renamed = second.config.model_copy(update={"name": "web1"})
    with pytest.raises(Refused):
        await records.put_vm(root, _next(second, config=renamed))
    freed = first.config.model_copy(update={"name": "old"})
    await elsewhere.put_vm(root, _next(first, config=freed))
    await records.put_vm(root, _next(second, config=renamed))
    assert {d.config.name for d in await records.vms(root)} == {"old", "web1"}


async def test_of_many_writers_of_a_generation_one_wins(
    records: Records, master: Master, tmp_path: Path
) -> None:
    root = str(tmp_path)
    first = _vm("web1")
    await records.put_vm(root, first)
    writers = [master.records() for _ in range(8)]
    outcomes = await asyncio.gather(
        *(w.put_vm(root, _next(first, run=new_id())) for w in writers),
        return_exceptions=True,
    )
    assert sum(o is None for o in outcomes) == 1
    assert {o.code for o in outcomes if isinstance(o, Refused)} == {"pool.stale"}


@ON_DISK
async def test_unreadable_records_are_skipped_and_logged(
    records: Records, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    root = str(tmp_path)
    good, bad = _vm("good"), _vm("bad")
    await records.put_vm(root, good)
    await records.put_vm(root, bad)
    running = tmp_path / "running_pool"
    (running / bad.config.id / "vm.json").write_text('{"config": 7}')
    (running / "lost+found").mkdir()
    copied = running / new_id()
    copied.mkdir()
    (copied / "vm.json").write_bytes((running / good.config.id / "vm.json").read_bytes())
    assert await records.vms(root) == [good]
    assert bad.config.id in caplog.text
    assert copied.name in caplog.text
    assert "lost+found" not in caplog.text
    with pytest.raises(Refused) as refused:
        await records.vm(root, bad.config.id)
    assert refused.value.code == "pool.unreadable"


@ON_DISK
async def test_a_planted_symlink_is_not_followed(records: Records, tmp_path: Path) -> None:
    root = str(tmp_path)
    document = _vm("web1")
    await records.put_vm(root, document)
    record = tmp_path / "running_pool" / document.config.id / "vm.json"
    record.rename(tmp_path / "elsewhere.json")
    record.symlink_to(tmp_path / "elsewhere.json")
    with pytest.raises(Refused):
        await records.vm(root, document.config.id)


@ON_DISK
async def test_deleting_with_disks_leaves_nothing(
    records: Records, master: Master, tmp_path: Path
) -> None:
    root = str(tmp_path)
    document = _vm("web1")
    await records.put_vm(root, document)
    directory = tmp_path / "running_pool" / document.config.id
    (directory / "vda.raw").write_bytes(b"x")
    (directory / "deeper").mkdir()
    (directory / "deeper" / "file").write_bytes(b"x")
    outside = tmp_path / "outside"
    outside.write_text("stays")
    (directory / "link").symlink_to(outside)
    await records.delete_vm(root, document.config.id, disks=True)
    await records.delete_vm(root, document.config.id, disks=True)
    assert list((tmp_path / "running_pool").iterdir()) == []
    assert outside.read_text() == "stays"
    assert await records.vm(root, document.config.id) is None
    assert await records.vms(root) == []
    assert master.changes == [document.config.id] * 2


@ON_DISK
async def test_deleting_without_disks_keeps_them_and_the_old_record(
    records: Records, tmp_path: Path
) -> None:
    root = str(tmp_path)
    document = _vm("web1")
    await records.put_vm(root, document)
    directory = tmp_path / "running_pool" / document.config.id
    (directory / "vda.raw").write_bytes(b"x")
    await records.delete_vm(root, document.config.id, disks=False)
    await records.delete_vm(root, document.config.id, disks=False)
    assert sorted(p.name for p in directory.iterdir()) == ["vda.raw", "vm.json.deleted"]
    assert await records.vm(root, document.config.id) is None
    await records.put_vm(root, _vm("web1"))


@ON_DISK
async def test_templates_are_found_by_their_folder(records: Records, tmp_path: Path) -> None:
    root = str(tmp_path)
    disk = TemplateDisk(target="vda", file="a.qcow2", format="qcow2", size=512, sha256="0" * 64)
    template = TemplateDocument(name="tiny", memory=64, vcpus=1, disks=(disk,))
    for name, text in (("tiny", template.model_dump_json()), ("bad", "{")):
        (tmp_path / "seed_pool" / name).mkdir()
        (tmp_path / "seed_pool" / name / "template.json").write_text(text)
    (tmp_path / "seed_pool" / "empty").mkdir()
    assert await records.templates(root) == [template]
    assert await records.template(root, "tiny") == template
    assert await records.template(root, "absent") is None
    assert await records.template(root, "empty") is None
    with pytest.raises(Refused) as refused:
        await records.template(root, "bad")
    assert refused.value.code == "template.unreadable"


@ON_DISK
@pytest.mark.parametrize("bad", ["../../etc", "", "x\n", "A" * 36])
async def test_keys_cannot_leave_the_repository(records: Records, tmp_path: Path, bad: str) -> None:
    for attempt in (
        records.vm(str(tmp_path), bad),
        records.delete_vm(str(tmp_path), bad, disks=True),
        records.vms(f"/OVS/{bad}/../.."),
    ):
        with pytest.raises(Refused) as refused:
            await attempt
        assert refused.value.code == "request.invalid"
    with pytest.raises(Refused):
        await records.template(str(tmp_path), "../seed_pool")


async def test_only_the_master_answers(records: Records, master: Master, tmp_path: Path) -> None:
    root = str(tmp_path)
    master.value = False
    for attempt in (
        records.init(root),
        records.pool(root),
        records.put_pool(_pool(tmp_path)),
        records.vms(root),
        records.put_vm(root, _vm("web1")),
        records.delete_vm(root, new_id(), disks=True),
        records.templates(root),
    ):
        with pytest.raises(Refused) as refused:
            await attempt
        assert refused.value.code == "server.role"


async def test_a_server_in_no_pool_may_only_become_master(
    records: Records, master: Master, tmp_path: Path
) -> None:
    root = str(tmp_path)
    master.value = None
    await records.init(root)
    await records.put_pool(_pool(tmp_path))
    assert await records.pool(root) is not None
    with pytest.raises(Refused) as refused:
        await records.vms(root)
    assert refused.value.code == "server.role"


async def test_a_repository_that_is_not_mounted_is_unavailable_not_empty(
    records: Records, tmp_path: Path
) -> None:
    empty = tmp_path / "mountpoint"
    empty.mkdir()
    for root in (str(empty), str(tmp_path / "absent")):
        for attempt in (records.vms(root), records.pool(root), records.vm(root, new_id())):
            with pytest.raises(Refused) as refused:
                await attempt
            assert refused.value.code == "storage.unavailable"


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    if os.geteuid() != 0:
        pytest.skip("needs root")
    with tmpfs(tmp_path / "small", "256k") as place:
        yield place


@ON_DISK
async def test_a_full_repository_keeps_the_old_record(master: Master, small: Path) -> None:
    records = master.records()
    master.value = None
    await records.init(str(small))
    master.value = True
    document = _vm("web1")
    await records.put_vm(str(small), document)
    with pytest.raises(OSError), (small / "filler").open("wb", buffering=0) as filler:
        while True:
            filler.write(b"x" * 4096)
    for attempt in (_next(document, wanted=Wanted.ON), _vm("web2")):
        with pytest.raises(Refused) as refused:
            await records.put_vm(str(small), attempt)
        assert refused.value.code == "storage.full"
    assert await records.vms(str(small)) == [document]
    assert [p.name for p in (small / "running_pool").iterdir()] == [document.config.id]
    (small / "filler").unlink()
    await records.put_vm(str(small), _next(document, wanted=Wanted.ON))


@ON_DISK
async def test_a_lock_held_elsewhere_ends_in_a_refusal(
    records: Records, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock, "PATIENCE", 0.2)
    with (tmp_path / ".millpond" / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(Refused) as refused:
            await records.put_vm(str(tmp_path), _vm("web1"))
        assert refused.value.code == "server.busy"
    await records.put_vm(str(tmp_path), _vm("web1"))


@ON_DISK
async def test_a_thousand_vms_are_listed_fast(
    records: Records, master: Master, tmp_path: Path
) -> None:
    for number in range(1000):
        document = _vm(f"vm{number}")
        directory = tmp_path / "running_pool" / document.config.id
        directory.mkdir()
        (directory / "vm.json").write_text(document.model_dump_json())
    assert len(await records.vms(str(tmp_path))) == 1000
    best = 1.0
    for _ in range(5):
        start = time.process_time()
        assert len(await records.vms(str(tmp_path))) == 1000
        best = min(best, time.process_time() - start)
    assert best < 0.1, f"{best * 1000:.0f} ms"
