"""One run of chaos: guests of its own, faults one after the other, and a report."""

import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from millpond.domain.errors import Failed, Refused
from millpond.lab.chaos import stamps
from millpond.lab.chaos.checker import Checker
from millpond.lab.chaos.faults import Fault, choose
from millpond.lab.chaos.load import Api, Json, Load
from millpond.lab.lab import Lab

QUIET_SECONDS = 180.0
"""After the last fault: the longest that jobs and guests may take to come to rest."""
_GUEST = "chaos"


@dataclass
class Report:
    """``returns``: seconds from a fault that killed a guest to its next stamp. What must be empty
    is empty: ``violations``, ``unended`` jobs, ``missing`` guests."""

    seed: int
    seconds: float = 0.0
    faults: Counter[str] = field(default_factory=Counter)
    accepted: int = 0
    refused: int = 0
    looks: int = 0
    returns: list[float] = field(default_factory=list)
    bound: float = 0.0
    violations: list[str] = field(default_factory=list)
    unended: dict[str, str] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        return not (self.violations or self.unended or self.missing)


@dataclass
class Chaos:
    """``connect`` makes a client of the manager's API that survives the manager's restarts."""

    lab: Lab
    pool: str
    connect: Callable[[], Api]
    seed: int
    say: Callable[[str], None]
    guests: int = 4

    def run(self, duration: float) -> Report:
        """Raises ``Refused(pool.not_lab)`` unless the pool says it is a lab's."""
        api = self.connect()
        pool = api.get(f"/pools/{self.pool}")
        if not pool["lab"]:
            raise Refused(
                "pool.not_lab",
                f"pool {self.pool}",
                "is not marked as a lab, and chaos kills servers",
                "make a pool for it with: millpond pool create --lab",
            )
        dice = random.Random(self.seed)  # noqa: S311 - repeatable on purpose
        ids = {name: self._guest(api, name) for name in self._names()}
        report = Report(
            self.seed, bound=float(api.get(f"/pools/{self.pool}/ha")["promised_fenced"])
        )
        begun = time.monotonic()
        with Checker(self.lab, ids) as checker, Load(self.connect, list(ids)[1:], dice) as load:
            self._wait_writing(checker)
            while time.monotonic() - begun < duration:
                self._one_fault(choose(dice), dice, checker, report)
            load.stop()
            self._come_to_rest(checker, load, report)
            report.accepted, report.refused = len(load.accepted), load.refused
            report.looks, report.violations = checker.looks, checker.violations
        report.seconds = time.monotonic() - begun
        return report

    def _names(self) -> list[str]:
        return [f"{_GUEST}{n}" for n in range(1, self.guests + 1)]

    def _guest(self, api: Api, name: str) -> str:
        """An HA guest with a stamp disk, started; the one of an earlier run if it is there."""
        there = {vm["name"]: vm["id"] for vm in api.items("/vms")}
        if name not in there:
            body = {
                "pool": self.pool,
                "name": name,
                "template": "tiny",
                "disks": [{"target": stamps.TARGET, "size": stamps.SIZE}],
                "vifs": [{"bridge": "xenbr0"}],
                "ha": True,
            }
            self._done(api, api.submit("POST", "/vms", body))
            there[name] = api.get(f"/vms/{name}")["id"]
        stamps.ask(Path(self.lab.shared, "running_pool", there[name], f"{stamps.TARGET}.raw"))
        if api.get(f"/vms/{name}")["power"] == "stopped":
            self._done(api, api.submit("POST", f"/vms/{name}/start"))
        return str(there[name])

    def _done(self, api: Api, job: Json) -> None:
        deadline = time.monotonic() + QUIET_SECONDS
        while (now := api.get(f"/jobs/{job['id']}"))["state"] in ("queued", "running"):
            if time.monotonic() > deadline:
                break
            time.sleep(0.2)
        if now["state"] != "done":
            raise Failed(str(now["kind"]), f"job {job['id']} is {now['state']}")

    def _wait_writing(self, checker: Checker) -> None:
        self._wait(lambda: all(g.boots for g in checker.guests.values()), "every guest's stamp")

    def _wait(self, condition: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + QUIET_SECONDS
        while not condition():
            if time.monotonic() > deadline:
                raise Failed("chaos", f"not within {QUIET_SECONDS:.0f} s: {what}")
            time.sleep(0.2)

    def _one_fault(
        self, fault: Fault, dice: random.Random, checker: Checker, report: Report
    ) -> None:
        server = dice.choice([s.name for s in self.lab.status().servers])
        victims = [g for g in checker.guests.values() if g.on == (server,)]
        self.say(f"{fault.name} on {server} ({len(victims)} guests there)")
        report.faults[fault.name] += 1
        began = time.monotonic()
        boots = {g.name: len(g.boots) for g in victims}
        fault.do(self.lab, server, dice)
        time.sleep(dice.uniform(5.0, 20.0))
        if fault.name == "power cut":
            # A guest the load has stopped meanwhile does not come back, and is not counted.
            again = [g for g in victims if len(g.boots) > boots[g.name]]
            report.returns += [g.since[boots[g.name]] - began for g in again]

    def _come_to_rest(self, checker: Checker, load: Load, report: Report) -> None:
        """Everything on again; jobs end; then every guest is asked to run and must write."""
        self.say("faults end; waiting for everything to come to rest")
        for server in self.lab.status().servers:
            self.lab.boot(server.name)
        self.lab.manager_up()
        deadline = time.monotonic() + QUIET_SECONDS
        while (open_ := load.unended()) and time.monotonic() < deadline:
            time.sleep(1.0)
        report.unended = open_
        api = self.connect()
        for name in checker.guests:
            self._ask_to_run(api, name)
        seen = {g.name: g.number for g in checker.guests.values()}
        while time.monotonic() < deadline + QUIET_SECONDS:
            report.missing = [
                g.name
                for g in checker.guests.values()
                if len(g.on) != 1 or g.number == seen[g.name]
            ]
            if not report.missing:
                break
            time.sleep(1.0)

    def _ask_to_run(self, api: Api, name: str) -> None:
        power = api.get(f"/vms/{name}")["power"]
        if power in ("stopped", "paused"):
            verb = "start" if power == "stopped" else "unpause"
            self._done(api, api.submit("POST", f"/vms/{name}/{verb}"))
