"""One scenario for every operation: how to get ready, what to ask, what must be true at the end.

Used by the crash matrix, on fake servers and on real ones alike; so a scenario asks for nothing a
small pool of three servers (srv1 master and utility; all VM servers) with template ``tiny`` has not.
"""

import json
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from tests.data.hostile.images import iso
from tests.support.api import Api, ApiError, Json

SHORTEST_OUTAGE = 5
"""Seconds. Servers join a pool's lockspace in multiples of it, twice as fast as by default."""

_numbers = count(1)

Request = tuple[str, str, Any]


@dataclass
class Stage:
    """Where a scenario plays. ``root`` is the cluster root; ``storage`` another directory that all
    servers see; ``imports`` a folder that the servers import from; ``here`` and ``imports_here`` are cluster root
    and that folder as seen from here, if those are other paths; ``memory`` in MiB is what its guests get. ``switch_on`` is somebody who walks to a server that has gone off; one that runs stays as it
    is."""

    api: Api
    pool: str = "pool1"
    servers: tuple[str, ...] = ("srv1", "srv2", "srv3")
    root: str = "/OVS"
    here: str = ""
    imports: str = ""
    imports_here: str = ""
    storage: str = "/tmp"
    memory: int = 96
    switch_on: Callable[[str], object] = lambda server: None
    vms: list[str] = field(default_factory=list)

    @property
    def tree(self) -> Path:
        return Path(self.here or self.root)

    @property
    def incoming(self) -> Path:
        return Path(self.imports_here or self.imports)

    def vm(
        self, *, start: bool = False, on: str | None = None, repository: str | None = None
    ) -> str:
        """A fresh VM's name."""
        name = f"crash{next(_numbers)}"
        self.vms.append(name)
        body = {
            "pool": self.pool,
            "name": name,
            "template": "tiny",
            "memory": self.memory,
            "vifs": [{"bridge": "xenbr0"}],
            "start": start,
            "on": on,
            "repository": repository,
        }
        self.api.do("POST", "/vms", body)
        return name

    def booted(self, vm: str) -> None:
        """Wait until the guest counts: before that it lets go of no device."""
        deadline = time.monotonic() + 60
        while "tick" not in self.api.request("GET", f"/vms/{vm}/console/log").text:
            assert time.monotonic() < deadline, f"{vm} does not count"
            time.sleep(0.1)

    def show(self, vm: str) -> Json:
        return self.api("GET", f"/vms/{vm}")

    def members(self) -> dict[str, Json]:
        return {m["name"]: m for m in self.api("GET", f"/pools/{self.pool}")["members"]}

    def clean(self) -> None:
        """Remove the scenario's VMs and bring the pool back to what it was."""
        for member in self.members().values():
            if member["maintenance"]:
                self.api.do("POST", f"/servers/{member['name']}/activate")
        names = {vm["name"]: vm for vm in self.api.items("/vms?limit=1000")}
        for name in self.vms:
            if name in names:
                if names[name]["power"] != "stopped":
                    self.api.do("POST", f"/vms/{name}/kill")
                self.api.do("DELETE", f"/vms/{name}")
        self.vms.clear()


@dataclass(frozen=True)
class Scenario:
    """``prepare`` returns what ``request`` and ``check`` are about (usually a VM's name);
    ``restore`` brings back what ``Stage.clean`` does not know of. ``check`` may take up to
    ``patience`` seconds to come true; the job itself up to ``lasts``."""

    prepare: Callable[[Stage], Any]
    request: Callable[[Stage, Any], Request]
    check: Callable[[Stage, Any], bool]
    restore: Callable[[Stage, Any], None] = lambda stage, subject: None
    patience: float = 20
    lasts: float = 120


def power(*expected: str) -> Callable[[Stage, Any], bool]:
    return lambda stage, vm: stage.show(vm)["power"] in expected


