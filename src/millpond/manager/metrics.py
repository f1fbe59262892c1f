"""What Prometheus reads: a registry of our own, so that several managers fit in one process."""

from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector
from sqlalchemy import func, select

from millpond.domain.job import ENDED, JobState
from millpond.domain.vm import Power
from millpond.manager.store import Store
from millpond.manager.store import jobs as job_store
from millpond.manager.store.tables import servers, vms

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)
_FAILOVER_SECONDS = (5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300)


class Metrics:
    """Counted as it happens: requests, events, failovers. Read when asked for: jobs, VMs,
    servers."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        self._requests = Counter(
            "millpond_requests",
            "Requests served",
            ["method", "path", "status"],
            registry=self.registry,
        )
        self._seconds = Histogram(
            "millpond_request_seconds",
            "Time to serve a request",
            ["path"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._lag = Histogram(
            "millpond_event_lag_seconds",
            "From an event to its sending to a listener",
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._jobs = Gauge(
            "millpond_jobs", "Unfinished jobs by state", ["state"], registry=self.registry
        )
        self._vms = Gauge("millpond_vms", "VMs by power", ["power"], registry=self.registry)
        self._servers = Gauge(
            "millpond_servers",
            "Enrolled servers by whether they answer",
            ["up"],
            registry=self.registry,
        )

        self._alarms = Gauge(
            "millpond_ha_alarms", "Alarms of high availability", ["pool"], registry=self.registry
        )
        self._schedules = Gauge(
            "millpond_schedules_failing",
            "Schedules whose last snapshot was not made, or not deleted in time",
            registry=self.registry,
        )
        self._failovers = Counter(
            "millpond_failovers", "Failovers that ended", ["pool"], registry=self.registry
        )
        self._fenced = Counter(
            "millpond_fenced", "Servers proven dead in a failover", ["pool"], registry=self.registry
        )
        self._failover_seconds = Histogram(
            "millpond_failover_seconds",
            "From a server's silence to the start of its last VM elsewhere",
            ["pool"],
            buckets=_FAILOVER_SECONDS,
            registry=self.registry,
        )

    def request(self, method: str, path: str, status: int, seconds: float) -> None:
        """One request is done; ``path`` is its route's template, ``status`` 0 if it broke off."""
        self._requests.labels(method, path, str(status)).inc()
        self._seconds.labels(path).observe(seconds)

    def event_sent(self, lag: float) -> None:
        """An event went out ``lag`` seconds after it happened."""
        self._lag.observe(max(0.0, lag))

    def alarms(self, pool: str, number: int) -> None:
        """How many the pool's master has now."""
        self._alarms.labels(pool).set(number)

    def no_alarms(self, pool: str) -> None:
        """The pool is gone."""
        self._alarms.remove(pool)

    def schedules(self, failing: int) -> None:
        self._schedules.set(failing)

    def failover(self, pool: str, told: dict[str, Any]) -> None:
        """An event of a failover was written: ``told`` is its data (``manager.ha.story``)."""
        if told["stage"] == "ended":
            self._failovers.labels(pool).inc()
            self._fenced.labels(pool).inc(told["fenced"])
            if told["measured"] is not None:
                self._failover_seconds.labels(pool).observe(told["measured"])

    async def render(self, store: Store) -> bytes:
        """The text exposition format. Raises SQLAlchemyError."""
        async with store.read() as connection:
            unfinished = await job_store.counts(connection)
            powers = await connection.execute(
                select(vms.c.power, func.count()).group_by(vms.c.power)
            )
            by_power = {row[0]: row[1] for row in powers}
            up = await connection.execute(
                select(servers.c.reachable, func.count())
                .where(servers.c.enrolled.is_(True))
                .group_by(servers.c.reachable)
            )
            by_answer = {bool(row[0]): row[1] for row in up}
        for state in JobState:
            if state not in ENDED:
                self._jobs.labels(state.value).set(unfinished.get(state, 0))
        for power in Power:
            self._vms.labels(power.value).set(by_power.get(power.value, 0))
        for answer in (True, False):
            self._servers.labels(str(answer).lower()).set(by_answer.get(answer, 0))
        return generate_latest(self.registry)
