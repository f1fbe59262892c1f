"""Images, templates and imported VMs in a repository besides the cluster root, over the API."""

from collections.abc import Iterator

import pytest

from tests.api.test_repositories import contents, create
from tests.data.hostile.images import iso, qcow2
from tests.support.api import ApiError, Json
from tests.support.system import System

IMAGES = "/pools/pool1/images"


@pytest.fixture
def data(system: System) -> Iterator[Json]:
    yield create(system, "data")
    for vm in system.api.items("/vms"):
        if vm["power"] != "stopped":
            system.api.do("POST", f"/vms/{vm['name']}/kill")
        system.api.do("DELETE", f"/vms/{vm['name']}")
    for image in system.api.items(IMAGES):
        system.api.do("DELETE", f"{IMAGES}/{image['name']}")


def bring(system: System, name: str, content: bytes, **more: object) -> Json:
    """Upload, import into ``data``, approve."""
    api, where = system.api, "/pools/pool1/uploads"
    upload = api("POST", where, {"size": len(content), "repository": "data"})["id"]
    sent = api("PUT", f"{where}/{upload}?offset=0&repository=data", content)
    assert api("GET", f"{where}/{upload}?repository=data") == sent
    body = {"name": name, "upload": upload, "size": len(content), "repository": "data", **more}
    api.do("POST", IMAGES, body)
    api.do("POST", f"{IMAGES}/{name}/approve")
    return api("GET", f"{IMAGES}/{name}")


def refusal(system: System, method: str, where: str, body: object = None) -> ApiError:
    with pytest.raises(ApiError) as caught:
        system.api(method, where, body)
    return caught.value


def test_an_iso_is_read_by_the_vms_of_its_repository(system: System, data: Json) -> None:
    shown = bring(system, "debian", iso(), kind="iso", format="iso")
    assert shown["repository"] == data["id"]
    there = contents(system, "filer:/vol/data")
    assert (there / "iso_pool" / "debian.iso").read_bytes() == iso()
    assert not (system.root / "iso_pool" / "debian.iso").exists()
    assert [i["name"] for i in system.api.items(IMAGES)] == ["debian"]

    body = {"pool": "pool1", "name": "fromcd", "cdrom": "debian", "memory": 64}
    assert refusal(system, "POST", "/vms", body).code == "request.invalid"
    system.api.do("POST", "/vms", body | {"repository": "data", "start": True})
    assert system.api("GET", "/vms/fromcd")["power"] == "running"
    assert refusal(system, "DELETE", f"{IMAGES}/debian").code == "image.in_use"

    again = {"name": "debian", "kind": "iso", "format": "iso", "url": "https://example.org/x.iso"}
    assert refusal(system, "POST", IMAGES, again).code == "object.exists"
    system.api.do("POST", "/vms/fromcd/kill")
    system.api.do("DELETE", "/vms/fromcd")
    system.api.do("DELETE", f"{IMAGES}/debian")
    assert list((there / "iso_pool").iterdir()) == []


def test_vms_are_made_of_a_template_that_lies_elsewhere(system: System, data: Json) -> None:
    content = qcow2(size=8 << 20)
    bring(system, "golden", content, kind="template", format="qcow2", memory=64)
    there = contents(system, "filer:/vol/data")
    assert (there / "seed_pool" / "golden" / "system.qcow2").exists()
    shown = system.api("GET", "/pools/pool1/templates/golden")
    assert (shown["memory"], shown["repository"]) == (64, data["id"])
    names = {t["name"] for t in system.api.items("/pools/pool1/templates")}
    assert names == {"golden", "tiny"}
    for name, repository in (("here", None), ("there", "data")):
        body = {"pool": "pool1", "name": name, "template": "golden", "repository": repository}
        system.api.do("POST", "/vms", body)
        assert system.api("GET", f"/vms/{name}")["config"]["disks"][0]["size"] == 8 << 20
    assert refusal(system, "GET", "/pools/pool1/templates/none").code == "request.not_found"


def test_a_vm_is_imported_into_a_repository(system: System, data: Json) -> None:
    folder = system.imports / "elsewhere"
    folder.mkdir()
    (folder / "System.img").write_bytes(b"data" * 65536)
    (folder / "vm.cfg").write_text(
        "name = 'guest1'\nmemory = 64\ndisk = ['file:System.img,xvda,w']\nvif = ['bridge=xenbr0']\n"
    )
    body = {"pool": "pool1", "path": str(folder), "repository": "data"}
    system.api.do("POST", "/vms/import", body)
    made = system.api("GET", "/vms/guest1")
    assert made["repository"] == {"id": data["id"], "name": "data"}
    directory = contents(system, "filer:/vol/data") / "running_pool" / made["id"]
    assert {"vm.json", "xvda.qcow2"} <= {p.name for p in directory.iterdir()}
    assert refusal(system, "POST", "/vms/import", body | {"repository": "nowhere"}).code == (
        "request.not_found"
    )


def test_nothing_that_writes_much_begins_without_the_reserve(system: System, data: Json) -> None:
    body = {"pool": "pool1", "name": "large", "template": "tiny", "repository": "data"}
    system.api.do("POST", "/vms", body | {"memory": 64, "start": True})
    system.api.do("POST", "/vms", {"pool": "pool1", "name": "off", "template": "tiny"})
    folder = system.imports / "noroom"
    folder.mkdir()
    (folder / "System.img").write_bytes(b"data" * 65536)
    (folder / "vm.cfg").write_text(
        "name = 'guest2'\nmemory = 64\ndisk = ['file:System.img,xvda,w']\nvif = []\n"
    )
    system.api.do("PATCH", "/pools/pool1", {"reserve": 90})
    try:
        image = {"name": "x", "kind": "iso", "format": "iso", "url": "https://example.org/x.iso"}
        for where, body in {
            "/pools/pool1/uploads": {"size": 1 << 20, "repository": "data"},
            IMAGES: image | {"repository": "data"},
            "/vms/import": {"pool": "pool1", "path": str(folder), "repository": "data"},
            "/vms/large/suspend": None,
            "/vms/large/migrate": {"live": False},
            "/vms/off/export": {},
        }.items():
            error = refusal(system, "POST", where, body)
            assert error.code == "storage.full", where
    finally:
        system.api.do("PATCH", "/pools/pool1", {"reserve": 5})
    assert system.api("GET", "/vms/large")["power"] == "running"
