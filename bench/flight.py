"""A job that is under way when the pool master loses its power."""

import random
import time
from dataclasses import dataclass, field

from bench.crashes import PATIENCE
from millpond.lab.chaos import census
from tests.lab.pool import PoolLab, wait_until

HEAD_START = (0.0, 1.5)
"""Seconds the job has before the cut: a migration in a lab takes about as long."""


@dataclass
class Flight:
    """The live migration of an HA guest of its own, to wherever the manager likes."""

    pool: PoolLab
    name: str = "mover"
    wrong: list[str] = field(default_factory=list)
    _dice: random.Random = field(default_factory=lambda: random.Random(1))

    def prepare(self) -> None:
        body = {"pool": "pool1", "name": self.name, "template": "tiny", "ha": True, "start": True}
        self.pool.api.do("POST", "/vms", body)

    def depart(self) -> str:
        """The job's id, a moment after it was accepted."""
        job = self.pool.api("POST", f"/vms/{self.name}/migrate", {})
        time.sleep(self._dice.uniform(*HEAD_START))
        return str(job["id"])

    def arrive(self, job: str) -> str:
        """How it ended, in a word. It ended as it should if the guest runs once, and where Millpond
        says that it does; otherwise it is noted among the ``wrong``."""
        state = str(self.pool.api.ended(job, PATIENCE)["state"])
        try:
            assert state in ("done", "failed", "cancelled"), state
            wait_until(self._runs_where_it_should, PATIENCE, f"{self.name} runs once, as recorded")
        except AssertionError as error:
            self.wrong.append(f"job {job} is {state}: {error}")
        return state

    def _runs_where_it_should(self) -> bool:
        vm = self.pool.api("GET", f"/vms/{self.name}")
        recorded = (vm["server"] or {}).get("name")
        found = census.sight(self.pool.lab).qemus.get(str(vm["id"]), ())
        return vm["power"] == "running" and found == (recorded,)
