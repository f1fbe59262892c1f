"""``ports.fencing`` with the programs of Debian's fence-agents on this server."""

import asyncio
import os
import re
from pathlib import Path

from millpond.adapters.fencing.bounded import bounded, step
from millpond.adapters.fencing.fitting import fit, invalid
from millpond.adapters.fencing.metadata import Metadata, parse
from millpond.adapters.fencing.program import IPMITOOL, Answer, run
from millpond.adapters.fencing.rules import NO_POWER_SWITCH
from millpond.domain.errors import Failed, Refused
from millpond.domain.fencing import DeviceState, FenceAgent, FenceDevice
from millpond.domain.ha.proof import Claim, FenceMethod

PROGRAMS = Path("/usr/sbin")
METADATA_PATIENCE = 20.0
"""Seconds an agent may take to describe itself; Python's start on a busy server."""

_STATUS = re.compile(rb"^Status: (ON|OFF)\s*$", re.MULTILINE)
_CODES = {DeviceState.ON: 0, DeviceState.OFF: 2}
"""Of an agent's action ``status`` (fencing.py, fence_action)."""


class LocalFencing:
    """``programs`` is the directory of the agents."""

    def __init__(self, programs: Path = PROGRAMS) -> None:
        self._programs = programs
        self._known: dict[str, tuple[tuple[int, int], Metadata]] = {}

    async def off(self, device: FenceDevice) -> Claim:
        async with bounded(device, "off"):
            said = (await self._act(device, "off")).said
            if await self._state(device) is not DeviceState.OFF:
                raise Failed(step(device, "off"), f"it answered {said!r}, but the server is on")
        return Claim(FenceMethod.POWER, device.name, f"{said}; read back: off")

    async def on(self, device: FenceDevice) -> None:
        async with bounded(device, "on"):
            await self._act(device, "on")

    async def state(self, device: FenceDevice) -> DeviceState:
        async with bounded(device, "status"):
            return await self._state(device)

    async def check(self, device: FenceDevice) -> None:
        try:
            async with bounded(device, "check"):
                metadata = await self._metadata(device.agent)
                fit(device, metadata)
                if "validate-all" in metadata.actions:
                    await self._act(device, "validate-all")
        except (Failed, FileNotFoundError) as error:
            cause = error.cause if isinstance(error, Failed) else "is not installed here"
            raise invalid(
                device, f"{device.agent}: {cause}", f"see: millpond fence agents {device.agent}"
            ) from error

    async def agents(self) -> list[str]:
        names = {p.name for p in self._programs.glob("fence_*") if os.access(p, os.X_OK)}
        return sorted(names - set(NO_POWER_SWITCH))

    async def describe(self, agent: str) -> FenceAgent:
        try:
            if agent not in await self.agents():
                raise FileNotFoundError(agent)
            async with asyncio.timeout(METADATA_PATIENCE):
                return (await self._metadata(agent)).agent
        except FileNotFoundError:
            raise Refused(
                "request.not_found",
                f"fence agent {agent}",
                "is not installed on this server",
                "install the Debian package fence-agents",
            ) from None
        except TimeoutError:
            raise Failed(f"{agent} -o metadata", "it did not answer in time") from None

    async def _state(self, device: FenceDevice) -> DeviceState:
        answer = await self._run(device, "status")
        found = _STATUS.findall(answer.output)
        if len(found) == 1:
            state = DeviceState(found[0].decode().lower())
            if answer.code == _CODES[state]:
                return state
        raise Failed(step(device, "status"), answer.said or f"it ended with {answer.code}")

    async def _act(self, device: FenceDevice, action: str) -> Answer:
        answer = await self._run(device, action)
        if answer.code != 0:
            raise Failed(step(device, action), answer.said or f"it ended with {answer.code}")
        return answer

    async def _run(self, device: FenceDevice, action: str) -> Answer:
        """Arguments that do not fit (the record may be older than the agent) are not passed."""
        try:
            metadata = await self._metadata(device.agent)
            fit(device, metadata)
        except (Refused, FileNotFoundError) as error:
            raise Failed(step(device, action), str(error)) from error
        secrets = {name: value.get_secret_value() for name, value in device.secrets.items()}
        plain = {**device.arguments, "action": action}
        password = None
        if "ipmitool_path" in metadata.refused:
            password = secrets.pop("password", None)
            if password is not None:
                plain["ipmitool_path"] = str(IPMITOOL)
        return await run(self._programs / device.agent, [], plain, secrets, password)

    async def _metadata(self, agent: str) -> Metadata:
        """Asked for once for each version of the program. Raises ``FileNotFoundError``, and
        ``Failed`` if it has none."""
        program = self._programs / agent
        status = program.stat()
        stamp = (status.st_ino, status.st_mtime_ns)
        known = self._known.get(agent)
        if known is None or known[0] != stamp:
            answer = await run(program, ["-o", "metadata"], {}, {})
            known = (stamp, parse(agent, answer.output))
            self._known[agent] = known
        return known[1]
