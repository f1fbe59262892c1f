"""Everything the API stands on, put together by ``main`` (and by tests)."""

import ssl
from collections.abc import Callable
from dataclasses import dataclass

from millpond.adapters.rpc.client import Agents, Route
from millpond.manager.events import Events
from millpond.manager.jobs import Jobs
from millpond.manager.settings import Settings
from millpond.manager.store import Store
from millpond.manager.watch import Watcher
from millpond.ports.world import World


@dataclass(frozen=True)
class ManagerContext:
    """``world()`` is the world outside any job: for reads that must not come from the cache.
    ``advertise`` is the manager's URL as servers reach it."""

    settings: Settings
    store: Store
    events: Events
    jobs: Jobs
    watcher: Watcher
    agents: Agents
    authority: "Authority"
    world: Callable[[], World]
    advertise: str
