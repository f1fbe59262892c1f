"""``ports.fence_records`` and ``ports.failovers``: one suite over files and memory."""

import asyncio
import json
import os
import stat
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from millpond.adapters.fake.ha_records import FakeFailovers, FakeFenceRecords
from millpond.adapters.records.failovers import DirectoryFailovers
from millpond.adapters.records.fencing import DirectoryFenceRecords
from millpond.domain.errors import Refused
from millpond.domain.fencing import FenceDevice, FencingDocument
from millpond.domain.ha.failover import Failover
from millpond.domain.layout import FAILOVERS, FENCING_RECORD
from millpond.domain.names import new_id
from millpond.ports.failovers import Failovers
from millpond.ports.fence_records import FenceRecords

SERVER = new_id()


def _anybody(root: Path) -> None:
    pass


def _deposed(root: Path) -> None:
    raise Refused("pool.deposed", "this server", "is not the master any more", "ask the new one")


@pytest.fixture
def root(tmp_path: Path) -> str:
    (tmp_path / ".millpond").mkdir()
    return str(tmp_path)


@pytest.fixture(params=["directory", "fake"])
def records(request: pytest.FixtureRequest) -> FenceRecords:
    return DirectoryFenceRecords(_anybody) if request.param == "directory" else FakeFenceRecords()


@pytest.fixture(params=["directory", "fake"])
def failovers(request: pytest.FixtureRequest) -> Failovers:
    if request.param == "directory":
        return DirectoryFailovers(_anybody, kept=5)
    return FakeFailovers(kept=5)


def _device(password: str, name: str = "ipmi1", agent: str = "fence_ipmilan") -> FenceDevice:
    return FenceDevice(
        name=name,
        agent=agent,
        arguments={"ip": "192.0.2.1"},
        secrets={"password": SecretStr(password)},
    )


def _document(generation: int, *devices: FenceDevice) -> FencingDocument:
    return FencingDocument(generation=generation, members={SERVER: devices})


def _failover(detected: float, failover: str | None = None, how: str = "") -> Failover:
    return Failover(
        id=failover or new_id(),
        server=SERVER,
        server_name="srv1",
        term=1,
        silent=detected - 5,
        detected=detected,
        how=how,
        promised=15,
    )


async def test_there_are_no_devices_at_first(records: FenceRecords, root: str) -> None:
    assert await records.fencing(root) == FencingDocument(generation=0)


async def test_devices_are_read_back_with_their_secrets(records: FenceRecords, root: str) -> None:
    written = _document(1, _device("hush"))
    await records.put_fencing(root, written)
    read = await records.fencing(root)
    assert read == written
    assert read.members[SERVER][0].secrets["password"].get_secret_value() == "hush"


async def test_only_the_next_generation_is_taken(records: FenceRecords, root: str) -> None:
    await records.put_fencing(root, _document(1, _device("hush")))
    for wrong in (1, 3):
        with pytest.raises(Refused) as refused:
            await records.put_fencing(root, _document(wrong, _device("other")))
        assert refused.value.code == "pool.stale"
    await records.put_fencing(root, _document(1, _device("hush")))  # the very same: nothing to do
    await records.put_fencing(root, _document(2, _device("other")))
    assert await records.fencing(root) == _document(2, _device("other"))


async def test_an_empty_secret_keeps_the_one_that_is_there(
    records: FenceRecords, root: str
) -> None:
    await records.put_fencing(root, _document(1, _device("hush"), _device("hoho", "ipmi2")))
    shown = (await records.fencing(root)).without_secrets()
    assert [d.secrets["password"].get_secret_value() for d in shown.members[SERVER]] == ["", ""]
    await records.put_fencing(root, shown.model_copy(update={"generation": 2}))
    kept = (await records.fencing(root)).members[SERVER]
    assert [d.secrets["password"].get_secret_value() for d in kept] == ["hush", "hoho"]


@pytest.mark.parametrize("changed", [{"name": "ipmi9"}, {"agent": "fence_apc"}])
async def test_a_secret_is_not_carried_over_to_another_device(
    records: FenceRecords, root: str, changed: dict[str, str]
) -> None:
    await records.put_fencing(root, _document(1, _device("hush")))
    with pytest.raises(Refused) as refused:
        await records.put_fencing(root, _document(2, _device("", **changed)))
    assert refused.value.code == "fence.invalid"
    assert await records.fencing(root) == _document(1, _device("hush"))


