"""Whoever is master no more writes nothing: asked under the lock, before anything is changed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from millpond.adapters.records.directory import DirectoryRecords
from millpond.adapters.records.failovers import DirectoryFailovers
from millpond.adapters.records.fencing import DirectoryFenceRecords
from millpond.domain.errors import Refused
from millpond.domain.fencing import FencingDocument
from millpond.domain.ha.failover import Failover
from millpond.domain.mastership import deposed
from millpond.domain.names import new_id
from millpond.domain.pool import Member, PoolDocument
from millpond.domain.server import Role
from millpond.domain.vm import VmConfig, VmDocument

MEMBER = Member(id=new_id(), name="srv1", address="192.0.2.1", host_id=1, roles=frozenset(Role))


class Right:
    """What ``may_write`` was asked, and whether it objects."""

    def __init__(self) -> None:
        self.lost = False
        self.asked: list[tuple[PoolDocument | None, PoolDocument | None]] = []

    def check(self, current: PoolDocument | None, wanted: PoolDocument | None) -> None:
        self.asked.append((current, wanted))
        if self.lost:
            raise deposed("pool1", "another server is master")


def contents(root: Path) -> dict[str, bytes]:
    return {str(p): p.read_bytes() for p in sorted(root.rglob("*.json*"))}


async def test_no_write_of_any_kind_gets_past_it(tmp_path: Path) -> None:
    root, right = str(tmp_path), Right()
    records = DirectoryRecords(lambda: True, may_write=right.check)
    failovers = DirectoryFailovers(records.check_right)
    fencing = DirectoryFenceRecords(records.check_right)
    pool = PoolDocument(
        id=new_id(), name="pool1", generation=1, cluster_root=root, members=(MEMBER,)
    )
    config = VmConfig(id=new_id(), name="web", memory=64, max_memory=64, vcpus=1, max_vcpus=1)
    vm = VmDocument(config=config, generation=1)
    founding = DirectoryRecords(lambda: None)
    await founding.init(root)
    await founding.put_pool(pool)
    await records.put_vm(root, vm)
    assert right.asked == [(pool, None)]
    before, right.lost = contents(tmp_path), True
    changed = pool.model_copy(update={"generation": 2, "description": "mine"})
    story = Failover(
        id=new_id(),
        server=MEMBER.id,
        server_name="srv1",
        term=1,
        silent=0,
        detected=1,
        promised=30,
    )
    writes: list[Callable[[], Any]] = [
        lambda: records.put_pool(changed),
        lambda: records.put_vm(root, vm.model_copy(update={"generation": 2})),
        lambda: records.delete_vm(root, config.id, disks=True),
        lambda: records.delete_vm(root, config.id, disks=False),
        lambda: records.delete_pool(root, pool.id),
        lambda: failovers.put_failover(root, story),
        lambda: fencing.put_fencing(root, FencingDocument(generation=1)),
    ]
    for write in writes:
        with pytest.raises(Refused, check=lambda error: error.code == "pool.deposed"):
            await write()
        assert contents(tmp_path) == before
    assert right.asked[1] == (pool, changed)
    await records.put_pool(pool)  # it is there already, and nothing is written
    assert await records.vm(root, config.id) == vm
