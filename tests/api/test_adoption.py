"""Adopting an Oracle VM's tree and a folder of images over the API, on fake servers."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.test_repositories import refused
from tests.data.hostile.images import qcow2
from tests.support.api import Json
from tests.support.system import System
from tests.support.trees import contents, image, paper_tree, paper_vm

WHERE = "/pools/pool1/repositories"


@pytest.fixture(autouse=True)
def cleared(system: System) -> Iterator[None]:
    """Each test leaves the pool as it found it."""
    yield
    for vm in system.api.items("/vms"):
        if vm["power"] != "stopped":
            system.api.do("POST", f"/vms/{vm['name']}/kill")
        system.api.do("DELETE", f"/vms/{vm['name']}")
    for found in system.api.items("/pools/pool1/images"):
        system.api.do("DELETE", f"/pools/pool1/images/{found['name']}")
    for repository in system.api.items(WHERE):
        if not repository["cluster_root"]:
            system.api.do("DELETE", f"{WHERE}/{repository['name']}")


@pytest.fixture
def folder(system: System, tmp_path: Path) -> Path:
    """Storage that is not empty, to become repository ``old``."""
    made = tmp_path / "old"
    made.mkdir()
    return made


def keep(system: System, folder: Path) -> None:
    body = {"name": "old", "kind": "local", "source": str(folder), "keep": True}
    system.api.do("POST", WHERE, body)


def look(system: System, repository: str = "old", **more: object) -> Json:
    return dict(system.api("POST", f"{WHERE}/{repository}/adopt?dry_run=true", more)["plan"])


def adopt(system: System, repository: str = "old", **more: object) -> Json:
    return dict(system.api.do("POST", f"{WHERE}/{repository}/adopt", more)["result"])


def problems(plan: Json) -> dict[str, str]:
    return {r["path"]: r["problem"]["code"] for r in plan["refused"]}


def test_a_tree_of_oracle_vms_is_adopted_where_it_is(system: System) -> None:
    """In the cluster root; twice, and the second time nothing is left to do."""
    paper_tree(system.root)
    before = contents(system.root)
    plan = look(system, "root")
    assert contents(system.root) == before
    named = {v["path"]: v["before"]["config"]["name"] for v in plan["vms"]}
    assert named == {"running_pool/12_web": "12_web", "running_pool/13_mail": "13_mail"}
    assert {i["path"]: i["document"]["kind"] for i in plan["images"]} == {
        "seed_pool/OVM_EL5U4": "template",
        "iso_pool/el5/EL5-U4.iso": "iso",
        "sharedDisk/quorum.img": "disk",
    }
    assert plan["refused"] == []

    result = adopt(system, "root")
    assert sorted(result["vms"]) == ["12_web", "13_mail"]
    after = contents(system.root)
    assert {path: after[path] for path in before if not path.startswith(".millpond")} == {
        path: data for path, data in before.items() if not path.startswith(".millpond")
    }
    vm = system.api("GET", "/vms/12_web")
    config = vm["config"]
    assert (config["memory"], config["vifs"][0]["mac"]) == (128, "00:16:3e:11:00:01")
    (disk,) = config["disks"]
    assert (disk["target"], disk["format"], disk["size"]) == ("xvda", "raw", 4 * 65536)
    mine = system.root / "running_pool" / vm["id"] / disk["source"].removeprefix("file:")
    assert mine.samefile(system.root / "running_pool" / "12_web" / "System.img")
    system.api.do("POST", "/vms/12_web/start")

    images = {i["name"]: i for i in system.api.items("/pools/pool1/images")}
    assert set(images) == {"OVM_EL5U4", "EL5-U4", "quorum"}
    assert all(i["state"] == "approved" and i["facts"]["sha256"] for i in images.values())
    body = {"pool": "pool1", "name": "fromseed", "template": "OVM_EL5U4", "cdrom": "EL5-U4"}
    system.api.do("POST", "/vms", body)
    made = system.api("GET", "/vms/fromseed")
    clone = system.root / "running_pool" / made["id"] / "xvda.raw"
    assert clone.read_bytes() == b"seed" * 65536

    again = look(system, "root")
    assert (again["vms"], again["images"], again["refused"]) == ([], [], [])
    assert {"running_pool/12_web", "iso_pool/el5/EL5-U4.iso"} <= set(again["known"])
    system.api.do("POST", "/vms/12_web/kill")
    system.api.do("DELETE", "/vms/12_web")
    assert (system.root / "running_pool/12_web/System.img").read_bytes() == b"data" * 65536
    assert [v["path"] for v in look(system, "root")["vms"]] == ["running_pool/12_web"]
    for old in ("running_pool/12_web", "running_pool/13_mail", "iso_pool/el5", "sharedDisk"):
        shutil.rmtree(system.root / old)
    (system.root / "sharedDisk").mkdir()


def test_a_folder_of_images(system: System, folder: Path) -> None:
    """Each becomes a VM; what cannot be used as it is comes with the command that converts it."""
    image(folder / "plain.qcow2", "qcow2")
    (folder / "flat.img").write_bytes(b"\1" * 1024)
    image(folder / "esx.vmdk", "vmdk", "-o", "subformat=monolithicSparse")
    (folder / "notes.txt").write_text("read me")
    body = {"name": "old", "kind": "local", "source": str(folder)}
    job = system.api.ended(system.api("POST", WHERE, body)["id"])
    assert job["error"]["code"] == "object.exists"
    assert "--keep" in job["error"]["fix"]
    keep(system, folder)
    before = contents(folder)

    plan = look(system, memory=512)
    assert problems(plan) == {"esx.vmdk": "image.format", "notes.txt": "import.reference"}
    (fix,) = (r["problem"]["fix"] for r in plan["refused"] if r["path"] == "esx.vmdk")
    command = f"qemu-img convert -f vmdk -O qcow2 {folder}/esx.vmdk {folder}/esx.qcow2"
    assert fix.endswith(command)
    assert adopt(system, memory=512)["vms"] == ["flat", "plain"]
    assert {k: v for k, v in contents(folder).items() if k in before} == before

    assert os.system(command) == 0  # as the plan says
    assert adopt(system)["vms"] == ["esx"]
    vms = {v["name"]: v for v in system.api.items("/vms")}
    assert {n: v["config"]["memory"] for n, v in vms.items()} == {
        "flat": 512,
        "plain": 512,
        "esx": 1024,
    }
    (disk,) = vms["plain"]["config"]["disks"]
    assert (disk["target"], disk["format"], disk["size"]) == ("vda", "qcow2", 4 << 20)
    assert vms["esx"]["repository"]["name"] == "old"
    system.api.do("POST", "/vms/esx/start")


def test_each_is_refused_by_itself(system: System, folder: Path) -> None:
    """Names, addresses, links and formats that clash or lie harm nobody but their own entry."""
    secret = folder.parent / "secret.img"
    secret.write_bytes(b"secret" * 512)
    pool = folder / "running_pool"
    mac = "00:16:3E:22:00:0"
    good = paper_vm(folder, "running_pool/1_good", "good", f"{mac}1")
    paper_vm(folder, "running_pool/2_name", "good", f"{mac}2")
    paper_vm(folder, "running_pool/3_mac", "third", f"{mac}1")
    paper_vm(folder, "running_pool/4_bridge", "fourth", f"{mac}4")
    config = pool / "4_bridge" / "vm.cfg"
    config.write_text(config.read_text().replace("xenbr0", "dmz"))
    paper_vm(folder, "running_pool/5_link", "fifth", f"{mac}5")
    (pool / "5_link" / "System.img").unlink()
    (pool / "5_link" / "System.img").symlink_to(secret)
    paper_vm(folder, "running_pool/6_theirs", "sixth", f"{mac}6")
    config = pool / "6_theirs" / "vm.cfg"
    config.write_text(config.read_text().replace("6_theirs/System.img", "1_good/System.img"))
    paper_vm(folder, "running_pool/7_lie", "seventh", f"{mac}7", qcow2(backing=b"/etc/passwd"))
    paper_vm(folder, "running_pool/8_code", "eighth", f"{mac}8")
    with (pool / "8_code" / "vm.cfg").open("a") as file:
        file.write(f"import os\nos.system('touch {folder.parent}/owned')\n")
    paper_vm(folder, "running_pool/9_same", "ninth", f"{mac}9")
    (pool / "9_same" / "System.img").unlink()
    os.link(good / "System.img", pool / "9_same" / "System.img")
    (pool / "linked").symlink_to("/etc")
    paper_vm(folder, "running_pool/a b\nc", "spaced", f"{mac}a")
    (folder / "outside.img").symlink_to(secret)
    os.link(secret, folder / "hard.img")
    (folder / "-rf.img").write_bytes(b"\1" * 512)
    (folder / "odd.img").write_bytes(b"\1" * 700)
    (folder / "\u202egnp.qcow2").write_bytes(b"x")
    (folder / "no\udcfftext.img").write_bytes(b"x")
    keep(system, folder)

    plan = look(system)
    taken = {v["path"]: v["before"]["config"]["name"] for v in plan["vms"]}
    assert taken == {
        "running_pool/1_good": "good",
        "running_pool/8_code": "eighth",
        "-rf.img": "rf",
    }
    assert problems(plan) == {
        "running_pool/2_name": "object.exists",
        "running_pool/3_mac": "object.exists",
        "running_pool/4_bridge": "import.network",
        "running_pool/5_link": "request.invalid",
        "running_pool/6_theirs": "import.reference",
        "running_pool/7_lie": "image.format",
        "running_pool/9_same": "object.exists",
        "running_pool/linked": "import.reference",
        "running_pool/a b\\nc": "import.reference",
        "outside.img": "import.reference",
        "hard.img": "import.reference",
        "odd.img": "image.format",
        "\\u202egnp.qcow2": "import.reference",
        "no\\xfftext.img": "import.reference",
    }
    assert not (folder.parent / "owned").exists()
    notes = next(v["notes"] for v in plan["vms"] if v["path"] == "running_pool/8_code")
    assert any("os" in note for note in notes), notes
    networks = {v["path"] for v in look(system, networks={"dmz": "xenbr1"})["vms"]}
    assert "running_pool/4_bridge" in networks
    assert len(adopt(system)["refused"]) == 14
    assert secret.read_bytes() == b"secret" * 512
    assert secret.stat().st_nlink == 2


def test_a_tree_with_links_for_folders_is_no_repository(system: System, folder: Path) -> None:
    (folder / "running_pool").symlink_to("/etc")
    body = {"name": "old", "kind": "local", "source": str(folder), "keep": True}
    job = system.api.ended(system.api("POST", WHERE, body)["id"])
    assert (job["state"], job["error"]["code"]) == ("failed", "object.exists")
    assert [p.name for p in folder.iterdir()] == ["running_pool"]


def test_a_tree_in_a_second_repository(system: System, folder: Path) -> None:
    """Its templates and ISOs lie there too, and names are unique in the pool."""
    paper_tree(folder)
    paper_vm(folder, "publish_pool/tiny", "tiny", "00:16:3E:11:00:09")
    keep(system, folder)
    plan = look(system)
    assert problems(plan) == {"publish_pool/tiny": "object.exists"}
    result = adopt(system)
    assert (len(result["vms"]), len(result["images"])) == (2, 3)
    record = json.loads((folder / ".millpond/repository.json").read_text())
    images = system.api.items("/pools/pool1/images")
    assert {i["repository"] for i in images} == {record["id"]}
    body = {"pool": "pool1", "name": "fromold", "template": "OVM_EL5U4", "cdrom": "EL5-U4"}
    system.api.do("POST", "/vms", body | {"repository": "old"})
    vm = system.api("GET", "/vms/fromold")
    clone = folder / "running_pool" / vm["id"] / "xvda.raw"
    assert clone.read_bytes() == b"seed" * 65536


def test_what_is_asked_wrongly(system: System) -> None:
    assert refused(system, {}, f"{WHERE}/nowhere/adopt") == "request.not_found"
    assert refused(system, {"memory": 1}, f"{WHERE}/root/adopt") == "request.invalid"
