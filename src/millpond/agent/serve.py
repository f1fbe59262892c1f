"""``millpond-agent run``: wait for an identity, serve with it, and again when it is replaced."""

import asyncio
import shutil
import signal
from contextlib import AsyncExitStack, suppress
from functools import partial

import structlog

from millpond.adapters.service_manager import pet_watchdog, ready
from millpond.agent.enrolment import Enrolment, IdentityFiles
from millpond.agent.settings import AgentSettings

_LOOK_SECONDS = 1.0
_log = structlog.get_logger(__name__)


async def run(settings: AgentSettings) -> None:
    """Until SIGTERM or SIGINT. Raises OSError if the address cannot be listened on, and whatever
    ends a part of the agent before its time."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    files = IdentityFiles(settings.config_dir)
    if files.load() is None:
        _log.info("waiting to be enrolled", command="millpond-agent enrol TOKEN")
        ready()
    petting = asyncio.create_task(pet_watchdog())
    try:
        while not stop.is_set():
            enrolment = files.load()
            if enrolment is None:
                await _pause(stop)
            else:
                await _serve(settings, files, enrolment, stop)
    finally:
        petting.cancel()


async def _pause(stop: asyncio.Event) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(_LOOK_SECONDS):
            await stop.wait()


async def _serve(
    settings: AgentSettings, files: IdentityFiles, enrolment: Enrolment, stop: asyncio.Event
) -> None:
    # Imported late: an agent that waits needs none of it.
    from millpond.adapters.pki.contexts import client_context, server_context
    from millpond.adapters.rpc.client import Agents
    from millpond.adapters.rpc.fences import Fences
    from millpond.agent.app import create_app
    from millpond.agent.renewal import OwnCertificate
    from millpond.agent.service import compose
    from millpond.agent.transport import HttpsServer, listen

    async with AsyncExitStack() as stack:
        context = server_context(files.certificate, files.key, clients=files.ca)
        agents = Agents(client_context(files.ca, files.certificate, files.key))
        stack.callback(agents.close)
        certificate = partial(OwnCertificate, settings, files, (context, agents.context))
        local, ha, usage = compose(settings, enrolment, agents, certificate)
        stack.push_async_callback(local.close)
        fences = Fences(settings.state_dir / "fences")
        app = create_app(enrolment.server, local, fences, agents, ha.admit)
        listener = listen(str(settings.listen), settings.port)
        stack.callback(listener.close)
        # No other agent is at work here, for this one could listen.
        await asyncio.to_thread(shutil.rmtree, settings.work_dir, ignore_errors=True)
        server = HttpsServer(app, context, before_shutdown=local.hub.close)
        _log.info("serving", server=enrolment.server, name=enrolment.name, port=settings.port)
        ready()
        tasks = [
            asyncio.create_task(server.serve(sockets=[listener])),
            asyncio.create_task(_until_changed(files, enrolment, stop)),
        ]
        following = [asyncio.create_task(run()) for run in (local.hub.run, ha.run, usage.run)]
        await asyncio.wait([*tasks, *following], return_when=asyncio.FIRST_COMPLETED)
        broken = [task for task in following if task.done()]
        server.should_exit = True
        tasks[1].cancel()
        for task in following:
            task.cancel()
        await asyncio.gather(*following, return_exceptions=True)
        await tasks[0]
        _log.info("stopped serving", server=enrolment.server)
        for task in broken:
            task.result()  # a fresh process is better than an agent without high availability


async def _until_changed(files: IdentityFiles, enrolment: Enrolment, stop: asyncio.Event) -> None:
    """Until the agent is to stop, or has been given a new identity."""
    while not stop.is_set() and files.load() in (enrolment, None):
        await _pause(stop)
