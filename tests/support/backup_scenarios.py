"""Scenarios of ``tests.support.scenarios``'s kind for backups: of a VM that runs, and of what came of it."""

from tests.support.api import Json
from tests.support.scenarios import Request, Scenario, Stage, new_name, power

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


def _whole(stage: Stage, vm: str, count: int) -> bool:
    """So many, and the last is what its manifest says. What else may be left is for ``leaks``."""
    job = stage.api.do("POST", _one(stage, vm, "/verify"), WHERE)
    return len(_list(stage, vm)) == count and job["state"] == "done"


def _drop(stage: Stage, vm: str) -> None:
    """The last first: others build on those before."""
    for backup in reversed(_list(stage, vm)):
        stage.api.do("DELETE", _one(stage, backup["vm"], backup=backup["id"]) + "?repository=root")


_NIGHTLY = {"name": "nightly", "first": 9e9, "every": 86_400, "keep": 1, "backup": WHERE}
"""In two centuries: nobody but the scenarios has it run."""


def _scheduled(stage: Stage) -> str:
    vm = _running(stage)
    stage.api.do("POST", f"/vms/{vm}/schedules", _NIGHTLY)
    return vm


def _was_run(stage: Stage, vm: str) -> bool:
    """Its record knows, once it is there."""
    (view,) = stage.api.items(f"/vms/{vm}/schedules")
    return _whole(stage, vm, 1) and view["last"] is not None


def _restored(stage: Stage, subject: Json) -> bool:
    return bool(stage.show(subject["name"])["power"] == "stopped")


def _to_restore(stage: Stage) -> Json:
    return {"vm": _backed_up(stage), "name": new_name(stage)}


BACKUP_SCENARIOS: dict[str, Scenario] = {
    "backup.create": Scenario(_running, _create, lambda s, vm: _whole(s, vm, 1), _drop),
    "backup.create, off": Scenario(
        lambda s: s.vm(), _create, lambda s, vm: _whole(s, vm, 1), _drop
    ),
    "schedule.run, backup": Scenario(
        _scheduled,
        lambda s, vm: ("POST", f"/vms/{vm}/schedules/nightly/run", {}),
        _was_run,
        _drop,
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
        power("stopped"),
        _drop,
    ),
    "backup.delete": Scenario(
        _backed_up,
        lambda s, vm: ("DELETE", _one(s, vm) + "?repository=root", None),
        lambda s, vm: _whole(s, vm, 1),
        _drop,
    ),
}
