"""Snapshots over the API, on fake servers whose disks are real files."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from millpond.domain.layout import vm_directory
from tests.support.api import ApiError, Json
from tests.support.snapshot_scenarios import files
from tests.support.system import System

LETTERS = {"a": 0, "b": 1, "c": 2, "d": 3}
"""Where each letter is written, in MiB."""


@pytest.fixture
def vm(system: System) -> Iterator[str]:
    body = {"pool": "pool1", "name": "snap", "template": "tiny"}
    system.api.do("POST", "/vms", body)
    yield "snap"
    if system.api("GET", "/vms/snap")["power"] != "stopped":
        system.api.do("POST", "/vms/snap/kill")
    system.api.do("DELETE", "/vms/snap")


def _disk(system: System, config: Json) -> Path:
    root = vm_directory(system.stage.root, config["id"])
    return Path(root, str(config["disks"][0]["source"]).removeprefix("file:"))


def _write(system: System, vm: str, letter: str) -> None:
    """What a guest would have written."""
    config = system.api("GET", f"/vms/{vm}")["config"]
    asked = ["qemu-io", "-f", config["disks"][0]["format"]]
    command = f"write -P {ord(letter)} {LETTERS[letter]}M 64k"
    path = str(_disk(system, config))
    subprocess.run([*asked, "-c", command, path], check=True, capture_output=True)


def _reads(system: System, config: Json) -> str:
    """The letters on a disk, and that its chain is whole, by qemu-img alone."""
    path, format_ = _disk(system, config), config["disks"][0]["format"]
    if format_ == "qcow2":
        subprocess.run(["qemu-img", "check", "-q", "-f", "qcow2", path], check=True)
    flat = path.with_name("flat.tmp")
    asked = ["qemu-img", "convert", "-f", format_, "-O", "raw", path, flat]
    subprocess.run(asked, check=True)
    data = flat.read_bytes()
    flat.unlink()
    return "".join(letter for letter, at in LETTERS.items() if data[at << 20] == ord(letter))


def _now(system: System, vm: str) -> str:
    return _reads(system, system.api("GET", f"/vms/{vm}")["config"])


def _then(system: System, vm: str, name: str) -> str:
    return _reads(system, system.api("GET", f"/vms/{vm}/snapshots/{name}")["config"])


def _take(system: System, vm: str, name: str, **more: Any) -> None:
    system.api.do("POST", f"/vms/{vm}/snapshots", {"snapshot": name, **more})


def _tree(system: System, vm: str) -> dict[str, str | None]:
    return {s["name"]: s["parent"] for s in system.api.items(f"/vms/{vm}/snapshots")}


def _tidy(system: System, vm: str) -> None:
    named, there = files(system.stage, vm)
    assert named == there


def test_back_and_on_along_another_branch(system: System, vm: str) -> None:
    _write(system, vm, "a")
    _take(system, vm, "one", description="the first")
    _write(system, vm, "b")
    _take(system, vm, "two")
    _write(system, vm, "c")
    assert _now(system, vm) == "abc"
    system.api.do("POST", f"/vms/{vm}/snapshots/one/revert", {})
    assert _now(system, vm) == "a"
    _write(system, vm, "d")
    _take(system, vm, "branch")
    assert _tree(system, vm) == {"one": None, "two": "one", "branch": "one"}
    assert [_then(system, vm, n) for n in ("one", "two", "branch")] == ["a", "ab", "ad"]
    _tidy(system, vm)
    system.api.do("POST", f"/vms/{vm}/snapshots/two/revert", {})
    assert _now(system, vm) == "ab"
    _tidy(system, vm)


def test_a_deleted_one_takes_nothing_from_the_others(system: System, vm: str) -> None:
    born = system.api("GET", f"/vms/{vm}")["config"]["disks"]
    for letter, name in (("a", "one"), ("b", "two"), ("c", "three")):
        _write(system, vm, letter)
        _take(system, vm, name)
    _write(system, vm, "d")
    system.api.do("DELETE", f"/vms/{vm}/snapshots/two")
    assert _tree(system, vm) == {"one": None, "three": "one"}
    assert (_then(system, vm, "one"), _then(system, vm, "three")) == ("a", "abc")
    assert _now(system, vm) == "abcd"
    _tidy(system, vm)
    for name in ("one", "three"):
        system.api.do("DELETE", f"/vms/{vm}/snapshots/{name}")
        _tidy(system, vm)
    assert system.api("GET", f"/vms/{vm}")["config"]["disks"] == born, "as it was without any"
    assert _now(system, vm) == "abcd"


def test_what_two_branches_need_stays_until_one_is_gone(system: System, vm: str) -> None:
    born = system.api("GET", f"/vms/{vm}")["config"]["disks"]
    _write(system, vm, "a")
    _take(system, vm, "one")
    _write(system, vm, "b")
    _take(system, vm, "two")
    system.api.do("POST", f"/vms/{vm}/snapshots/one/revert", {})
    _write(system, vm, "c")
    system.api.do("DELETE", f"/vms/{vm}/snapshots/one")
    assert _tree(system, vm) == {"two": None}
    assert (_then(system, vm, "two"), _now(system, vm)) == ("ab", "ac")
    _tidy(system, vm)
    system.api.do("DELETE", f"/vms/{vm}/snapshots/two")
    assert _now(system, vm) == "ac"
    assert system.api("GET", f"/vms/{vm}")["config"]["disks"] == born
    _tidy(system, vm)


def test_a_guest_goes_back_and_its_memory_with_it(system: System, vm: str) -> None:
    system.api.do("POST", f"/vms/{vm}/start", {})
    _take(system, vm, "disks")
    _take(system, vm, "all", memory=True)
    assert system.api("GET", f"/vms/{vm}")["power"] == "running"
    for name in ("all", "disks", "all"):
        system.api.do("POST", f"/vms/{vm}/snapshots/{name}/revert", {})
        shown = system.api("GET", f"/vms/{vm}")
        assert (shown["power"], shown["pending"]) == ("running", {})
        reason = shown["guest"]["reason"]
        assert (reason == "restored") == (name == "all")
    system.api.do("POST", f"/vms/{vm}/kill")
    system.api.do("POST", f"/vms/{vm}/snapshots/disks/revert", {})
    assert system.api("GET", f"/vms/{vm}")["power"] == "stopped"
    system.api.do("DELETE", f"/vms/{vm}/snapshots/all")
    directory = _disk(system, system.api("GET", f"/vms/{vm}")["config"]).parent
    assert not list(directory.glob("memory-*"))
    _tidy(system, vm)


def test_a_paused_guest_stays_paused(system: System, vm: str) -> None:
    system.api.do("POST", f"/vms/{vm}/start", {})
    system.api.do("POST", f"/vms/{vm}/pause")
    _take(system, vm, "one", memory=True)
    _take(system, vm, "two")
    system.api.do("DELETE", f"/vms/{vm}/snapshots/two")
    assert system.api("GET", f"/vms/{vm}")["power"] == "paused"


def test_what_cannot_be_is_refused_and_leaves_nothing(system: System, vm: str) -> None:
    _take(system, vm, "one")

    def code(method: str, path: str, body: Json | None = None) -> str:
        with pytest.raises(ApiError) as caught:
            system.api.do(method, f"/vms/{vm}/snapshots{path}", body)
        return caught.value.code

    assert code("POST", "", {"snapshot": "one"}) == "object.exists"
    assert code("POST", "", {"snapshot": "x", "memory": True}) == "vm.state"
    assert code("POST", "", {"snapshot": "x", "quiesce": True}) == "vm.state"
    assert code("DELETE", "/none") == "request.not_found"
    assert code("POST", "/none/revert", {}) == "request.not_found"
    system.api.do("POST", f"/vms/{vm}/start", {})
    assert code("POST", "", {"snapshot": "x", "memory": True, "quiesce": True}) == (
        "request.invalid"
    )
    assert list(_tree(system, vm)) == ["one"]
    _tidy(system, vm)


def test_without_an_agent_nothing_is_quiet(system: System, vm: str) -> None:
    system.api.do("PATCH", f"/vms/{vm}", {"tags": ["fake:mute"]})
    system.api.do("POST", f"/vms/{vm}/start", {})
    accepted = system.api("POST", f"/vms/{vm}/snapshots", {"snapshot": "x", "quiesce": True})
    job = system.api.ended(accepted["id"])
    assert job["error"]["code"] == "snapshot.agent"
    assert _tree(system, vm) == {}
    _tidy(system, vm)
    _take(system, vm, "loud")
    shown = system.api("GET", f"/vms/{vm}")
    assert shown["pending"] == {}


def test_the_record_alone_has_the_snapshots(system: System, vm: str) -> None:
    _take(system, vm, "one")
    config = system.api("GET", f"/vms/{vm}")["config"]
    record = json.loads((_disk(system, config).parent / "vm.json").read_text())
    assert [s["name"] for s in record["snapshots"]] == ["one"]
    assert record["snapshot"] == "one"
