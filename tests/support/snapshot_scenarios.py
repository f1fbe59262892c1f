"""The scenarios of snapshots: of VMs that are off and of guests that run, and the way back and away."""

from pathlib import Path
from typing import Any

from millpond.domain.layout import vm_directory
from tests.support.api import Json
from tests.support.scenarios import Request, Scenario, Stage


def _take(stage: Stage, vm: str, name: str, **more: Any) -> None:
    stage.api.do("POST", f"/vms/{vm}/snapshots", {"snapshot": name, **more})


def _taken(*names: str, start: bool, **more: Any) -> Any:
    """A VM with these snapshots, one after the other."""

    def prepare(stage: Stage) -> str:
        vm = stage.vm(start=start)
        for name in names:
            _take(stage, vm, name, **more)
        return vm

    return prepare


def _branched(stage: Stage) -> str:
    """Off, with two snapshots of which neither came after the other, and one that both came after."""
    vm: str = _taken("a", "b", start=False)(stage)
    stage.api.do("POST", f"/vms/{vm}/snapshots/a/revert", {})
    _take(stage, vm, "c")
    return vm


def _create(**more: Any) -> Any:
    return lambda stage, vm: ("POST", f"/vms/{vm}/snapshots", {"snapshot": "new", **more})


def _revert(stage: Stage, vm: str) -> Request:
    return "POST", f"/vms/{vm}/snapshots/a/revert", {}


def _delete(name: str) -> Any:
    return lambda stage, vm: ("DELETE", f"/vms/{vm}/snapshots/{name}", None)


def snapshots(stage: Stage, vm: str) -> dict[str, Json]:
    return {s["name"]: s for s in stage.api.items(f"/vms/{vm}/snapshots")}


def files(stage: Stage, vm: str) -> tuple[set[str], set[str]]:
    """The images and memories that the VM's record names, and those in its directory."""
    found = [stage.show(vm)["config"], *(s["config"] for s in snapshots(stage, vm).values())]
    named = {
        source.removeprefix("file:")
        for config in found
        for disk in config["disks"]
        for source in (disk["source"], *(layer["source"] for layer in disk["backing"]))
        if source.startswith("file:")
    }
    directory = Path(vm_directory(str(stage.tree), stage.show(vm)["id"]))
    there = {p.name for p in directory.iterdir() if p.suffix in (".qcow2", ".img", ".raw")}
    return named, {name for name in there if not name.startswith("memory-")}


def _is(power: str, current: str, *names: str, pending: bool = False) -> Any:
    """The VM's state, its snapshots, no file too many or missing, and a guest that has what is recorded."""

    def check(stage: Stage, vm: str) -> bool:
        shown = stage.show(vm)
        named, there = files(stage, vm)
        found = snapshots(stage, vm)
        return bool(
            shown["power"] == power
            and set(found) == set(names)
            and [s for s in found if found[s]["current"]] == ([current] if current else [])
            and not any(s["deleting"] for s in found.values())
            and named == there
            and not (shown.get("pending") or {})
        )

    return check


_NIGHTLY = {"name": "nightly", "first": 9e9, "every": 86_400, "keep": 1}
"""In two centuries: nobody but the scenarios has it run."""


def _scheduled(*, start: bool) -> Any:
    def prepare(stage: Stage) -> str:
        vm = stage.vm(start=start)
        stage.api.do("POST", f"/vms/{vm}/schedules", _NIGHTLY)
        return vm

    return prepare


def _schedules(*names: str) -> Any:
    def check(stage: Stage, vm: str) -> bool:
        found = stage.api.items(f"/vms/{vm}/schedules")
        return [v["schedule"]["name"] for v in found] == list(names)

    return check


def _was_run(stage: Stage, vm: str) -> bool:
    found = list(snapshots(stage, vm).values())
    named, there = files(stage, vm)
    return [s["schedule"] for s in found] == ["nightly"] and named == there


SNAPSHOT_SCENARIOS: dict[str, Scenario] = {
    "snapshot.create": Scenario(
        _taken("a", start=True), _create(), _is("running", "new", "a", "new")
    ),
    "snapshot.create, off": Scenario(
        _taken("a", start=False), _create(), _is("stopped", "new", "a", "new")
    ),
    "snapshot.create, with memory": Scenario(
        _taken(start=True), _create(memory=True), _is("running", "new", "new")
    ),
    "snapshot.revert": Scenario(
        _taken("a", "b", start=True), _revert, _is("running", "a", "a", "b")
    ),
    "snapshot.revert, off": Scenario(
        _taken("a", "b", start=False), _revert, _is("stopped", "a", "a", "b")
    ),
    "snapshot.revert, with memory": Scenario(
        _taken("a", start=True, memory=True), _revert, _is("running", "a", "a")
    ),
    "snapshot.delete": Scenario(
        _taken("a", "b", start=True), _delete("a"), _is("running", "b", "b")
    ),
    "snapshot.delete, the last": Scenario(
        _taken("a", "b", start=True), _delete("b"), _is("running", "a", "a")
    ),
    "snapshot.delete, off": Scenario(
        _taken("a", "b", start=False), _delete("a"), _is("stopped", "b", "b")
    ),
    "snapshot.delete, a branch": Scenario(_branched, _delete("b"), _is("stopped", "c", "a", "c")),
    "schedule.set": Scenario(
        lambda stage: stage.vm(),
        lambda stage, vm: ("POST", f"/vms/{vm}/schedules", _NIGHTLY),
        _schedules("nightly"),
    ),
    "schedule.delete": Scenario(
        _scheduled(start=False),
        lambda stage, vm: ("DELETE", f"/vms/{vm}/schedules/nightly", None),
        _schedules(),
    ),
    "schedule.run": Scenario(
        _scheduled(start=True),
        lambda stage, vm: ("POST", f"/vms/{vm}/schedules/nightly/run", {}),
        _was_run,
    ),
}