def _verb(verb: str, **body: Any) -> Callable[[Stage, Any], Request]:
    return lambda stage, vm: ("POST", f"/vms/{vm}/{verb}", body)


def _running(stage: Stage) -> str:
    return stage.vm(start=True)


def _running_on(server: str) -> Callable[[Stage], str]:
    return lambda stage: stage.vm(start=True, on=server)


def _paused(stage: Stage) -> str:
    vm = stage.vm(start=True)
    stage.api.do("POST", f"/vms/{vm}/pause")
    return vm


def _suspended(stage: Stage) -> str:
    vm = stage.vm(start=True)
    stage.api.do("POST", f"/vms/{vm}/suspend")
    return vm


def new_name(stage: Stage) -> str:
    name = f"crash{next(_numbers)}"
    stage.vms.append(name)
    return name


def _create_request(stage: Stage, name: str) -> Request:
    disk = {"target": "vdb", "size": 1 << 24, "format": "qcow2"}
    body = {
        "pool": stage.pool,
        "name": name,
        "template": "tiny",
        "memory": stage.memory,
        "disks": [disk],
        "vifs": [{"bridge": "xenbr0"}],
        "start": True,
    }
    return "POST", "/vms", body


def _gone(stage: Stage, vm: str) -> bool:
    return all(found["name"] != vm for found in stage.api.items("/vms?limit=1000"))


def _mac(stage: Stage, vm: str) -> str:
    return str(stage.show(vm)["config"]["vifs"][0]["mac"])


def _vif_rate(stage: Stage, vm: str) -> bool:
    return bool(stage.show(vm)["config"]["vifs"][0]["rate_limit"] == 5000)


def _on(server: str) -> Callable[[Stage, str], bool]:
    def check(stage: Stage, vm: str) -> bool:
        shown = stage.show(vm)
        return bool(shown["power"] == "running" and shown["server"]["name"] == server)

    return check


VM_SCENARIOS: dict[str, Scenario] = {
    "vm.create": Scenario(new_name, _create_request, power("running")),
    "vm.start": Scenario(lambda s: s.vm(), _verb("start"), power("running")),
    "vm.stop": Scenario(_running, _verb("stop", timeout=120, force=True), power("stopped")),
    "vm.kill": Scenario(_running, _verb("kill"), power("stopped")),
    "vm.reboot": Scenario(_running, _verb("reboot", timeout=120, force=True), power("running")),
    "vm.reset": Scenario(_running, _verb("reset"), power("running")),
    "vm.pause": Scenario(_running, _verb("pause"), power("paused")),
    "vm.unpause": Scenario(_paused, _verb("unpause"), power("running")),
    "vm.suspend": Scenario(_running, _verb("suspend"), power("suspended")),
    "vm.resume": Scenario(_suspended, _verb("resume"), power("running")),
    "vm.edit": Scenario(
        _running,
        lambda s, vm: ("PATCH", f"/vms/{vm}", {"description": "edited", "cpu_weight": 200}),
        lambda s, vm: s.show(vm)["config"]["description"] == "edited",
    ),
    "vm.delete": Scenario(lambda s: s.vm(), lambda s, vm: ("DELETE", f"/vms/{vm}", None), _gone),
    "vm.migrate": Scenario(_running_on("srv1"), _verb("migrate", to="srv2"), _on("srv2")),
    "vm.migrate, not live": Scenario(
        _running_on("srv1"), _verb("migrate", to="srv3", live=False), _on("srv3")
    ),
    "vif.add": Scenario(
        _running,
        lambda s, vm: ("POST", f"/vms/{vm}/vifs", {"bridge": "xenbr1"}),
        lambda s, vm: len(s.show(vm)["config"]["vifs"]) == 2,
    ),
    "vif.edit": Scenario(
        _running,
        lambda s, vm: ("PATCH", f"/vms/{vm}/vifs/{_mac(s, vm)}", {"rate_limit": 5000}),
        _vif_rate,
    ),
    "vif.remove": Scenario(
        _running,
        lambda s, vm: ("DELETE", f"/vms/{vm}/vifs/{_mac(s, vm)}", None),
        lambda s, vm: s.show(vm)["config"]["vifs"] == [],
    ),
}


