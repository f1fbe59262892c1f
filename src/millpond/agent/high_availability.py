"""What high availability sees and touches of this server: ``millpond.ha.env`` from the adapters."""

import asyncio
import os
import shlex
import signal
import sys
import time
from functools import partial
from typing import NamedTuple

import structlog

from millpond.adapters.fencing import LocalFencing
from millpond.adapters.fencing.by_agent import ByAgent
from millpond.adapters.fencing.scsi_pr import NoLuns, ScsiPr
from millpond.adapters.host.server import HostServer
from millpond.adapters.records.directory import DirectoryRecords
from millpond.adapters.records.failovers import DirectoryFailovers
from millpond.adapters.records.fencing import DirectoryFenceRecords
from millpond.adapters.rpc.client import Agents, MasterCaller, Route
from millpond.agent.local import LocalAgent
from millpond.agent.settings import AgentSettings
from millpond.domain.names import new_id
from millpond.domain.pool import Member
from millpond.ha.env import Env, Facts, GuestProcesses
from millpond.ports.agent import Agent
from millpond.ports.lockspace import Lockspaces

POWER_SECONDS = 1.0
"""Until a server that was told to go down does: the answer has to leave first."""
_log = structlog.get_logger("millpond.ha")


class Here(NamedTuple):
    """This server. ``records`` reads the cluster root whoever is master."""

    server: HostServer
    records: DirectoryRecords
    lockspaces: Lockspaces
    processes: GuestProcesses


def environment(settings: AgentSettings, local: LocalAgent, here: Here, agents: Agents) -> Env:
    """Connects to nothing yet."""
    return Env(
        me=here.server.id,
        agent=local,
        records=here.records,
        lockspaces=here.lockspaces,
        fencing=ByAgent(LocalFencing(), ScsiPr(NoLuns())),
        fence_records=DirectoryFenceRecords(here.records.check_right),
        failovers=DirectoryFailovers(here.records.check_right),
        peers=partial(_peer, agents),
        facts=partial(_facts, here.server),
        processes=here.processes,
        end_process=_end_process,
        power=partial(_power, {"off": settings.power_off, "reboot": settings.reboot}),
        wall=time.time,
        new_id=new_id,
        told=local.hub.ha_changed,
        note=_note,
    )


def _peer(agents: Agents, member: Member, term: int | None) -> Agent:
    caller = None if term is None else MasterCaller(term)
    return agents.agent(Route(member.address, member.port, member.id), caller)


def _facts(server: HostServer) -> Facts:
    return Facts(server.memory(), server.memory_free(), server.boot_id)


def _note(event: str, **details: object) -> None:
    _log.info(event, **details)


def _end_process(why: str) -> None:
    """Whoever started the agent starts it again. Guests are not its children."""
    _log.error("the agent ends itself", because=why)
    sys.stderr.flush()
    os.kill(os.getpid(), signal.SIGKILL)


def _power(commands: dict[str, str], action: str) -> None:
    loop = asyncio.get_running_loop()
    loop.call_later(POWER_SECONDS, lambda: asyncio.ensure_future(_run(commands[action])))


async def _run(command: str) -> None:
    _log.warning("shutting the server down", command=command)
    try:
        process = await asyncio.create_subprocess_exec(*shlex.split(command))
        code = await process.wait()
    except OSError as error:
        _log.error("the server does not shut down", cause=str(error))
        return
    if code:
        _log.error("the server does not shut down", code=code)
