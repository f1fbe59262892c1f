"""Tells whoever listens what this server and its guests have used."""

import asyncio
import time
from collections.abc import Callable

import structlog

from millpond.agent.events import EventHub
from millpond.domain.errors import MillpondError
from millpond.domain.usage import ServerCounters
from millpond.ports.hypervisor import Hypervisor

LOOK_SECONDS = 20.0
_log = structlog.get_logger(__name__)


class UsageReport:
    """``host`` counts for the server itself. Looks only while somebody listens, and once for all who
    do: a look is one call to the hypervisor."""

    def __init__(
        self,
        hub: EventHub,
        hypervisor: Hypervisor,
        host: Callable[[], ServerCounters],
        every: float = LOOK_SECONDS,
    ) -> None:
        self._hub = hub
        self._hypervisor = hypervisor
        self._host = host
        self._every = every

    async def run(self) -> None:
        """Until cancelled. A look that fails is left out: the next one counts what it missed."""
        fails = False
        while True:
            await asyncio.sleep(self._every)
            if not self._hub.has_listeners:
                continue
            try:
                guests = await self._hypervisor.counters()
                self._hub.used(time.monotonic(), self._host(), guests)
            except (MillpondError, OSError) as error:
                if not fails:
                    _log.warning("what guests use cannot be read", cause=str(error))
                fails = True
            else:
                fails = False
