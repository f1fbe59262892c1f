"""Everything the API stands on, put together by ``main`` (and by tests)."""

from collections.abc import Callable
from dataclasses import dataclass

from millpond.adapters.pki.authority import CertificateAuthority
from millpond.adapters.rpc.client import Agents
from millpond.manager.array_samples import ArraySamples
from millpond.manager.arrays import Arrays
from millpond.manager.auth import Auth
from millpond.manager.cache import Cache
from millpond.manager.events import Events
from millpond.manager.jobs import Jobs
from millpond.manager.metrics import Metrics
from millpond.manager.samples import Samples
from millpond.manager.schedules import Schedules
from millpond.manager.settings import Settings
from millpond.manager.store import Store
from millpond.manager.watch import Watcher
from millpond.manager.world import ManagerWorld


@dataclass(frozen=True)
class Context:
    """``world()`` is the world outside of any job: for reads that must not come from the cache;
    ``world().route(server_id)`` says how to reach an agent. After a change of servers (a new
    one, a redeemed enrolment, a deletion) call ``watcher.look()``. ``advertise`` is the manager's
    URL as servers reach it."""

    settings: Settings
    store: Store
    events: Events
    jobs: Jobs
    cache: Cache
    watcher: Watcher
    agents: Agents
    authority: CertificateAuthority
    auth: Auth
    world: Callable[[], ManagerWorld]
    advertise: str
    metrics: Metrics
    schedules: Schedules
    arrays: Arrays
    samples: Samples
    array_samples: ArraySamples
