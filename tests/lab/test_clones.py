"""Clones run: one over a template's disk, one of its own data, and one that shares its blocks on XFS.

What their disks are is asked of qemu-img and of the file system; what runs, of virsh and the guests' consoles.
"""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.contract.mounts import xfs
from tests.lab.pool import PoolLab, pool_lab
from tests.support.api import ApiError, Json
from tests.support.truth import guest_xml, runs_on

pytestmark = [pytest.mark.lab, pytest.mark.slow, pytest.mark.thorough]

TEMPLATES = "/pools/pool1/templates"


@dataclass
class Lab:
    pool: PoolLab
    data: Path

    def start(self, name: str, server: str) -> None:
        """And see it count."""
        self.pool.api.do("POST", f"/vms/{name}/start", {"on": server})
        self.pool.counter(name)
        self.pool.counts_on(name)
        assert runs_on(self.pool.lab, name) == [server]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    directory = tmp_path_factory.mktemp("clones")
    with xfs(directory / "data", directory / "image") as data, pool_lab(directory) as pool:
        body = {"name": "data", "kind": "local", "source": str(data)}
        pool.api.do("POST", "/pools/pool1/repositories", body)
        yield Lab(pool, data)


def image(root: Path, vm: Json) -> Path:
    file = str(vm["config"]["disks"][0]["source"]).removeprefix("file:")
    return root / "running_pool" / str(vm["id"]) / file


def chain_of(path: Path) -> str:
    asked = ["qemu-img", "info", "-U", "--backing-chain", "-f", "qcow2", str(path)]
    return subprocess.run(asked, check=True, capture_output=True, text=True).stdout


def test_a_linked_clone_and_a_whole_one_run_beside_their_vm(made: Lab) -> None:
    api, lab = made.pool.api, made.pool.lab
    body = {"pool": "pool1", "name": "origin", "template": "tiny", "cloning": "linked"}
    api.do("POST", "/vms", body | {"vifs": [{"bridge": "xenbr0"}]})
    made.start("origin", "srv1")
    origin = api("GET", "/vms/origin")
    assert "seed_pool/tiny/system.img" in guest_xml(lab, "srv1", "origin")
    assert "seed_pool/tiny/system.img" in chain_of(image(lab.shared, origin))
    api.do("POST", "/vms/origin/kill")

    api.do("POST", "/vms/origin/clone", {"name": "linked"})
    api.do("POST", "/vms/origin/clone", {"name": "whole", "cloning": "full"})
    for name, server in (("origin", "srv1"), ("linked", "srv2"), ("whole", "srv3")):
        made.start(name, server)
    linked, whole = (api("GET", f"/vms/{name}") for name in ("linked", "whole"))
    assert "seed_pool/tiny/system.img" in chain_of(image(lab.shared, linked))
    assert "backing file" not in chain_of(image(lab.shared, whole))
    assert linked["config"]["vifs"][0]["mac"] != origin["config"]["vifs"][0]["mac"]

    with pytest.raises(ApiError) as caught:
        api("DELETE", f"{TEMPLATES}/tiny")
    assert caught.value.error["details"] == {"vms": ["linked", "origin"]}
    assert made.pool.move("linked", "srv1")["state"] == "done"
    made.pool.counts_on("linked")


def test_a_clone_of_a_vm_that_runs_runs(made: Lab) -> None:
    """After the test before."""
    api = made.pool.api
    api.do("POST", "/vms/linked/clone", {"name": "live"})
    assert "backing file" not in chain_of(image(made.pool.lab.shared, api("GET", "/vms/live")))
    made.start("live", "srv2")
    made.pool.counts_on("linked")
    assert not list((made.pool.lab.shared / "backups").rglob("*.qcow2"))
    made.pool.remove("live")


def test_on_xfs_a_template_and_its_vm_share_their_blocks(made: Lab) -> None:
    """After the test before."""
    api = made.pool.api
    api.do("POST", "/vms/whole/kill")
    api.do("POST", "/vms/whole/template", {"name": "golden", "repository": "data"})
    body = {"pool": "pool1", "name": "quick", "template": "golden", "repository": "data"}
    api.do("POST", "/vms", body)
    quick = api("GET", "/vms/quick")
    assert quick["config"]["disks"][0]["backing"] == []
    asked = ["filefrag", "-v", str(image(made.data, quick))]
    assert "shared" in subprocess.run(asked, check=True, capture_output=True, text=True).stdout
    made.start("quick", "srv3")
    api.do("DELETE", f"{TEMPLATES}/golden")
    made.pool.counts_on("quick")
    for name in ("origin", "linked", "whole", "quick"):
        made.pool.remove(name)
    assert not (made.data / "seed_pool" / "golden").exists()