def _has_bridge(stage: Stage, name: str) -> bool:
    found = stage.api("GET", f"/pools/{stage.pool}")["bridges"]
    return any(b["name"] == name for b in found)


def _make_bridge(stage: Stage) -> str:
    stage.api.do("POST", f"/pools/{stage.pool}/bridges", {"name": "crashbr0"})
    return "crashbr0"


def _drop_bridge(stage: Stage, name: str) -> None:
    if _has_bridge(stage, name):
        stage.api.do("DELETE", f"/pools/{stage.pool}/bridges/{name}")


def _set_roles(stage: Stage, server: str, *roles: str) -> None:
    stage.api.do("PATCH", f"/pools/{stage.pool}/servers/{server}", {"roles": list(roles)})


def _hand_back(stage: Stage, server: str) -> None:
    _set_roles(stage, "srv1", "master", "utility", "vm")
    _set_roles(stage, server, "vm")


def _blocked(stage: Stage) -> str:
    stage.api.do("POST", "/servers/srv2/maintenance")
    return "srv2"


def _occupied(stage: Stage) -> str:
    stage.vm(start=True, on="srv2")
    return "srv2"


def _evacuated(stage: Stage, server: str) -> bool:
    moved = stage.show(stage.vms[-1])["server"]["name"] != server
    return bool(stage.members()[server]["maintenance"] and moved)


def _inventory(stage: Stage, server: str) -> Json:
    return stage.api("GET", f"/servers/{server}/inventory")


def _occupied_boot(stage: Stage) -> tuple[str, str]:
    server = _occupied(stage)
    return server, _inventory(stage, server)["boot_id"]


def _booted_anew(stage: Stage, subject: tuple[str, str]) -> bool:
    """Its former boot is over, and guests can start on it again."""
    server, former = subject
    stage.switch_on(server)
    try:
        now = _inventory(stage, server)
    except ApiError:
        return False
    return bool(now["boot_id"] != former and now["joined"])


def _remove_third(stage: Stage) -> str:
    stage.api.do("DELETE", f"/pools/{stage.pool}/servers/srv3")
    return "srv3"


def _add_third(stage: Stage, server: str) -> None:
    if server not in stage.members():
        stage.api.do("POST", f"/pools/{stage.pool}/servers", {"server": server, "roles": ["vm"]})


def _dissolve(stage: Stage) -> str:
    stage.api.do("DELETE", f"/pools/{stage.pool}")
    return stage.pool


def _members_body(stage: Stage) -> list[Json]:
    return [
        {"server": name, "roles": ["master", "utility", "vm"] if n == 0 else ["vm"]}
        for n, name in enumerate(stage.servers)
    ]


def _create_pool_request(stage: Stage, name: str) -> Request:
    body = {
        "name": name,
        "cluster_root": stage.root,
        "ha": {"outage": SHORTEST_OUTAGE},
        "members": _members_body(stage),
        "bridges": [{"name": "xenbr0"}, {"name": "xenbr1"}],
    }
    return "POST", "/pools", body


def _pool_exists(stage: Stage, name: str) -> bool:
    return any(p["name"] == name for p in stage.api.items("/pools"))


def _recreate(stage: Stage, name: str) -> None:
    if not _pool_exists(stage, name):
        stage.api.do(*_create_pool_request(stage, name))


def _ha(stage: Stage) -> Json:
    found: Json = stage.api("GET", f"/pools/{stage.pool}")["ha"]
    return found


def _disarmed(stage: Stage) -> str:
    stage.api.do("POST", f"/pools/{stage.pool}/disarm")
    return stage.pool


