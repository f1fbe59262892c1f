"""VMs that come from elsewhere and go there, with real guests: they boot, and count on their consoles."""

import hashlib
from collections.abc import Iterator

import pytest

from tests.lab.pool import PoolLab, pool_lab, wait_until
from tests.support.api import ApiError
from tests.support.trees import paper_vm
from tests.support.truth import guest_xml, runs_on

pytestmark = [pytest.mark.lab, pytest.mark.slow, pytest.mark.thorough]

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


@pytest.mark.exhaustive
def test_a_vm_that_left_as_an_ova_comes_back_under_another_name(pool: PoolLab) -> None:
    pool.create("leaving")
    pool.api.do("POST", "/vms/leaving/kill")
    job = pool.api.do("POST", "/vms/leaving/export", {"format": "ova"})
    assert job["result"]["path"] == "/OVS/publish_pool/leaving.ova"
    got = pool.api.request("GET", "/pools/pool1/exports/leaving.ova", None)
    assert hashlib.sha256(got.content).hexdigest() == job["result"]["sha256"]
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


def test_a_vm_is_imported_warm_while_its_guest_writes(pool: PoolLab) -> None:
    """A plain QEMU on a server stands for the other product. Its guest writes on one of its disks without
    end, so that no cut-over may succeed before it is off; then both disks are here to the last byte."""
    folder, disks = f"{IMPORTS}/live", ("System.img", "data.img")

    def on_srv1(script: str) -> str:
        done = pool.lab.exec("srv1", ["sh", "-ec", script])
        assert done.returncode == 0, done.stderr
        return done.stdout

    on_srv1(
        f"mkdir -p {folder}; cd {folder}; cp /OVS/seed_pool/tiny/system.img System.img\n"
        "printf 'millpond stamp' >data.img; truncate -s 512M data.img\n"
        "echo \"name = 'live'; memory = 96; vif = ['bridge=xenbr0']\" >vm.cfg\n"
        "echo \"disk = ['file:System.img,xvda,w', 'file:data.img,xvdb,w']\" >>vm.cfg\n"
        "qemu-system-x86_64 -daemonize -pidfile pid -display none -m 96 -serial file:console"
        " -drive file=System.img,if=virtio,format=raw -drive file=data.img,if=virtio,format=raw"
    )

    def stamp() -> str:
        return on_srv1(f"dd if={folder}/data.img bs=512 skip=1 count=1 | tr -d '\\0'").strip()

    def writes_on() -> None:
        before = stamp()
        wait_until(lambda: stamp() != before, 240, "the guest writes there")

    writes_on()

    pool.api.do("POST", "/vms/warm-import", {"pool": "pool1", "path": folder, "on": "srv1"})
    first = pool.api.do("POST", "/vms/live/warm-import/sync")["result"]
    assert first["changed xvdb"] == 512 << 20
    writes_on()
    again = pool.api.do("POST", "/vms/live/warm-import/sync")["result"]
    assert again["changed xvda"] == 0
    assert 0 < again["changed xvdb"] < 16 << 20
    early = pool.api.ended(pool.api("POST", "/vms/live/warm-import/cut-over")["id"])
    assert (early["state"], early["error"]["code"]) == ("failed", "import.changing")
    with pytest.raises(ApiError):
        pool.api("POST", "/vms/live/start")

    on_srv1(f'kill "$(cat {folder}/pid)"; while kill -0 "$(cat {folder}/pid)"; do sleep 0.1; done')
    pool.api.do("POST", "/vms/live/warm-import/cut-over")
    here = f"/OVS/running_pool/{pool.vm_id('live')}"
    for theirs, ours in zip(disks, ("xvda.raw", "xvdb.raw"), strict=True):
        on_srv1(f"cmp {folder}/{theirs} {here}/{ours}")
    pool.api.do("POST", "/vms/live/start")
    pool.counts_on("live")
    assert pool.counter("live").unbroken()
    pool.remove("live")
