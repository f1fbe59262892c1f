"""The whole manager on PostgreSQL: nothing about it is different."""

import json
from pathlib import Path

import pytest

from tests.support.postgres import Postgres
from tests.support.system import System

pytestmark = pytest.mark.slow


def test_a_pool_works_and_jobs_survive_kill_9(postgres: Postgres, tmp_path: Path) -> None:
    env = {
        "MILLPOND_MANAGER_DATABASE": postgres.database(),
        "MILLPOND_MANAGER_LEASE_SECONDS": "5",
    }
    with System(tmp_path / "pg", servers=2, manager_env=env) as system:
        system.make_pool()
        vm = system.stage.vm(start=True, on="srv2")
        assert system.api("GET", f"/vms/{vm}")["power"] == "running"
        job = system.api("POST", f"/vms/{vm}/migrate", {"to": "srv1"})
        system.manager.kill()
        system.manager.start()
        assert system.api.ended(job["id"], 60)["state"] == "done"
        shown = system.api("GET", f"/vms/{vm}")
        assert (shown["server"]["name"], shown["power"]) == ("srv1", "running"), json.dumps(shown)
        assert not (tmp_path / "pg" / "manager" / "manager.db").exists()
