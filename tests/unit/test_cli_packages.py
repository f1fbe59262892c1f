"""``millpond vm import`` and ``export``: what they ask for, and what they show."""

import hashlib
from pathlib import Path
from typing import Any

from millpond.cli.errors import ExitCode
from tests.support.cli import Run, Script
from tests.unit.test_cli_commands import accepts, job

PLAN: dict[str, Any] = {
    "before": {
        "config": {
            "name": "web1",
            "memory": 2048,
            "vcpus": 2,
            "boot": ["disk"],
            "description": "",
            "vifs": [{"mac": "00:50:56:00:00:01", "bridge": "xenbr0", "model": "e1000"}],
        }
    },
    "arriving": [
        {
            "disk": {"target": "sda", "size": 40 << 30, "format": "qcow2"},
            "foreign": {"file": "web1-disk1.vmdk"},
        }
    ],
    "notes": ["firmware: it boots by UEFI"],
    "remarks": ["there is no manifest"],
    "options": [{"id": "small", "label": "Small"}, {"id": "big", "label": "Big"}],
    "option": "small",
}


def test_a_dry_run_shows_what_would_be_made_and_what_was_not_understood(
    script: Script, run: Run
) -> None:
    script.answers["POST /vms/import"] = (200, {"plan": PLAN})
    result = run(
        *("vm", "import", "/srv/web1.ova", "--pool", "pool1", "--option", "small", "--dry-run"),
        *("--network", "VM Network=xenbr0", "--network", "a=b=xenbr1"),
    )
    assert result.code == 0, result.err
    for word in ("web1", "2G", "sda", "40G", "web1-disk1.vmdk", "xenbr0", "small (Small)",
                 "firmware: it boots by UEFI", "there is no manifest"):  # fmt: skip
        assert word in result.out
    (request,) = script.requests("POST /vms/import")
    assert request.query == {"dry_run": "true"}
    assert request.body["networks"] == {"VM Network": "xenbr0", "a=b": "xenbr1"}
    assert request.body["option"] == "small"


def test_an_import_says_afterwards_what_is_other(script: Script, run: Run) -> None:
    notes = {"notes": ["disk sda: the guest needs a driver"], "remarks": []}
    accepts(script, "POST /vms/import", job(kind="vm.import", result=notes))
    result = run("vm", "import", "/srv/web1.ova", "--pool", "pool1", "--new-macs", "--drivers")
    assert "done in" in result.out
    assert "disk sda: the guest needs a driver" in result.out
    body = script.requests("POST /vms/import")[0].body
    assert (body["new_macs"], body["drivers"]) == (True, True)


def test_a_network_without_a_bridge_is_no_request(script: Script, run: Run) -> None:
    result = run("vm", "import", "/srv/web1.ova", "--pool", "pool1", "--network", "xenbr0")
    assert result.code == 2
    assert "NETWORK=BRIDGE" in result.err


def test_an_export_says_what_is_lost(script: Script, run: Run) -> None:
    told = {"path": "/OVS/publish_pool/web1.ova", "lost": ["tags: a: no other product has them"]}
    accepts(script, "POST /vms/web1/export", job(kind="vm.export", result=told))
    result = run("vm", "export", "web1", "--disks", "qcow2")
    assert "tags: a: no other product has them" in result.out
    assert "/OVS/publish_pool/web1.ova" in result.out
    body = script.requests("POST /vms/web1/export")[0].body
    assert body == {"format": "ova", "disks": "qcow2", "file": None}


ADOPTION: dict[str, Any] = {
    "vms": [
        {
            "path": "running_pool/12_web",
            "before": {"config": {"name": "12_web"}},
            "links": [{"file": "running_pool/12_web/System.img"}],
            "notes": ["bootloader: a paravirtualised guest"],
        }
    ],
    "images": [],
    "known": ["running_pool/11_old"],
    "refused": [
        {
            "path": "running_pool/13_esx",
            "problem": {
                "code": "image.format",
                "subject": "image",
                "message": "no disks of the format vmdk",
                "fix": "convert it: qemu-img convert",
            },
        }
    ],
}


def test_a_dry_run_of_an_adoption_shows_what_is_what(script: Script, run: Run) -> None:
    route = "POST /pools/pool1/repositories/root/adopt"
    script.answers[route] = (200, {"plan": ADOPTION})
    result = run(
        *("repository", "adopt", "pool1", "--dry-run", "--network", "br0=xenbr0"),
        *("--memory", "2G", "--vcpus", "2", "--new-macs"),
    )
    assert result.code == 0, result.err
    for word in ("12_web", "System.img", "11_old", "13_esx: no disks of the format vmdk",
                 "convert it: qemu-img convert", "a paravirtualised guest"):  # fmt: skip
        assert word in result.out
    (request,) = script.requests(route)
    assert request.query == {"dry_run": "true"}
    assert request.body == {
        "networks": {"br0": "xenbr0"},
        "memory": 2048,
        "vcpus": 2,
        "new_macs": True,
    }


def test_an_adoption_says_afterwards_what_was_left(script: Script, run: Run) -> None:
    said = {"vms": ["12_web"], "images": [], "known": [], "notes": [], "refused": ["x: why; fix"]}
    route = "POST /pools/pool1/repositories/data1/adopt"
    accepts(script, route, job(kind="repository.adopt", result=said))
    result = run("repository", "adopt", "pool1", "data1")
    assert "done in" in result.out
    assert "12_web" in result.out
    assert "x: why; fix" in result.out


def test_an_export_is_fetched_once_it_is_written(script: Script, run: Run, tmp_path: Path) -> None:
    content = b"an ova"
    digest = hashlib.sha256(content).hexdigest()
    result = {"path": "/OVS/publish_pool/web1.ova", "sha256": digest, "lost": []}
    accepts(script, "POST /vms/web1/export", job(kind="vm.export", result=result))
    script.answers["GET /vms/web1"] = (200, {"pool": {"id": "pool1"}})
    script.answers["GET /pools/pool1/exports/web1.ova"] = (404, {"error": {"code": "x"}})
    to = tmp_path / "web1.ova"
    done = run("vm", "export", "web1", "--download", str(to))
    assert digest in done.out
    assert done.code != 0
    assert not to.exists()
    assert run("vm", "export", "web1", "--no-wait", "--download", str(to)).code == ExitCode.USAGE
    assert len(script.requests("POST /vms/web1/export")) == 1
