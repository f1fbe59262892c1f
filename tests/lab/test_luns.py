"""A guest stamps a LUN of a real array, moves live to another server, and loses one storage processor after the other.

What it wrote is read from the array's own file, and what its QEMU has open is asked of virsh.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from millpond.adapters.iscsi.attached import target_name
from millpond.array.model import pools, ports
from millpond.array.model.state import State, Usage
from millpond.array.model.types import SPS
from millpond.array.store import files
from millpond.array.store.store import Store
from millpond.lab.chaos import stamps
from millpond.lab.netns import NetworkNamespace
from tests.lab.pool import PoolLab, pool_lab, wait_until
from tests.support.api import Api, ApiError, Json
from tests.support.arrays import PASSWORD, USER, RunningArray, made
from tests.support.truth import guest_xml

pytestmark = [pytest.mark.lab, pytest.mark.slow, pytest.mark.thorough]

NET, FIRST = "198.18.0", 3
PATIENCE = 240


@dataclass
class Lab:
    pool: PoolLab
    array: RunningArray

    def file(self, number: int) -> Path:
        """Where the array has a LUN's data."""
        store = Store(self.array.root)
        try:
            return files.path_of(self.array.root, store.state().luns[number])
        finally:
            store.close()

    def keeps(self, server: str, lun: Json) -> bool:
        """Whether that server has it, by what lies there."""
        path = f"/var/lib/millpond/luns/{lun['uid']}.json"
        return self.pool.lab.exec(server, ["test", "-e", path]).returncode == 0


def _furnished(state: State, _: Usage, addresses: dict[str, str]) -> State:
    state = pools.create(state, "pool", [f"0_0_{n}" for n in range(5)])
    for sp in SPS:
        state = ports.configure(state, sp, 0, addresses[sp], "255.255.255.0", f"{NET}.1")
    return state


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """The array's processes run in the lab's network, beside the manager."""
    directory = tmp_path_factory.mktemp("luns")
    array = made(directory / "array", NET, FIRST)
    store = Store(array.root)
    store.change(lambda state, usage: _furnished(state, usage, array.addresses), 0.0)
    store.close()
    with pool_lab(directory) as pool:
        network = NetworkNamespace(pool.lab.layout.switch_pid, "")
        network.ip(f"addr add {address}/24 dev sw0" for address in array.addresses.values())
        array.within = tuple(network.argv(()))
        try:
            for sp in SPS:
                array.start(sp)
            yield Lab(pool, array)
        finally:
            for sp in list(array.sps):
                array.kill(sp)


def test_a_guest_moves_and_outlives_either_sp(lab: Lab) -> None:
    api, servers = lab.pool.api, ("srv1", "srv2", "srv3")
    addresses = list(lab.array.addresses.values())
    body = {"name": "cx4", "addresses": addresses, "user": USER, "password": PASSWORD}
    api("POST", "/arrays", body)
    wanted = {"name": "data1", "array": "cx4", "array_pool": "pool", "size": 64 << 20}
    _done(api, "POST", "/pools/pool1/luns", wanted)
    (lun,) = api.items("/pools/pool1/luns")
    assert all(lab.keeps(server, lun) for server in servers)
    file = lab.file(lun["number"])
    stamps.ask(file)

    vm = {"pool": "pool1", "name": "stamper", "template": "tiny", "vifs": [{"bridge": "xenbr0"}]}
    api.do("POST", "/vms", vm)
    disk = {"source": f"phy:{lun['device']}", "target": "vdb"}
    api.do("POST", "/vms/stamper/disks/attach", disk)
    api.do("POST", "/vms/stamper/start", {"on": "srv1"})
    wait_until(lambda: _number(file) > 2, PATIENCE, "it is stamped")
    boot = _boot(file)
    assert target_name(lun["uid"]) in guest_xml(lab.pool.lab, "srv1", "stamper")

    api.do("POST", "/vms/stamper/migrate", {"to": "srv2"})
    assert target_name(lun["uid"]) in guest_xml(lab.pool.lab, "srv2", "stamper")
    _goes_on(file, boot)
    for sp in SPS:
        lab.array.kill(sp)
        _goes_on(file, boot)
        lab.array.start(sp)
    _goes_on(file, boot)

    with pytest.raises(ApiError) as refused:
        api.do("DELETE", "/pools/pool1/luns/data1")
    assert refused.value.code == "lun.in_use"
    api.do("POST", "/vms/stamper/kill")
    api.do("POST", "/vms/stamper/disks/vdb/detach")
    _done(api, "DELETE", "/pools/pool1/luns/data1")
    assert not any(lab.keeps(server, lun) for server in servers)
    assert api.items("/arrays/cx4/luns") == []
    lab.pool.remove("stamper")


def _done(api: Api, method: str, path: str, body: Json | None = None) -> None:
    """An operation of many commands to the array, each of which starts a program."""
    job = api.ended(api(method, path, body)["id"], 600)
    assert job["state"] == "done", job


def _number(file: Path) -> int:
    stamp = stamps.read(file)
    return stamp.number if stamp else 0


def _boot(file: Path) -> str:
    wait_until(lambda: stamps.read(file), PATIENCE, "a stamp can be read")
    stamp = stamps.read(file)
    return stamp.boot if stamp else _boot(file)


def _goes_on(file: Path, boot: str) -> None:
    """The same run of the guest stamps further, and never read anything else than it wrote."""
    before = _number(file)
    wait_until(lambda: _number(file) > before + 2, PATIENCE, "it is stamped")
    assert _boot(file) == boot
    assert stamps.evidence(file) == ""
