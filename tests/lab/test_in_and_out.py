"""VMs that come from elsewhere and go there, with real guests: they boot, and count on their consoles."""

from collections.abc import Iterator

import pytest

from tests.lab.pool import PoolLab, pool_lab
from tests.support.trees import paper_vm
from tests.support.truth import guest_xml, runs_on

pytestmark = [pytest.mark.lab, pytest.mark.slow]

IMPORTS = "/var/lib/millpond/import"


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PoolLab]:
    with pool_lab(tmp_path_factory.mktemp("pool")) as made:
        yield made


def test_a_vm_of_an_oracle_vm_server_is_adopted_and_boots(pool: PoolLab) -> None:
    """From the very file that it had there."""
    root = pool.lab.shared
    image = (root / "seed_pool" / "tiny" / "system.img").read_bytes()
    folder = paper_vm(root, "running_pool/12_web", "12_web", "00:16:3E:11:00:01", image)
    plan = pool.api("POST", "/pools/pool1/repositories/root/adopt?dry_run=true", {})["plan"]
    assert [v["before"]["config"]["name"] for v in plan["vms"]] == ["12_web"]
    assert plan["refused"] == []

    pool.api.do("POST", "/pools/pool1/repositories/root/adopt", {})
    pool.api.do("POST", "/vms/12_web/start")
    (server,) = runs_on(pool.lab, "12_web")
    pool.counts_on("12_web")
    assert pool.counter("12_web").unbroken()
    xml = guest_xml(pool.lab, server, "12_web")
    vm = pool.vm_id("12_web")
    assert f"/OVS/running_pool/{vm}/xvda.raw" in xml
    assert "00:16:3e:11:00:01" in xml
    assert (root / "running_pool" / vm / "xvda.raw").samefile(folder / "System.img")
    assert [p.name for p in sorted(folder.iterdir())] == ["System.img", "vm.cfg"]
    pool.remove("12_web")
    assert (folder / "System.img").stat().st_size == len(image)


def test_a_vm_that_left_as_an_ova_comes_back_under_another_name(pool: PoolLab) -> None:
    pool.create("leaving")
    pool.api.do("POST", "/vms/leaving/kill")
    job = pool.api.do("POST", "/vms/leaving/export", {"format": "ova"})
    assert job["result"]["path"] == "/OVS/publish_pool/leaving.ova"
    carry = f"mkdir -p {IMPORTS} && cp /OVS/publish_pool/leaving.ova {IMPORTS}/"
    for server in ("srv1", "srv2", "srv3"):
        assert pool.lab.exec(server, ["sh", "-c", carry]).returncode == 0

    body = {"pool": "pool1", "path": f"{IMPORTS}/leaving.ova", "name": "back", "new_macs": True}
    pool.api.do("POST", "/vms/import", body)
    pool.api.do("POST", "/vms/back/start")
    pool.counts_on("back")
    assert pool.counter("back").unbroken()
    assert runs_on(pool.lab, "leaving") == []
    old, new = (pool.api("GET", f"/vms/{name}")["config"] for name in ("leaving", "back"))
    assert (old["memory"], old["vcpus"]) == (new["memory"], new["vcpus"])
    assert [d["size"] for d in old["disks"]] == [d["size"] for d in new["disks"]]
    pool.remove("back")
    pool.remove("leaving")
