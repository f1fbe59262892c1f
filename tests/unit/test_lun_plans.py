"""What the plans for a pool's LUNs refuse, with an array that is a file and servers that only answer."""

import asyncio
import json
from pathlib import Path

import pytest

from millpond.adapters.fake.array import FakeArray
from millpond.domain.array import ArrayPort, qemu_initiator
from millpond.domain.errors import Refused
from millpond.domain.names import new_id
from millpond.domain.pool import Member, PoolDocument
from millpond.domain.pool_lun import MOST, PoolLun
from millpond.domain.repository import Repository, RepositoryKind
from millpond.domain.server import Role
from millpond.domain.vm import Disk, DiskFormat, VmDocument
from millpond.operations.create_lun import CreateLun, LunCreateSpec
from millpond.operations.delete_lun import DeleteLun
from millpond.operations.luns import LunSpec
from tests.unit.test_placement import config

GROUP = "millpond-pool1"


class OneServer:
    """As much of a world as the plans ask; it is its own agent. The records of the repository ``away`` cannot
    be read."""

    def __init__(self, array: FakeArray, away: Repository | None, lun: PoolLun) -> None:
        member = Member(
            id=new_id(), name="srv1", address="192.0.2.11", host_id=1, roles=frozenset(Role)
        )
        self._array, self._away = array, away
        self._pool = PoolDocument(
            id=new_id(),
            name="pool1",
            generation=1,
            members=(member,),
            repositories=(away,) if away else (),
            luns=(lun,),
        )
        self.host_luns = self.records = self
        self.found: list[VmDocument] = []
        self.stale = 1

    async def pool(self, key: str) -> PoolDocument:
        return self._pool

    async def vms(self, where: str | PoolDocument) -> list[VmDocument]:
        """Of a root, and of the pool."""
        if self._away is not None and where == self._away.mount:
            raise Refused("storage.unavailable", self._away.mount, "it is not mounted", "mount it")
        return self.found

    async def array_id(self, key: str) -> str:
        return self._pool.luns[0].array

    def array(self, id_: str) -> FakeArray:
        return self._array

    def master(self, pool: PoolDocument) -> "OneServer":
        return self

    def agent(self, pool: PoolDocument, server: str) -> "OneServer":
        return self

    async def put_pool(self, document: PoolDocument) -> None:
        """Somebody else wrote it first, the first time."""
        if self.stale:
            self.stale -= 1
            raise Refused("pool.stale", "pool pool1", "it was changed", "read it again")
        self._pool = document

    async def remember(self, document: PoolDocument) -> None:
        pass

    async def initiator(self) -> str:
        return qemu_initiator(self._pool.master.id)


def lun(uid: str = "6006016012603d00956338879d69e511") -> PoolLun:
    port = ArrayPort(sp="A", number=0, iqn="iqn.1992-04.com.emc:cx.a0", address="192.0.2.1")
    fields = {"name": "data1", "array": new_id(), "number": 0, "uid": uid, "size": 1 << 30}
    more = {"thin": True, "group": GROUP, "hlu": 0, "ports": (port,)}
    return PoolLun.model_validate(fields | more)


def test_a_lun_stays_while_some_records_cannot_be_read(tmp_path: Path) -> None:
    """A VM that is off may have it as a disk: only its record says so."""
    spec = LunSpec(pool="pool1", lun="data1")
    away = Repository(
        id=new_id(), name="nfs1", kind=RepositoryKind.NFS, source="nas:/vms", mount="/OVS2"
    )

    async def plan(gone: Repository | None) -> None:
        world = OneServer(FakeArray(tmp_path / "array.json"), gone, lun())
        await DeleteLun().plan(world, spec)  # type: ignore[arg-type]

    with pytest.raises(Refused, match="nfs1") as refused:
        asyncio.run(plan(away))
    assert refused.value.code == "storage.unavailable"
    asyncio.run(plan(None))


def test_a_storage_group_that_is_full_gets_no_lun_more(tmp_path: Path) -> None:
    """Its number would be none that servers take; that has to be known before anything is made."""

    async def story() -> None:
        file = tmp_path / "array.json"
        array = FakeArray(file)
        shown = {str(number): number for number in range(MOST - 1)}
        groups = {GROUP: {"luns": shown, "paths": [], "hosts": {}}}
        file.write_text(json.dumps({"issued": 0, "luns": {}, "groups": groups, "snaps": {}}))
        spec = LunCreateSpec(pool="pool1", name="more", array="a", array_pool="pool", size=1 << 30)
        last = await CreateLun().plan(OneServer(array, None, lun()), spec)  # type: ignore[arg-type]
        assert last.hlu == MOST - 1
        shown[str(last.hlu)] = last.hlu
        file.write_text(json.dumps({"issued": 0, "luns": {}, "groups": groups, "snaps": {}}))
        with pytest.raises(Refused, match=GROUP) as refused:
            await CreateLun().plan(OneServer(array, None, lun()), spec)  # type: ignore[arg-type]
        assert refused.value.code == "storage.full"

    asyncio.run(story())


def test_no_lun_takes_the_place_of_a_device_that_a_vm_has(tmp_path: Path) -> None:
    """Whatever that is on its server: when the VM starts next, it would find the new LUN there."""
    array = FakeArray(tmp_path / "array.json")
    world = OneServer(array, None, lun())
    disk = Disk(target="vda", source="phy:/dev/mapper/more", format=DiskFormat.RAW, size=1 << 30)
    had = config(512).model_copy(update={"disks": (disk,)})
    world.found = [VmDocument(config=had, generation=1)]
    spec = LunCreateSpec(pool="pool1", name="more", array="a", array_pool="pool", size=1 << 30)
    with pytest.raises(Refused, match="/dev/mapper/more") as refused:
        asyncio.run(CreateLun().plan(world, spec))  # type: ignore[arg-type]
    assert refused.value.code == "object.exists"


def test_the_record_of_a_deleted_lun_goes_whoever_writes_beside(tmp_path: Path) -> None:
    """A server that becomes master writes the pool's record by itself, and the LUN is gone by then."""

    async def story() -> None:
        world = OneServer(FakeArray(tmp_path / "array.json"), None, lun())
        spec = LunSpec(pool="pool1", lun="data1")
        plan = await DeleteLun().plan(world, spec)  # type: ignore[arg-type]
        record = DeleteLun().steps(world, spec, plan)[-1]  # type: ignore[arg-type]
        await record.act(None)  # type: ignore[arg-type]
        assert (await world.pool("pool1")).luns == ()
        assert world.stale == 0

    asyncio.run(story())