async def test_two_writers_of_one_generation_cannot_both_win(
    records: FenceRecords, root: str
) -> None:
    outcomes = await asyncio.gather(
        *(records.put_fencing(root, _document(1, _device(f"p{n}"))) for n in range(8)),
        return_exceptions=True,
    )
    assert sum(o is None for o in outcomes) == 1
    assert all(o is None or isinstance(o, Refused) for o in outcomes)


async def test_only_root_may_read_the_file(root: str) -> None:
    old = os.umask(0)
    try:
        for generation in (1, 2):
            await DirectoryFenceRecords(_anybody).put_fencing(
                root, _document(generation, _device(f"hush{generation}"))
            )
    finally:
        os.umask(old)
    path = Path(root, FENCING_RECORD)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    stored = json.loads(path.read_text())["members"][SERVER][0]["secrets"]
    assert stored == {"password": "hush2"}


async def test_another_server_sees_the_new_devices_at_once(root: str) -> None:
    one, other = DirectoryFenceRecords(_anybody), DirectoryFenceRecords(_anybody)
    for generation in (1, 2):
        await one.put_fencing(root, _document(generation, _device(f"hush{generation}")))
        assert (await other.fencing(root)).generation == generation


async def test_who_may_not_write_writes_nothing(root: str) -> None:
    with pytest.raises(Refused) as refused:
        await DirectoryFenceRecords(_deposed).put_fencing(root, _document(1, _device("hush")))
    assert refused.value.code == "pool.deposed"
    with pytest.raises(Refused):
        await DirectoryFailovers(_deposed).put_failover(root, _failover(1))
    assert sorted(p.name for p in Path(root, ".millpond").iterdir()) == ["lock"]


async def test_a_root_that_is_gone_is_not_a_pool_without_devices(tmp_path: Path) -> None:
    gone = str(tmp_path / "gone")
    for call in (
        DirectoryFenceRecords(_anybody).fencing(gone),
        DirectoryFailovers(_anybody).failovers(gone, 10),
    ):
        with pytest.raises(Refused) as refused:
            await call
        assert refused.value.code == "storage.unavailable"


async def test_a_damaged_fencing_record_is_reported(root: str) -> None:
    Path(root, FENCING_RECORD).write_text("{")
    with pytest.raises(Refused) as refused:
        await DirectoryFenceRecords(_anybody).fencing(root)
    assert refused.value.code == "pool.unreadable"


def test_a_secret_is_neither_printed_nor_of_two_lines() -> None:
    assert "hush" not in repr(_document(1, _device("hush")))
    with pytest.raises(ValidationError) as error:
        _device("hush\naction=on")
    assert "hush" not in str(error.value)


def test_devices_of_a_server_have_different_names() -> None:
    with pytest.raises(ValidationError):
        _document(1, _device("a"), _device("b"))


async def test_failovers_come_newest_first(failovers: Failovers, root: str) -> None:
    assert await failovers.failovers(root, 10) == []
    stories = [_failover(float(n)) for n in range(4)]
    for story in (stories[2], stories[0], stories[3], stories[1]):
        await failovers.put_failover(root, story)
    assert await failovers.failovers(root, 10) == stories[::-1]
    assert await failovers.failovers(root, 2) == [stories[3], stories[2]]


async def test_a_failover_is_retold_under_its_id(failovers: Failovers, root: str) -> None:
    first = _failover(1)
    await failovers.put_failover(root, first)
    told = _failover(1, first.id, how="ipmi1: off")
    await failovers.put_failover(root, told)
    assert await failovers.failovers(root, 10) == [told]


async def test_the_oldest_failovers_are_forgotten(failovers: Failovers, root: str) -> None:
    stories = [_failover(float(n)) for n in range(7)]
    for story in stories:
        await failovers.put_failover(root, story)
    assert await failovers.failovers(root, 10) == stories[:1:-1]


async def test_a_damaged_failover_hides_no_other(root: str) -> None:
    failovers = DirectoryFailovers(_anybody)
    story = _failover(1)
    await failovers.put_failover(root, story)
    Path(root, FAILOVERS, f"{new_id()}.json").write_text("{")
    other = Path(root, FAILOVERS, f"{new_id()}.json")
    other.write_text(story.model_dump_json())  # a copy under another name
    assert await failovers.failovers(root, 10) == [story]
