"""Scenarios of ``tests.support.scenarios``'s kind for the disks of VMs, and the CDs in their drives."""

from pathlib import Path

from tests.support.api import ApiError, Json
from tests.support.scenarios import (
    Request,
    Scenario,
    Stage,
    approved,
    drop_image,
    drop_repository,
    new_name,
    with_repository,
)

_SIZE = 8 << 20
Subject = tuple[str, str]


def _with_cd(stage: Stage) -> Json:
    """An ISO, and the name of a VM that runs with it in its drive."""
    subject = approved(stage)
    vm = new_name(stage)
    body = {"pool": stage.pool, "name": vm, "template": "tiny", "memory": stage.memory}
    stage.api.do("POST", "/vms", body | {"cdrom": subject["name"], "start": True})
    return subject | {"vm": vm}


def _without_cd(stage: Stage) -> Json:
    subject = _with_cd(stage)
    stage.api.do("DELETE", f"/vms/{subject['vm']}/cdrom")
    return subject


def _insert(stage: Stage, subject: Json) -> Request:
    return "PUT", f"/vms/{subject['vm']}/cdrom", {"iso": subject["name"]}


def _has(source: str, stage: Stage, subject: Json) -> bool:
    shown = stage.show(subject["vm"])
    return source in [d["source"] for d in shown["config"]["disks"]] and not shown["pending"]


def _drop(stage: Stage, subject: Json) -> None:
    """The VM that has the ISO, then the ISO."""
    stage.clean()
    drop_image(stage, subject)


def _running(stage: Stage) -> str:
    return stage.vm(start=True)


def _with_disk(stage: Stage) -> str:
    vm = _running(stage)
    stage.booted(vm)
    stage.api.do(*_add(stage, vm))
    return vm


def _with_file(stage: Stage) -> str:
    """A VM whose second disk was detached."""
    vm = _with_disk(stage)
    stage.api.do("POST", f"/vms/{vm}/disks/vdb/detach")
    return vm


def _add(stage: Stage, vm: str) -> Request:
    return "POST", f"/vms/{vm}/disks", {"target": "vdb", "size": _SIZE}


def _attach(stage: Stage, vm: str) -> Request:
    return "POST", f"/vms/{vm}/disks/attach", {"source": "file:vdb.raw", "target": "vdb"}


def _has_file(stage: Stage, vm: str) -> bool:
    """Whether a detached disk is there to be attached."""
    method, where, body = _attach(stage, vm)
    try:
        stage.api(method, f"{where}?dry_run=true", body)
    except ApiError as error:
        assert error.code == "request.not_found", error
        return False
    return True


def _second(stage: Stage, vm: str, **values: object) -> bool:
    """Whether the guest has its second disk, with these values."""
    shown = stage.show(vm)
    disks = {d["target"]: d for d in shown["config"]["disks"]}
    return not shown["pending"] and values.items() <= disks.get("vdb", {}).items()


def _has_no_second(stage: Stage, vm: str) -> bool:
    shown = stage.show(vm)
    return not shown["pending"] and len(shown["config"]["disks"]) == 1


def _beside(stage: Stage, *, start: bool) -> Subject:
    """A VM, and a repository to move it to."""
    return stage.vm(start=start), with_repository(stage)


def _lies_in(stage: Stage, subject: Subject) -> bool:
    """All of its disks do, and nothing else of it is left where they were."""
    vm, repository = subject
    shown = stage.show(vm)
    root = f"{stage.storage}/{repository}/running_pool/{shown['id']}/"
    there = all(d["source"].startswith(f"file:{root}") for d in shown["config"]["disks"])
    return there and not shown["pending"] and [p.name for p in Path(root).iterdir()] == ["vda.raw"]


def _lives_in(stage: Stage, subject: Subject) -> bool:
    """It does as a whole, and nothing of it is left where it was."""
    vm, repository = subject
    shown = stage.show(vm)
    home = Path(stage.storage, repository, "running_pool", shown["id"])
    sources = [d["source"] for d in shown["config"]["disks"]]
    names = {s.removeprefix("file:") for s in sources} | {"vm.json", "lease"}
    layers = [b["source"] for d in shown["config"]["disks"] for b in d["backing"]]
    names |= {s.removeprefix("file:") for s in layers}
    there = shown["repository"]["name"] == repository
    return there and {p.name for p in home.iterdir()} == names


def _with_snapshot(stage: Stage) -> Subject:
    subject = _beside(stage, start=False)
    stage.api.do("POST", f"/vms/{subject[0]}/snapshots", {"snapshot": "one"})
    return subject


def _drop_both(stage: Stage, subject: Subject) -> None:
    stage.clean()
    drop_repository(stage, subject[1])


DISK_SCENARIOS: dict[str, Scenario] = {
    "cdrom.insert": Scenario(
        _without_cd, _insert, lambda s, it: _has(f"iso:{it['name']}", s, it), _drop
    ),
    "cdrom.eject": Scenario(
        _with_cd,
        lambda s, it: ("DELETE", f"/vms/{it['vm']}/cdrom", None),
        lambda s, it: _has("iso:", s, it),
        _drop,
    ),
    "disk.add": Scenario(_running, _add, lambda s, vm: _second(s, vm, size=_SIZE)),
    "disk.attach": Scenario(_with_file, _attach, lambda s, vm: _second(s, vm, size=_SIZE)),
    "disk.edit": Scenario(
        _with_disk,
        lambda s, vm: ("PATCH", f"/vms/{vm}/disks/vdb", {"iops_limit": 500}),
        lambda s, vm: _second(s, vm, iops_limit=500),
    ),
    "disk.grow": Scenario(
        _with_disk,
        lambda s, vm: ("POST", f"/vms/{vm}/disks/vdb/grow", {"size": 2 * _SIZE}),
        lambda s, vm: _second(s, vm, size=2 * _SIZE),
    ),
    "disk.detach": Scenario(
        _with_disk,
        lambda s, vm: ("POST", f"/vms/{vm}/disks/vdb/detach", None),
        lambda s, vm: _has_no_second(s, vm) and _has_file(s, vm),
    ),
    "disk.remove": Scenario(
        _with_disk,
        lambda s, vm: ("DELETE", f"/vms/{vm}/disks/vdb", None),
        lambda s, vm: _has_no_second(s, vm) and not _has_file(s, vm),
    ),
    "disk.move": Scenario(
        lambda s: _beside(s, start=True),
        lambda s, it: ("POST", f"/vms/{it[0]}/disks/vda/move", {"repository": it[1]}),
        _lies_in,
        _drop_both,
    ),
    "vm.move": Scenario(
        _with_snapshot,
        lambda s, it: ("POST", f"/vms/{it[0]}/move", {"repository": it[1]}),
        _lives_in,
        _drop_both,
    ),
    "vm.move, running": Scenario(
        lambda s: _beside(s, start=True),
        lambda s, it: ("POST", f"/vms/{it[0]}/move", {"repository": it[1]}),
        _lies_in,
        _drop_both,
    ),
}
