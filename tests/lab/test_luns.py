"""A guest stamps a LUN of a real array, moves live to another server, and loses one storage processor after the other.

What it wrote is read from the array's own file, and what its QEMU has open is asked of virsh.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from millpond.adapters.iscsi.attached import target_name
from millpond.array.model.types import SPS
from millpond.lab.chaos import stamps
from tests.lab.array import ArrayLab, array_lab
from tests.lab.pool import wait_until
from tests.support.api import Api, ApiError, Json
from tests.support.arrays import PASSWORD, USER
from tests.support.truth import guest_xml

pytestmark = [pytest.mark.lab, pytest.mark.slow, pytest.mark.thorough]

PATIENCE = 240


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ArrayLab]:
    with array_lab(tmp_path_factory.mktemp("luns")) as found:
        yield found


def test_a_guest_moves_and_outlives_either_sp(lab: ArrayLab) -> None:
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
