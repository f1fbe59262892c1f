"""Scenarios of ``tests.support.scenarios``'s kind for clones and templates."""

from collections.abc import Callable
from itertools import count

from tests.support.api import Json
from tests.support.scenarios import Request, Scenario, Stage, new_name, power

_numbers = count(1)


def _clone_request(stage: Stage, name: str) -> Request:
    return "POST", f"/vms/{stage.vm()}/clone", {"name": name, "start": True}


def _clone_running(stage: Stage, name: str) -> Request:
    return "POST", f"/vms/{stage.vm(start=True)}/clone", {"name": name}


def _clones(stage: Stage) -> list[str]:
    """The source, and the clones to be."""
    source = stage.vm()
    names = [f"{source}-{n:02}" for n in (1, 2)]
    stage.vms += names
    return [source, *names]


def _clones_request(stage: Stage, names: list[str]) -> Request:
    body = {"pattern": f"{names[0]}-{{:02}}", "count": 2}
    return "POST", f"/vms/{names[0]}/clones", body


def _complete(stage: Stage, names: list[str]) -> bool:
    shown = [stage.show(name) for name in names]
    return len({vm["id"] for vm in shown}) == 3 and all(vm["config"]["disks"] for vm in shown)


def _save_request(stage: Stage, name: str) -> Request:
    return "POST", f"/vms/{stage.vm()}/template", {"name": name}


def _templates(stage: Stage) -> dict[str, Json]:
    return {t["name"]: t for t in stage.api.items(f"/pools/{stage.pool}/templates")}


def _saved(stage: Stage) -> str:
    name = f"crashseed{next(_numbers)}"
    stage.api.do(*_save_request(stage, name))
    return name


def _drop(stage: Stage, name: str) -> None:
    if name in _templates(stage):
        stage.api.do("DELETE", f"/pools/{stage.pool}/templates/{name}")


def _there(wanted: bool) -> Callable[[Stage, str], bool]:
    return lambda stage, name: (name in _templates(stage)) == wanted


CLONE_SCENARIOS: dict[str, Scenario] = {
    "vm.clone": Scenario(new_name, _clone_request, power("running")),
    "vm.clone, running": Scenario(new_name, _clone_running, power("stopped")),
    "vm.clone_many": Scenario(_clones, _clones_request, _complete),
    "vm.save_template": Scenario(
        lambda stage: f"crashseed{next(_numbers)}", _save_request, _there(True), _drop
    ),
    "template.delete": Scenario(
        _saved,
        lambda stage, name: ("DELETE", f"/pools/{stage.pool}/templates/{name}", None),
        _there(False),
    ),
}
