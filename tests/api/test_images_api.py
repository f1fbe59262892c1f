"""Images through the API, on real agents (their guests alone are fakes): the whole way of each kind."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.data.hostile.images import HOSTILE, iso, qcow2
from tests.support.api import ApiError, Json
from tests.support.system import System

PIECE = 1 << 20


def _upload(system: System, content: bytes) -> str:
    api, where = system.api, "/pools/pool1/uploads"
    upload: str = api("POST", where, {"size": len(content)})["id"]
    for offset in range(0, len(content), PIECE):
        answer = api("PUT", f"{where}/{upload}?offset={offset}", content[offset : offset + PIECE])
        assert answer == {"id": upload, "received": min(offset + PIECE, len(content))}
    return upload


def _import(system: System, name: str, content: bytes, **more: object) -> Json:
    body = {"name": name, "upload": _upload(system, content), "size": len(content), **more}
    return system.api.ended(system.api("POST", "/pools/pool1/images", body)["id"])


def _staged(system: System) -> list[Path]:
    return list((system.root / ".staging").glob("*"))


@pytest.fixture(autouse=True)
def nothing_left(system: System) -> Iterator[None]:
    yield
    for image in system.api.items("/pools/pool1/images"):
        system.api.do("DELETE", f"/pools/pool1/images/{image['name']}")
    assert _staged(system) == []
    for folder in ("iso_pool", "sharedDisk"):
        assert list((system.root / folder).iterdir()) == []


def test_an_iso_from_upload_to_its_folder(system: System) -> None:
    content = iso()
    digest = hashlib.sha256(content).hexdigest()
    job = _import(system, "debian", content, kind="iso", format="iso", sha256=digest)
    assert job["state"] == "done", job
    shown = system.api("GET", "/pools/pool1/images/debian")
    assert (shown["state"], shown["facts"]["sha256"]) == ("pending", digest)
    assert list((system.root / "iso_pool").iterdir()) == []
    system.api.do("POST", "/pools/pool1/images/debian/approve")
    assert system.api("GET", "/pools/pool1/images/debian")["state"] == "approved"
    assert (system.root / "iso_pool" / "debian.iso").read_bytes() == content
    assert system.api.items("/pools/pool1/images?kind=template") == []
    assert [i["name"] for i in system.api.items("/pools/pool1/images?kind=iso")] == ["debian"]
    with pytest.raises(ApiError) as error:
        system.api("POST", "/pools/pool1/images/debian/approve")
    assert error.value.code == "image.state"


def test_a_template_that_vms_are_made_of(system: System) -> None:
    job = _import(system, "golden", qcow2(size=8 << 20), kind="template", format="qcow2", memory=64)
    assert job["state"] == "done", job
    assert "golden" not in [t["name"] for t in system.api.items("/pools/pool1/templates")]
    system.api.do("POST", "/pools/pool1/images/golden/approve")
    template = next(t for t in system.api.items("/pools/pool1/templates") if t["name"] == "golden")
    assert (template["memory"], template["disks"][0]["size"]) == (64, 8 << 20)
    system.api.do("POST", "/vms", {"pool": "pool1", "name": "fromgold", "template": "golden"})
    assert system.api("GET", "/vms/fromgold")["config"]["disks"][0]["size"] == 8 << 20
    system.api.do("DELETE", "/vms/fromgold")
    body = {"name": "golden", "kind": "iso", "format": "iso", "url": "https://example.org/x.iso"}
    with pytest.raises(ApiError) as error:
        system.api("POST", "/pools/pool1/images", body)
    assert error.value.code == "object.exists"


def test_a_vm_with_a_cd_keeps_its_iso(system: System) -> None:
    _import(system, "debian", iso(), kind="iso", format="iso")
    disk = {"target": "vda", "size": 1 << 24, "format": "qcow2"}
    body = {"pool": "pool1", "name": "fromcd", "cdrom": "debian", "disks": [disk]}
    with pytest.raises(ApiError) as error:
        system.api("POST", "/vms", body)
    assert error.value.code == "image.state", "it is not approved yet"
    system.api.do("POST", "/pools/pool1/images/debian/approve")
    system.api.do("POST", "/vms", body | {"start": True, "memory": 64})
    config = system.api("GET", "/vms/fromcd")["config"]
    assert config["boot"] == ["disk", "cdrom"]
    assert [(d["target"], d["source"]) for d in config["disks"]] == [
        ("vda", "file:vda.qcow2"),
        ("hdc", "iso:debian"),
    ]
    with pytest.raises(ApiError) as error:
        system.api("DELETE", "/pools/pool1/images/debian")
    assert error.value.code == "image.in_use"
    system.api.do("POST", "/vms/fromcd/kill")
    system.api.do("DELETE", "/vms/fromcd")
    assert (system.root / "iso_pool" / "debian.iso").exists(), "the VM's end is not the CD's"
    body = {"pool": "pool1", "name": "fromcd", "cdrom": "nosuchcd"}
    with pytest.raises(ApiError) as error:
        system.api("POST", "/vms", body)
    assert error.value.code == "request.not_found"


def test_cds_are_changed_while_the_vm_runs(system: System) -> None:
    for name in ("first", "second"):
        _import(system, name, iso(), kind="iso", format="iso")
    system.api.do("POST", "/vms", {"pool": "pool1", "name": "player", "memory": 64})
    with pytest.raises(ApiError) as error:
        system.api("PUT", "/vms/player/cdrom", {"iso": "first"})
    assert error.value.code == "image.state", "it is not approved yet"
    for name in ("first", "second"):
        system.api.do("POST", f"/pools/pool1/images/{name}/approve")
    with pytest.raises(ApiError) as error:
        system.api("DELETE", "/vms/player/cdrom")
    assert error.value.code == "request.not_found", "it has no drive"
    system.api.do("POST", "/vms/player/start")
    system.api.do("PUT", "/vms/player/cdrom", {"iso": "first"})
    shown = system.api("GET", "/vms/player")
    assert set(shown["pending"]) == {"disks", "boot"}, "a running guest gets no drive"
    system.api.do("POST", "/vms/player/reboot", {"force": True})
    system.api.do("PUT", "/vms/player/cdrom", {"iso": "second"})
    shown = system.api("GET", "/vms/player")
    assert not shown["pending"]
    assert [d["source"] for d in shown["config"]["disks"]] == ["iso:second"]
    with pytest.raises(ApiError) as error:
        system.api("DELETE", "/pools/pool1/images/second")
    assert error.value.code == "image.in_use"
    system.api.do("DELETE", "/vms/player/cdrom")
    shown = system.api("GET", "/vms/player")
    (drive,) = shown["config"]["disks"]
    assert not shown["pending"]
    assert (drive["target"], drive["source"], drive["size"]) == ("hdc", "iso:", 0)
    system.api.do("POST", "/vms/player/suspend")
    with pytest.raises(ApiError) as error:
        system.api("PUT", "/vms/player/cdrom", {"iso": "first"})
    assert error.value.code == "vm.state", "its saved memory knows an empty drive"
    system.api.do("POST", "/vms/player/kill")
    system.api.do("DELETE", "/vms/player")


def test_a_disk_can_be_deleted_and_its_file_kept(system: System) -> None:
    job = _import(system, "data", bytes(4 << 20), kind="disk", format="raw", into="raw")
    assert job["state"] == "done", job
    system.api.do("POST", "/pools/pool1/images/data/approve")
    system.api.do("DELETE", "/pools/pool1/images/data?keep_files=true")
    assert system.api.items("/pools/pool1/images") == []
    kept = system.root / "sharedDisk" / "data.raw"
    assert kept.stat().st_size == 4 << 20
    kept.unlink()


@pytest.mark.parametrize("row", sorted({h.row for h in HOSTILE}))
def test_hostile_images_are_refused_with_their_code_and_leave_nothing(
    system: System, row: int
) -> None:
    hostile = next(h for h in HOSTILE if h.row == row)
    kind = "iso" if hostile.declared == "iso" else "disk"
    job = _import(system, "bad", hostile.make(), kind=kind, format=hostile.declared.value)
    assert job["state"] == "failed"
    assert job["error"]["code"] == hostile.code
    assert job["error"]["fix"]
    assert system.api.items("/pools/pool1/images") == []
    assert _staged(system) == []


def test_a_wrong_checksum(system: System) -> None:
    job = _import(system, "bad", iso(), kind="iso", format="iso", sha256="0" * 64)
    assert (job["state"], job["error"]["code"]) == ("failed", "image.checksum")


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/x.iso", "http://169.254.169.254/latest"])
def test_urls_that_lead_inside_are_refused(system: System, url: str) -> None:
    body = {"name": "bad", "kind": "iso", "format": "iso", "url": url}
    job = system.api.ended(system.api("POST", "/pools/pool1/images", body)["id"])
    assert (job["state"], job["error"]["code"]) == ("failed", "image.url")


def test_paths_of_the_server_that_nobody_opened_are_refused(system: System) -> None:
    body = {"name": "bad", "kind": "disk", "format": "raw", "path": "/etc/shadow"}
    job = system.api.ended(system.api("POST", "/pools/pool1/images", body)["id"])
    assert (job["state"], job["error"]["code"]) == ("failed", "request.invalid")


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": None},
        {"path": "/var/lib/millpond/import/x.iso"},
        {"format": "raw"},
        {"kind": "disk"},
        {"url": "file:///etc/passwd"},
        {"url": "http://example.org/x\n"},
        {"name": "../x"},
        {"sha256": "abc"},
        {"into": "vmdk"},
    ],
)
def test_requests_that_make_no_sense(system: System, wrong: Json) -> None:
    body = {"name": "bad", "kind": "iso", "format": "iso", "url": "https://example.org/x.iso"}
    with pytest.raises(ApiError) as error:
        system.api("POST", "/pools/pool1/images", body | wrong)
    assert error.value.code == "request.invalid"


def test_an_upload_survives_the_manager_and_the_agents(system: System) -> None:
    content = bytes(3 << 20) + iso()
    api, where = system.api, "/pools/pool1/uploads"
    upload = api("POST", where, {"size": len(content)})["id"]
    api("PUT", f"{where}/{upload}?offset=0", content[:PIECE])
    for program in (system.manager, *system.agents.values()):
        program.kill()
        program.start()
        program.wait_ready()
    assert api("GET", f"{where}/{upload}")["received"] == PIECE
    with pytest.raises(ApiError) as error:
        api("PUT", f"{where}/{upload}?offset={2 * PIECE}", content[:PIECE])
    assert error.value.code == "image.state"
    body = {"name": "early", "kind": "disk", "format": "raw", "upload": upload}
    job = api.ended(api("POST", "/pools/pool1/images", body | {"size": len(content)})["id"])
    assert job["error"]["code"] == "image.state", "it is not all there"
    with pytest.raises(ApiError) as error:
        api("GET", f"{where}/{upload}")
    assert error.value.code == "request.not_found"


def test_an_upload_can_be_given_up_but_not_under_an_image(system: System) -> None:
    upload = _upload(system, iso())
    system.api("DELETE", f"/pools/pool1/uploads/{upload}")
    assert _staged(system) == []
    _import(system, "debian", iso(), kind="iso", format="iso")
    image = system.api("GET", "/pools/pool1/images/debian")["id"]
    with pytest.raises(ApiError) as error:
        system.api("DELETE", f"/pools/pool1/uploads/{image}")
    assert error.value.code == "image.state"
