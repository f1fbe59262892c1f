"""The manager is lost: an empty one takes over the pool from its servers, and work goes on."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.api import ApiError, Json
from tests.support.leaks import leaks
from tests.support.system import System

pytestmark = [pytest.mark.slow, pytest.mark.thorough]


def soon(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)


def facts(system: System, vm: str) -> Json:
    """What must outlive the manager."""
    shown = system.api("GET", f"/vms/{vm}")
    server = shown["server"] and shown["server"]["name"]
    return {"server": server} | {
        k: shown[k] for k in ("id", "power", "wanted", "config", "generation")
    }


def runs(system: System) -> dict[str, str]:
    """By the fake servers' own word, each guest's run: a start makes a new one."""
    files = (system.directory / "guests").glob("*/guests/*.json")
    return {file.stem: json.loads(file.read_text())["spec"]["run"] for file in files}


def test_an_empty_manager_adopts_the_pool_with_all_that_runs_in_it(tmp_path: Path) -> None:
    with System(tmp_path) as system:
        system.make_pool()
        stage = system.stage
        running, moving = stage.vm(start=True, on="srv2"), stage.vm(start=True, on="srv3")
        off, suspended = stage.vm(), stage.vm(start=True, on="srv1")
        system.api.do("POST", f"/vms/{suspended}/suspend")
        everything = [running, moving, off, suspended]
        before, guests = {vm: facts(system, vm) for vm in everything}, runs(system)
        pool = system.api("GET", "/pools/pool1")

        system.rebuild_manager()
        assert (system.api.items("/pools"), system.api.items("/vms")) == ([], [])
        soon(lambda: all(s["up"] for s in system.api.items("/servers")), "the servers answer")
        with pytest.raises(ApiError, match="name the pool master") as refused:
            system.api("POST", "/pools/adopt", {"server": "srv2"})
        assert refused.value.code == "server.role"
        system.api.do("POST", "/pools/adopt", {"server": "srv1"})

        same = ("id", "term", "master", "bridges", "ha", "cluster_root")
        assert {k: system.api("GET", "/pools/pool1")[k] for k in same} == {k: pool[k] for k in same}
        assert runs(system) == guests, "nobody has touched them"
        soon(
            lambda: (
                len(system.api.items("/vms")) == len(everything)
                and {vm: facts(system, vm) for vm in everything} == before
            ),
            "every VM is known again",
        )

        stage = system.stage
        stage.vms += everything
        system.api.do("POST", f"/vms/{moving}/migrate", {"to": "srv1"})
        system.api.do("POST", f"/vms/{running}/stop")
        system.api.do("POST", f"/vms/{suspended}/resume")
        system.api.do("POST", f"/vms/{off}/start", {"on": "srv3"})
        stage.vm(start=True, on="srv2")
        soon(lambda: not leaks(system.root, stage, system.guests()), "nothing is left")
        stage.clean()
        assert system.guests() == {}