def _arm(stage: Stage, pool: str) -> None:
    stage.api.do("POST", f"/pools/{pool}/arm")


def _no_rule(stage: Stage) -> str:
    """The name of one that may be added, about the VM made last."""
    stage.vm()
    return f"rule{next(_numbers)}"


def _add_rule(stage: Stage, name: str) -> Request:
    body = {"name": name, "kind": "not-on", "vms": [stage.vms[-1]], "servers": ["srv3"]}
    return "POST", f"/pools/{stage.pool}/rules", body


def _rule(stage: Stage) -> str:
    name = _no_rule(stage)
    stage.api.do(*_add_rule(stage, name))
    return name


def _has_rule(stage: Stage, name: str) -> bool:
    return any(r["name"] == name for r in _ha(stage)["rules"])


def _drop_rule(stage: Stage, name: str) -> None:
    if _has_rule(stage, name):
        stage.api.do("DELETE", f"/pools/{stage.pool}/rules/{name}")


def _isolate(stage: Stage, isolation: str) -> None:
    stage.api.do("PATCH", f"/pools/{stage.pool}", {"ha": {"isolation": isolation}})


def _repositories(stage: Stage) -> dict[str, Json]:
    found = stage.api.items(f"/pools/{stage.pool}/repositories")
    return {r["name"]: r for r in found if not r["cluster_root"]}


def _storage(stage: Stage) -> str:
    """The name of a repository to be; its storage is empty."""
    name = f"data{next(_numbers)}"
    Path(stage.storage, name).mkdir()
    return name


def _source(stage: Stage, name: str) -> Json:
    return {"name": name, "kind": "local", "source": f"{stage.storage}/{name}"}


def _create_repository(stage: Stage, name: str) -> Request:
    return "POST", f"/pools/{stage.pool}/repositories", _source(stage, name)


def with_repository(stage: Stage) -> str:
    name = _storage(stage)
    stage.api.do(*_create_repository(stage, name))
    return name


def _detached(stage: Stage) -> str:
    """One with a VM in it."""
    name = with_repository(stage)
    stage.vm(repository=name)
    stage.api.do("POST", f"/pools/{stage.pool}/repositories/{name}/detach", {})
    return name


def drop_repository(stage: Stage, name: str) -> None:
    """With the VMs in it, and its storage."""
    if name in _repositories(stage):
        for vm in stage.api.items("/vms?limit=1000"):
            if (vm["repository"] or {}).get("name") == name:
                if vm["power"] != "stopped":
                    stage.api.do("POST", f"/vms/{vm['name']}/kill")
                stage.api.do("DELETE", f"/vms/{vm['name']}")
        where = f"/pools/{stage.pool}/repositories/{name}"
        stage.api.do("DELETE", f"{where}?contents=true")
    shutil.rmtree(Path(stage.storage, name))


def _everywhere(stage: Stage, name: str) -> bool:
    found = _repositories(stage).get(name)
    return found is not None and set(found["servers"]) == set(stage.members())


def _create_elsewhere(stage: Stage, name: str) -> Request:
    body = {"pool": stage.pool, "name": f"in-{name}", "template": "tiny", "repository": name}
    return "POST", "/vms", body | {"memory": stage.memory, "start": True}


def _released(stage: Stage, name: str) -> bool:
    """By what it says of itself."""
    record = Path(stage.storage, name, ".millpond", "repository.json")
    return name not in _repositories(stage) and json.loads(record.read_text())["pool"] is None


