"""One run of chaos: guests of its own, faults one after the other, and a report."""

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from millpond.domain.errors import Failed, MillpondError, Refused
from millpond.lab.chaos import census, stamps
from millpond.lab.chaos.census import Sight
from millpond.lab.chaos.checker import Checker, Watched
from millpond.lab.chaos.clock import Clock
from millpond.lab.chaos.faults import Fault, break_bmc, mend
from millpond.lab.chaos.judge import Judge, Promises
from millpond.lab.chaos.load import Api, Json, Load
from millpond.lab.chaos.plan import rounds
from millpond.lab.chaos.report import Report
from millpond.lab.lab import Lab

QUIET_SECONDS = 240.0
"""After a fault: the longest that pool, guests and jobs may take to come to rest. Longer than any
bound in a pool whose storage may be gone for 50 s."""
WRITES_SECONDS = 10.0
"""A guest that runs writes its stamp several times in it, even on a busy machine."""
MENDS = 5
_GUEST = "chaos"


@dataclass
class Chaos:
    """``connect`` makes a client of the manager's API that survives the manager's restarts. The load
    touches only the second half of the guests; the first half has to live by itself."""

    lab: Lab
    pool: str
    connect: Callable[[], Api]
    seed: int
    say: Callable[[str], None]
    guests: int = 4
    clock: Clock = field(default_factory=Clock)
    sight: Callable[[Lab], Sight] = census.sight

    def run(self, duration: float) -> Report:
        """Once anything may be broken there is a report, whatever happens. Raises
        ``Refused(pool.not_lab)`` unless the pool says it is a lab's."""
        api = self.connect()
        self._refuse_others(api)
        names = [f"{_GUEST}{n}" for n in range(1, self.guests + 1)]
        ids = {name: self._guest(api, name) for name in names}
        report = Report(self.seed)
        began = self.clock.now()
        checker = Checker(self.lab.shared, ids, partial(self.sight, self.lab), self.clock)
        dice = random.Random(f"load {self.seed}")  # noqa: S311 - the faults' dice stay their own
        load = Load(self.connect, names[self.guests // 2 :], dice, self.clock)
        try:
            with checker:
                if unrest := self._wait(lambda: self._unrest(api, checker.guests.values())):
                    raise Failed("chaos", f"nothing is broken yet, and {unrest}")
                with load:
                    self._break_things(api, checker, load, report, began + duration)
                self._come_to_rest(api, checker, load, report)
        except KeyboardInterrupt:
            report.aborted = "interrupted"
        except Exception as error:
            report.aborted = f"{type(error).__name__}: {error}"
        finally:
            self._mend_all(report)
        report.accepted, report.refused = len(load.accepted), load.refused
        report.looks, report.violations = checker.looks, checker.violations
        report.seconds = self.clock.now() - began
        return report

    def _refuse_others(self, api: Api) -> None:
        if not api.get(f"/pools/{self.pool}")["lab"]:
            raise Refused(
                "pool.not_lab",
                f"pool {self.pool}",
                "is not marked as a lab, and chaos kills servers",
                "make a pool for it with: millpond pool create POOL --lab --server SERVER:master,utility,vm",
            )

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
        disk = Path(self.lab.shared, "running_pool", there[name], f"{stamps.TARGET}.raw")
        if not disk.exists():
            raise Refused(
                "request.invalid",
                f"lab {self.lab.name}",
                f"is not the one that pool {self.pool} lives in",
                "name its lab with --name",
            )
        stamps.ask(disk)
        self._ask_to_run(api, name)
        return str(there[name])

    def _ask_to_run(self, api: Api, name: str) -> None:
        power = api.get(f"/vms/{name}")["power"]
        if power in ("stopped", "paused"):
            verb = "start" if power == "stopped" else "unpause"
            self._done(api, api.submit("POST", f"/vms/{name}/{verb}"))

    def _done(self, api: Api, job: Json) -> None:
        deadline = self.clock.now() + QUIET_SECONDS
        while (now := api.get(f"/jobs/{job['id']}"))["state"] in ("queued", "running"):
            if self.clock.now() > deadline:
                break
            self.clock.wait(0.2)
        if now["state"] != "done":
            raise Failed(str(now["kind"]), f"job {job['id']} is {now['state']}")

    def _break_things(
        self, api: Api, checker: Checker, load: Load, report: Report, until: float
    ) -> None:
        own = [g for g in checker.guests.values() if g.name not in load.vms]
        promises = self._promises(api)
        for round_ in rounds(self.seed, [s.name for s in self.lab.status().servers]):
            if self.clock.now() > until:
                break
            self._round(api, Judge(round_, own, promises, self.clock.now()), report)

    def _round(self, api: Api, judge: Judge, report: Report) -> None:
        round_ = judge.round
        self.say(str(round_))
        self._strike(judge, report)
        if unrest := self._wait(lambda: self._unrest(api, judge.guests)):
            report.broken.append(f"not at rest {QUIET_SECONDS:.0f} s after {round_}: {unrest}")
        returns, broken = judge.verdict()
        report.returns += returns
        report.broken += broken
        for sentence in (*broken, *(f"{r.guest} back after {r.seconds:.1f} s" for r in returns)):
            self.say(f"  {sentence}")
        self.clock.wait(round_.pause)

    def _promises(self, api: Api) -> Promises:
        ha = api.get(f"/pools/{self.pool}/ha")
        return Promises(
            fenced=float(ha["promised_fenced"]),
            by_leases=float(ha["promised_by_leases"]),
            fenceable=frozenset(h["name"] for h in ha["hosts"] if h["devices"]),
            shut_down=ha["settings"]["isolation"] == "shutdown",
        )

    def _strike(self, judge: Judge, report: Report) -> None:
        """A fault that its server is in no state for is left out; so is what cannot be mended now,
        for everybody will see that the pool does not come to rest."""
        round_, second = judge.round, judge.round.second

        def begin(fault: Fault, server: str) -> None:
            judge.strikes.append(self.clock.now())
            fault.begin(self.lab, server)
            report.faults[fault.name] = report.faults.get(fault.name, 0) + 1

        try:
            break_bmc(self.lab, round_.server, round_.bmc)
            begin(round_.fault, round_.server)
            if second is not None:
                self.clock.wait(second.after)
                begin(second.fault, second.server)
            lasts = judge.promises.by_leases if round_.fault.lingers else round_.seconds
            self.clock.wait(lasts - (second.after if second else 0.0))
        except (MillpondError, OSError) as error:
            report.skipped.append(f"{round_}: {error}")
            self.say(f"  skipped: {error}")
        if trouble := self._mend(round_.server):
            self.say(f"  cannot be mended: {trouble}")
        if round_.strikes_late:
            self.clock.wait(judge.promises.fenced)

    def _wait(self, unrest: Callable[[], str]) -> str:
        """Until nothing is the matter any more; what still is when nobody waits any longer."""
        deadline = self.clock.now() + QUIET_SECONDS
        while what := unrest():
            if self.clock.now() > deadline:
                break
            self.clock.wait(0.5)
        return what

    def _unrest(self, api: Api, guests: Iterable[Watched]) -> str:
        """What is the matter with these guests and the pool; "" if nothing. An alarm is: a device that
        was caught in a lie is not relied upon for a while, and the next fault is to find it trusted."""
        mute = [g.name for g in guests if not self._writes(g)]
        if mute:
            return f"{', '.join(mute)} not writing"
        try:
            ha = api.get(f"/pools/{self.pool}/ha")
        except Exception as error:  # the manager, or the pool master, is on its way back
            return str(error)
        calm = ("online", "maintenance")
        hosts = [f"{h['name']} is {h['state']}" for h in ha["hosts"] if h["state"] not in calm]
        return "; ".join([*hosts, *ha["alarms"]])

    def _writes(self, guest: Watched) -> bool:
        wrote = guest.wrote
        return (
            len(guest.on) == 1
            and guest.gone is None
            and wrote is not None
            and self.clock.now() - wrote < WRITES_SECONDS
        )

    def _come_to_rest(self, api: Api, checker: Checker, load: Load, report: Report) -> None:
        """Jobs end; whoever the load may have stopped is asked to run; then every guest must write."""
        self.say("faults end; waiting for everything to come to rest")
        self._wait(lambda: "; ".join(load.unended().values()))
        report.unended = load.unended()
        for name in load.vms:
            try:
                self._ask_to_run(api, name)
            except Exception as error:  # it will be missing
                self.say(f"  {name} cannot be asked to run: {error}")
        everyone = checker.guests.values()
        self._wait(lambda: " ".join(g.name for g in everyone if not self._writes(g)))
        report.missing = [g.name for g in everyone if not self._writes(g)]

    def _mend_all(self, report: Report) -> None:
        """Leave the lab whole, whatever happened."""
        for server in self.lab.status().servers:
            if trouble := self._mend(server.name):
                report.broken.append(f"{server.name} cannot be mended: {trouble}")

    def _mend(self, server: str) -> str:
        """What the matter is if it cannot be mended. A server that its watchdog or its BMC resets
        just then is in no state for it, and is a moment later."""
        for _ in range(MENDS):
            try:
                mend(self.lab, server)
            except (MillpondError, OSError) as error:
                trouble = str(error)
            else:
                return ""
            self.clock.wait(1.0)
        return trouble
