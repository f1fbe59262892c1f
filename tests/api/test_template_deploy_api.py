"""A template goes to a pool that shares no storage with its own."""

import subprocess
from collections.abc import Iterator

import pytest

from tests.support.api import ApiError, Json
from tests.support.clone_scenarios import drop_other_pool, other_pool
from tests.support.system import System

DEPLOY = "/pools/pool1/templates/tiny/deploy"


@pytest.fixture(scope="module")
def other(system: System) -> Iterator[str]:
    stage = system.stage
    name = other_pool(stage)
    yield name
    drop_other_pool(stage, name)


def _refused(system: System, body: Json, template: str = "tiny") -> str:
    with pytest.raises(ApiError) as caught:
        system.api("POST", DEPLOY.replace("tiny", template), body)
    return caught.value.code


def test_the_copy_is_the_template(system: System, other: str) -> None:
    """With its holes, and a VM can be made of it. None of the name is replaced."""
    folder = system.root / "seed_pool" / "tiny"
    system.api.do("POST", DEPLOY, {"to": other, "name": "small"})
    [there] = system.api.items(f"/pools/{other}/templates")
    here = system.api("GET", "/pools/pool1/templates/tiny")
    assert there == here | {"name": "small"}
    seeds = system.directory / other / "seed_pool"
    for disk in here["disks"]:
        one, two = folder / disk["file"], seeds / "small" / disk["file"]
        assert one.read_bytes() == two.read_bytes()
        assert two.stat().st_blocks <= one.stat().st_blocks + 2048
    assert _refused(system, {"to": other, "name": "small"}) == "object.exists"
    made = {"pool": other, "name": "far1", "template": "small"}
    system.api.do("POST", "/vms", made)
    system.api.do("DELETE", "/vms/far1")
    system.api.do("DELETE", f"/pools/{other}/templates/small")
    assert list(seeds.iterdir()) == []


def test_a_folder_that_is_there_is_left_alone(system: System, other: str) -> None:
    """Whatever is in it would be taken for the copy, and go if that failed."""
    [file] = [d["file"] for d in system.api("GET", "/pools/pool1/templates/tiny")["disks"]]
    mine = system.directory / other / "seed_pool" / "mine"
    mine.mkdir()
    (mine / file).write_text("precious")
    try:
        assert _refused(system, {"to": other, "name": "mine"}) == "object.exists"
        assert (mine / file).read_text() == "precious"
    finally:
        (mine / file).unlink()
        mine.rmdir()


def test_what_is_no_other_pool(system: System, other: str) -> None:
    assert _refused(system, {"to": "pool1"}) == "request.invalid"
    assert _refused(system, {"to": "none"}) == "request.not_found"
    assert _refused(system, {"to": other, "repository": "none"}) == "request.not_found"
    assert _refused(system, {"to": other}, "none") == "request.not_found"


def test_one_that_says_what_it_is_not_leaves_nothing(system: System, other: str) -> None:
    """The servers of another pool are not believed: a disk that names a file outside is no template's."""
    folder = system.root / "seed_pool" / "tiny"
    [file] = [d["file"] for d in system.api("GET", "/pools/pool1/templates/tiny")["disks"]]
    image, kept = folder / file, folder / "kept"
    image.rename(kept)
    try:
        argv = ["qemu-img", "create", "-q", "-u", "-f", "qcow2", "-b", "/etc/shadow", "-F", "raw"]
        subprocess.run([*argv, str(image), "32M"], check=True)
        job = system.api("POST", DEPLOY, {"to": other})
        assert system.api.ended(job["id"])["error"]["code"].startswith("image.")
    finally:
        kept.rename(image)
    assert system.api.items(f"/pools/{other}/templates") == []
    assert list((system.directory / other / "seed_pool").iterdir()) == []