REPOSITORY_SCENARIOS: dict[str, Scenario] = {
    "repository.create": Scenario(_storage, _create_repository, _everywhere, drop_repository),
    "repository.attach": Scenario(
        _detached,
        lambda s, name: ("POST", f"/pools/{s.pool}/repositories/attach", _source(s, name)),
        lambda s, name: _everywhere(s, name) and _repositories(s)[name]["vms"] == 1,
        drop_repository,
    ),
    "repository.refresh": Scenario(
        with_repository,
        lambda s, name: ("POST", f"/pools/{s.pool}/repositories/{name}/refresh", None),
        _everywhere,
        drop_repository,
    ),
    "repository.detach": Scenario(
        with_repository,
        lambda s, name: ("POST", f"/pools/{s.pool}/repositories/{name}/detach", {}),
        _released,
        drop_repository,
    ),
    "repository.delete": Scenario(
        with_repository,
        lambda s, name: ("DELETE", f"/pools/{s.pool}/repositories/{name}?contents=true", None),
        lambda s, name: not list(Path(s.storage, name).iterdir()),
        drop_repository,
    ),
    "vm.create, elsewhere": Scenario(
        with_repository,
        _create_elsewhere,
        lambda s, name: s.show(f"in-{name}")["power"] == "running",
        drop_repository,
    ),
}


HA_SCENARIOS: dict[str, Scenario] = {
    "pool.edit, ha": Scenario(
        lambda s: s.pool,
        lambda s, pool: ("PATCH", f"/pools/{pool}", {"ha": {"isolation": "shutdown"}}),
        lambda s, pool: _ha(s)["isolation"] == "shutdown",
        lambda s, pool: _isolate(s, "keep"),
    ),
    "pool.disarm": Scenario(
        lambda s: s.pool,
        lambda s, pool: ("POST", f"/pools/{pool}/disarm", None),
        lambda s, pool: not _ha(s)["armed"],
        _arm,
    ),
    "pool.arm": Scenario(
        _disarmed,
        lambda s, pool: ("POST", f"/pools/{pool}/arm", None),
        lambda s, pool: _ha(s)["armed"],
    ),
    "rule.add": Scenario(
        _no_rule,
        _add_rule,
        _has_rule,
        _drop_rule,
    ),
    "rule.remove": Scenario(
        _rule,
        lambda s, name: ("DELETE", f"/pools/{s.pool}/rules/{name}", None),
        lambda s, name: not _has_rule(s, name),
    ),
}

POOL_SCENARIOS: dict[str, Scenario] = {
    "pool.edit": Scenario(
        lambda s: s.pool,
        lambda s, pool: ("PATCH", f"/pools/{pool}", {"description": f"edited {next(_numbers)}"}),
        lambda s, pool: s.api("GET", f"/pools/{pool}")["description"].startswith("edited"),
    ),
    "bridge.create": Scenario(
        lambda s: "crashbr0",
        lambda s, name: ("POST", f"/pools/{s.pool}/bridges", {"name": name}),
        _has_bridge,
        _drop_bridge,
    ),
    "bridge.delete": Scenario(
        _make_bridge,
        lambda s, name: ("DELETE", f"/pools/{s.pool}/bridges/{name}", None),
        lambda s, name: not _has_bridge(s, name),
        _drop_bridge,
    ),
    "pool.set_roles": Scenario(
        lambda s: "srv2",
        lambda s, server: (
            "PATCH",
            f"/pools/{s.pool}/servers/{server}",
            {"roles": ["master", "utility", "vm"]},
        ),
        lambda s, server: "master" in s.members()[server]["roles"],
        _hand_back,
    ),
    "pool.remove_server": Scenario(
        lambda s: "srv3",
        lambda s, server: ("DELETE", f"/pools/{s.pool}/servers/{server}", None),
        lambda s, server: server not in s.members(),
        _add_third,
    ),
    "pool.add_server": Scenario(
        _remove_third,
        lambda s, server: (
            "POST",
            f"/pools/{s.pool}/servers",
            {"server": server, "roles": ["vm"]},
        ),
        lambda s, server: server in s.members(),
        _add_third,
    ),
    "server.maintenance": Scenario(
        _occupied,
        lambda s, server: ("POST", f"/servers/{server}/maintenance", None),
        _evacuated,
    ),
    "server.activate": Scenario(
        _blocked,
        lambda s, server: ("POST", f"/servers/{server}/activate", None),
        lambda s, server: not s.members()[server]["maintenance"],
    ),
    "pool.adopt": Scenario(
        lambda s: s.pool,
        lambda s, pool: ("POST", "/pools/adopt", {"server": "srv1"}),
        _pool_exists,
    ),
    "pool.delete": Scenario(
        lambda s: s.pool,
        lambda s, pool: ("DELETE", f"/pools/{pool}", None),
        lambda s, pool: not _pool_exists(s, pool),
        _recreate,
    ),
    "pool.create": Scenario(_dissolve, _create_pool_request, _pool_exists, _recreate),
}

