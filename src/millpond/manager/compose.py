"""Puts the manager together, starts its parts in order and stops them in the other."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from urllib.parse import urlsplit

import structlog
from sqlalchemy.exc import SQLAlchemyError

from millpond.adapters.pki.authority import CertificateAuthority
from millpond.adapters.pki.contexts import client_context
from millpond.adapters.rpc.client import Agents
from millpond.manager.array_samples import ArraySamples, sample_forever
from millpond.manager.arrays import Arrays
from millpond.manager.auth import Auth
from millpond.manager.cache import Cache
from millpond.manager.context import Context
from millpond.manager.events import Events
from millpond.manager.ha import HaNews
from millpond.manager.jobs import Jobs, JobSettings
from millpond.manager.jobs.sealing import Seal
from millpond.manager.listen import host_and_port, is_wildcard
from millpond.manager.metrics import Metrics
from millpond.manager.renewals import renew_forever
from millpond.manager.samples import Samples
from millpond.manager.schedules import Schedules
from millpond.manager.settings import Settings
from millpond.manager.state import StateDirectory
from millpond.manager.store import Store, enrolments, tokens
from millpond.manager.store import events as log_of_events
from millpond.manager.store import jobs as job_table
from millpond.manager.wake import Wakes
from millpond.manager.watch import Watcher
from millpond.manager.world import ManagerWorld, Means
from millpond.operations.registry import OPERATIONS

log = structlog.get_logger(__name__)

PRUNE_SECONDS = 3600.0
DAY = 86_400.0


def certificate_names(settings: Settings) -> list[str]:
    """What the manager's certificate is valid for."""
    hosts = [host_and_port(address)[0] for address in settings.listen]
    advertised = urlsplit(advertised_url(settings)).hostname or ""
    names = ["localhost", "127.0.0.1", "::1", socket.gethostname(), *hosts, advertised]
    return list(dict.fromkeys(n for n in names if n and not is_wildcard(n)))


def advertised_url(settings: Settings) -> str:
    """The address servers are told to enrol at."""
    if settings.advertise is not None:
        return settings.advertise.rstrip("/")
    pairs = [host_and_port(address) for address in settings.listen]
    outward = [p for p in pairs if not p[0].startswith("127.") and p[0] not in ("::1", "localhost")]
    host, port = (outward or pairs)[0]
    if is_wildcard(host):
        host = socket.gethostname()
    return f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}"


@asynccontextmanager
async def composed(settings: Settings, state: StateDirectory) -> AsyncIterator[Context]:
    """A manager at work: everything but the API's sockets. ``state`` is ours already."""
    authority = CertificateAuthority.open(state.pki)
    certificate, key = authority.manager_pair(certificate_names(settings))
    async with AsyncExitStack() as stack:
        store = Store(settings.database_url)
        await store.open()
        stack.push_async_callback(store.close)
        wakes = Wakes(store)
        await wakes.start()
        stack.push_async_callback(wakes.stop)
        events = Events(store, wakes)
        await events.start()
        stack.push_async_callback(events.stop)
        agents = Agents(client_context(authority.path, certificate, key))
        stack.callback(agents.close)
        cache = Cache(store, events)
        await cache.start()
        stack.push_async_callback(cache.stop)
        metrics = Metrics()
        samples = Samples()
        watcher = Watcher(store, agents, cache, HaNews(store, events, metrics), samples)
        await watcher.start()
        stack.push_async_callback(watcher.stop)
        arrays = Arrays(
            store,
            authority.derived_key(b"arrays"),
            state.arrays,
            settings.naviseccli,
            fake=settings.fake_arrays,
        )
        means = Means(store, cache, agents, arrays, watcher.look, watcher.masters.sought)
        jobs = Jobs(
            store,
            events,
            wakes,
            OPERATIONS,
            lambda jobs, job: ManagerWorld(means, jobs, job),
            cache.flush,
            JobSettings(
                max_jobs=settings.max_jobs,
                lease_seconds=settings.lease_seconds,
                unknown_patience=settings.unknown_patience,
                fault_hook=settings.fault_hook,
                seal=Seal(authority.derived_key(b"jobs")),
            ),
        )
        await jobs.start()
        stack.push_async_callback(jobs.stop)
        schedules = Schedules(store, jobs, events, wakes, metrics)
        keeping_time = asyncio.create_task(schedules.run(), name="schedules")
        stack.callback(keeping_time.cancel)
        pruning = asyncio.create_task(_prune_forever(store, settings.keep_days), name="prune")
        stack.callback(pruning.cancel)
        renewing = asyncio.create_task(renew_forever(store, agents, authority), name="renewals")
        stack.callback(renewing.cancel)
        array_samples = ArraySamples()
        sampling = asyncio.create_task(sample_forever(arrays, array_samples), name="array samples")
        stack.callback(sampling.cancel)
        yield Context(
            settings=settings,
            store=store,
            events=events,
            jobs=jobs,
            cache=cache,
            watcher=watcher,
            agents=agents,
            authority=authority,
            auth=Auth(store, settings.session_hours * 3600, state.first_password),
            world=lambda: ManagerWorld(means, jobs, None),
            advertise=advertised_url(settings),
            metrics=metrics,
            schedules=schedules,
            arrays=arrays,
            samples=samples,
            array_samples=array_samples,
        )


async def prune(store: Store, keep_days: float) -> None:
    """Forget what is old: ended jobs, events, expired sessions and enrolment secrets."""
    oldest = time.time() - keep_days * DAY
    async with store.write() as connection:
        await job_table.prune(connection, oldest)
    async with store.write() as connection:
        await log_of_events.prune(connection, oldest)
        await tokens.prune(connection)
        await enrolments.prune(connection)


async def _prune_forever(store: Store, keep_days: float) -> None:
    while True:
        try:
            await prune(store, keep_days)
        except SQLAlchemyError as error:
            log.error("prune.database", error=str(error))
        await asyncio.sleep(PRUNE_SECONDS)
