"""Scenarios of ``tests.support.scenarios``'s kind for backups: of a VM that runs, and of what came of it."""

from pathlib import Path
from typing import Any

from tests.support.api import Json
from tests.support.scenarios import Request, Scenario, Stage, new_name

WHERE = {"repository": "root"}


def _list(stage: Stage, vm: str) -> list[Json]:
    return stage.api.items(f"/pools/{stage.pool}/backups?repository=root&vm={vm}")


def _one(stage: Stage, vm: str, verb: str = "", backup: str = "latest") -> str:
    return f"/pools/{stage.pool}/backups/{vm}/{backup}{verb}"


def _create(stage: Stage, vm: str) -> Request:
    return "POST", f"/vms/{vm}/backups", {**WHERE, "keep": 1}


def _running(stage: Stage) -> str:
    return stage.vm(start=True)


def _backed_up(stage: Stage) -> str:
    """A VM that runs, with two backups: the second may build on the first."""
    vm = stage.vm(start=True)
    for _ in range(2):
        stage.api.do("POST", f"/vms/{vm}/backups", WHERE)
    return vm


def _off(stage: Stage) -> str:
    vm = stage.vm()
    stage.api.do("POST", f"/vms/{vm}/backups", WHERE)
    return vm


def _folders(stage: Stage, vm: str) -> list[Path]:
    """What lies there of the VM."""
    return list((Path(stage.root) / "backups" / stage.show(vm)["id"]).iterdir())


def _whole(stage: Stage, vm: str, count: int) -> bool:
    """So many, and nothing else; the last is what its manifest says."""
    listed = _list(stage, vm)
    names = sorted(b["id"] for b in listed)
    job = stage.api.do("POST", _one(stage, vm, "/verify"), WHERE)
    there = sorted(p.name for p in _folders(stage, vm))
    return names == there and len(names) == count and job["state"] == "done"


def _drop(stage: Stage, vm: str) -> None:
    """The last first: others build on those before."""
    for backup in reversed(_list(stage, vm)):
        stage.api.do("DELETE", _one(stage, backup["vm"], backup=backup["id"]) + "?repository=root")


def _restored(stage: Stage, subject: Any) -> bool:
    return bool(stage.show(subject["name"])["power"] == "stopped")


def _to_restore(stage: Stage) -> Json:
    return {"vm": _backed_up(stage), "name": new_name(stage)}


BACKUP_SCENARIOS: dict[str, Scenario] = {
    "backup.create": Scenario(_running, _create, lambda s, vm: _whole(s, vm, 1), _drop),
    "backup.create, off": Scenario(
        lambda s: s.vm(), _create, lambda s, vm: _whole(s, vm, 1), _drop
    ),
    "backup.verify": Scenario(
        _backed_up,
        lambda s, vm: ("POST", _one(s, vm, "/verify"), WHERE),
        lambda s, vm: _whole(s, vm, 2),
        _drop,
    ),
    "backup.restore": Scenario(
        _to_restore,
        lambda s, x: ("POST", _one(s, x["vm"], "/restore"), {**WHERE, "name": x["name"]}),
        _restored,
        lambda s, x: _drop(s, x["vm"]),
    ),
    "backup.restore, over": Scenario(
        _off,
        lambda s, vm: ("POST", _one(s, vm, "/restore"), {**WHERE, "over": True}),
        lambda s, vm: (
            not list((Path(s.root) / "running_pool" / s.show(vm)["id"]).glob("*.restored"))
        ),
        _drop,
    ),
    "backup.delete": Scenario(
        _backed_up,
        lambda s, vm: ("DELETE", _one(s, vm) + "?repository=root", None),
        lambda s, vm: _whole(s, vm, 1),
        _drop,
    ),
}
