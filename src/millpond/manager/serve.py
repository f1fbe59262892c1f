"""The manager as a process: sockets, TLS, signals."""

import asyncio
import contextlib
import gc
import signal
import socket
from collections.abc import Iterator

import structlog
import typer
import uvicorn

from millpond.adapters.service_manager import pet_watchdog, ready
from millpond.manager.api.app import create_app
from millpond.manager.auth import FIRST_USER
from millpond.manager.compose import certificate_names, composed
from millpond.manager.context import Context
from millpond.manager.settings import Settings
from millpond.manager.state import StateDirectory, make_first_user

log = structlog.get_logger(__name__)

STEP_SECONDS = 5.0
"""How long a step may go on after SIGTERM."""


GC_THRESHOLD = 10_000
"""Objects made, less those dropped, before the collector looks at the youngest: a long list alone
makes thousands, none of them garbage."""


class _Server(uvicorn.Server):
    """Leaves signals to us: jobs stop before the API does."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(settings: Settings, state: StateDirectory, sockets: list[socket.socket]) -> None:
    """Until SIGTERM or SIGINT: then take no more jobs, let running steps end (at most five
    seconds), and leave what is unfinished to the next start."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with composed(settings, state) as context:
        password = await make_first_user(context.store, state)
        if password is not None:
            typer.echo(f"first user: {FIRST_USER}  password: {password}")
        await _serve_api(context, sockets, stop)


async def _serve_api(context: Context, sockets: list[socket.socket], stop: asyncio.Event) -> None:
    certificate, key = context.authority.manager_pair(certificate_names(context.settings))
    server = _Server(
        uvicorn.Config(
            create_app(context),
            ssl_certfile=certificate,
            ssl_keyfile=key,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=3,
            lifespan="off",
        )
    )
    # What start-up made stays until the end: a full collection that walks it again and again would
    # stop all answers for a tenth of a second each time.
    gc.freeze()
    gc.set_threshold(GC_THRESHOLD)
    serving = asyncio.create_task(server.serve(sockets), name="api")
    stopping = asyncio.create_task(stop.wait(), name="stop")
    petting = asyncio.create_task(pet_watchdog(), name="watchdog")
    ready()
    log.info("manager.serving", listen=context.settings.listen, advertise=context.advertise)
    await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    log.info("manager.stopping")
    await context.jobs.stop(STEP_SECONDS)
    await context.events.stop()  # ends the event streams that would keep the server waiting
    server.should_exit = True
    stopping.cancel()
    await serving
    petting.cancel()