POWER_SCENARIOS: dict[str, Scenario] = {
    "server.shutdown": Scenario(
        _occupied_boot,
        lambda s, subject: ("POST", f"/servers/{subject[0]}/shutdown", None),
        lambda s, subject: _booted_anew(s, subject) and _evacuated(s, subject[0]),
        patience=120,
    ),
    "server.reboot": Scenario(
        _occupied_boot,
        lambda s, subject: ("POST", f"/servers/{subject[0]}/reboot", {"activate": True}),
        lambda s, subject: (
            _booted_anew(s, subject)
            and not s.members()[subject[0]]["maintenance"]
            and s.show(s.vms[-1])["server"]["name"] != subject[0]
        ),
        patience=120,
    ),
}


def _uploaded(stage: Stage) -> Json:
    """What has arrived of a CD, and the name it shall have."""
    content = iso()
    where = f"/pools/{stage.pool}/uploads"
    upload = stage.api("POST", where, {"size": len(content)})["id"]
    stage.api("PUT", f"{where}/{upload}?offset=0", content)
    return {"name": f"crashcd{next(_numbers)}", "upload": upload, "size": len(content)}


def _import_request(stage: Stage, subject: Json) -> Request:
    body = {"kind": "iso", "format": "iso", **subject}
    return "POST", f"/pools/{stage.pool}/images", body


def _pending(stage: Stage) -> Json:
    subject = _uploaded(stage)
    stage.api.do(*_import_request(stage, subject))
    return subject


def _approve_request(stage: Stage, subject: Json) -> Request:
    return "POST", f"/pools/{stage.pool}/images/{subject['name']}/approve", None


def approved(stage: Stage) -> Json:
    subject = _pending(stage)
    stage.api.do(*_approve_request(stage, subject))
    return subject


def _delete_image(stage: Stage, subject: Json) -> Request:
    return "DELETE", f"/pools/{stage.pool}/images/{subject['name']}", None


def _image_is(state: str) -> Callable[[Stage, Json], bool]:
    def check(stage: Stage, subject: Json) -> bool:
        found = stage.api("GET", f"/pools/{stage.pool}/images/{subject['name']}")
        return bool(found["state"] == state and found["facts"]["received"] == subject["size"])

    return check


def _no_image(stage: Stage, subject: Json) -> bool:
    names = [i["name"] for i in stage.api.items(f"/pools/{stage.pool}/images")]
    return subject["name"] not in names


def drop_image(stage: Stage, subject: Json) -> None:
    stage.api.do(*_delete_image(stage, subject))


IMAGE_SCENARIOS: dict[str, Scenario] = {
    "image.import": Scenario(_uploaded, _import_request, _image_is("pending"), drop_image),
    "image.approve": Scenario(_pending, _approve_request, _image_is("approved"), drop_image),
    "image.delete": Scenario(approved, _delete_image, _no_image),
}

SCENARIOS = (
    IMAGE_SCENARIOS
    | VM_SCENARIOS
    | HA_SCENARIOS
    | REPOSITORY_SCENARIOS
    | POOL_SCENARIOS
    | POWER_SCENARIOS
)
