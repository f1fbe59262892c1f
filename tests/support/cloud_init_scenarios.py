"""Scenarios of ``tests.support.scenarios``'s kind for cloud-init data."""

from collections.abc import Callable

from tests.support.scenarios import Request, Scenario, Stage, new_name

TOLD = {"user": "anna", "ssh_keys": ["ssh-ed25519 AAAA anna@desk"]}


def _create_request(stage: Stage, name: str) -> Request:
    body = {"pool": stage.pool, "name": name, "template": "tiny", "memory": stage.memory}
    return "POST", "/vms", body | {"cloud_init": TOLD}


def _told(stage: Stage) -> str:
    name = new_name(stage)
    stage.api.do(*_create_request(stage, name))
    return name


def _set_request(stage: Stage, vm: str) -> Request:
    return "PUT", f"/vms/{vm}/cloud-init", {"hostname": "other"}


def _says(hostname: str | None) -> Callable[[Stage, str], bool]:
    def check(stage: Stage, vm: str) -> bool:
        found = stage.api("GET", f"/vms/{vm}/cloud-init")
        return bool(found["hostname"] == (hostname or vm)) and _cds(stage, vm) == 1

    return check


def _cds(stage: Stage, vm: str) -> int:
    """How many the record has, which is as many as there are files."""
    shown = stage.show(vm)
    directory = stage.tree / "running_pool" / shown["id"]
    files = [p.name for p in directory.iterdir() if p.name.startswith("cloud-init")]
    sources = [d["source"] for d in shown["config"]["disks"]]
    assert files == ["cloud-init.iso"] * sources.count("file:cloud-init.iso")
    return len(files)


CLOUD_INIT_SCENARIOS: dict[str, Scenario] = {
    "vm.create, with cloud-init": Scenario(new_name, _create_request, _says(None)),
    "cloud-init.set": Scenario(lambda s: s.vm(), _set_request, _says("other")),
    "cloud-init.set, again": Scenario(_told, _set_request, _says("other")),
    "cloud-init.detach": Scenario(
        _told,
        lambda s, vm: ("DELETE", f"/vms/{vm}/cloud-init", None),
        lambda s, vm: _cds(s, vm) == 0,
    ),
}
