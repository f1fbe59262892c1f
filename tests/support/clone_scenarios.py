"""Scenarios of ``tests.support.scenarios``'s kind for clones and templates."""

import shutil
from collections.abc import Callable
from itertools import count
from pathlib import Path

from tests.support.api import Json
from tests.support.scenarios import SHORTEST_OUTAGE, Request, Scenario, Stage, new_name, power

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


def other_pool(stage: Stage) -> str:
    """The name of a pool of the third server alone, on storage of its own."""
    name = f"other{next(_numbers)}"
    stage.api.do("DELETE", f"/pools/{stage.pool}/servers/srv3")
    Path(stage.storage, name).mkdir()
    body = {
        "name": name,
        "cluster_root": f"{stage.storage}/{name}",
        "ha": {"outage": SHORTEST_OUTAGE},
        "members": [{"server": "srv3", "roles": ["master", "utility", "vm"]}],
    }
    stage.api.do("POST", "/pools", body)
    return name


def drop_other_pool(stage: Stage, name: str) -> None:
    if any(p["name"] == name for p in stage.api.items("/pools")):
        stage.api.do("DELETE", f"/pools/{name}")
    if "srv3" not in stage.members():
        body = {"server": "srv3", "roles": ["vm"]}
        stage.api.do("POST", f"/pools/{stage.pool}/servers", body)
    shutil.rmtree(Path(stage.storage, name))


def _deploy(stage: Stage, pool: str) -> Request:
    return "POST", f"/pools/{stage.pool}/templates/tiny/deploy", {"to": pool}


def _deployed(stage: Stage, pool: str) -> bool:
    """The same, and its files are what they say."""
    found = stage.api.items(f"/pools/{pool}/templates")
    folder = Path(stage.storage, pool, "seed_pool", "tiny")
    files = {d["file"]: d["size"] for d in found[0]["disks"]} if found else {}
    names = {p.name for p in folder.iterdir()}
    return (
        found == [stage.api("GET", f"/pools/{stage.pool}/templates/tiny")]
        and names == {*files, "template.json"}
        and all((folder / name).stat().st_size == size for name, size in files.items())
    )


CLONE_SCENARIOS: dict[str, Scenario] = {
    "vm.clone": Scenario(new_name, _clone_request, power("running")),
    "vm.clone, running": Scenario(new_name, _clone_running, power("stopped")),
    "vm.clone_many": Scenario(_clones, _clones_request, _complete),
    "vm.save_template": Scenario(
        lambda stage: f"crashseed{next(_numbers)}", _save_request, _there(True), _drop
    ),
    "template.deploy": Scenario(other_pool, _deploy, _deployed, drop_other_pool),
    "template.delete": Scenario(
        _saved,
        lambda stage, name: ("DELETE", f"/pools/{stage.pool}/templates/{name}", None),
        _there(False),
    ),
}
