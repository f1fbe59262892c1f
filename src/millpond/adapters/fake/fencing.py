"""``ports.fencing`` over the power switches of a simulated world. Time is the event loop's alone, so
on a loop of virtual time every run of it is the same."""

import asyncio
from enum import StrEnum
from typing import Protocol

from millpond.adapters.fencing.fitting import NEEDED, fit, invalid
from millpond.adapters.fencing.metadata import Metadata
from millpond.domain.errors import Failed, Refused
from millpond.domain.fencing import DeviceState, FenceAgent, FenceDevice, FenceParameter
from millpond.domain.ha.proof import Claim, FenceMethod


class Power(Protocol):
    """The servers' power, by the address (argument ``ip``) of the device that switches it."""

    def switch(self, address: str, on: bool) -> None: ...

    def is_on(self, address: str) -> bool: ...


class Fault(StrEnum):
    """How a device is broken. ``SILENT`` never answers; ``SLOW`` does so late; ``FAILING`` says
    that it cannot; ``LYING`` says that it has done what it did not do."""

    NONE = "none"
    SILENT = "silent"
    SLOW = "slow"
    FAILING = "failing"
    LYING = "lying"


def _parameter(name: str, secret: bool = False) -> FenceParameter:
    return FenceParameter(
        name=name,
        required=name == "ip",
        secret=secret,
        default=None,
        description="IP address or hostname of fencing device" if name == "ip" else name,
    )


AGENT = "fence_ipmilan"
METADATA = Metadata(
    agent=FenceAgent(
        name=AGENT,
        description="Simulated",
        parameters=(
            _parameter("ip"),
            _parameter("lanplus"),
            _parameter("username"),
            _parameter("password", secret=True),
        ),
    ),
    actions=NEEDED,
    refused={"action": "is Millpond's own business"},
)


class FakeFencing:
    """Knows one agent. ``latency`` and ``slow`` are the seconds a call takes, and takes with
    ``Fault.SLOW``; ``faults`` are by the device's address and may change at any time."""

    def __init__(self, power: Power, latency: float = 0.5, slow: float = 10.0) -> None:
        self.faults: dict[str, Fault] = {}
        self._power = power
        self._latency = latency
        self._slow = slow
        self._claimed: dict[str, bool] = {}

    async def off(self, device: FenceDevice) -> Claim:
        await self._set(device, "off", False)
        return Claim(FenceMethod.POWER, device.name, "Success: Powered OFF; read back: off")

    async def on(self, device: FenceDevice) -> None:
        await self._set(device, "on", True)

    async def state(self, device: FenceDevice) -> DeviceState:
        address = await self._answered(device, "status")
        on = self._power.is_on(address)
        if self._fault(address) is Fault.LYING:
            on = self._claimed.get(address, on)
        return DeviceState.ON if on else DeviceState.OFF

    async def check(self, device: FenceDevice) -> None:
        if device.agent != AGENT:
            raise invalid(device, f"{device.agent}: is not installed here", f"use {AGENT}")
        fit(device, METADATA)

    async def agents(self) -> list[str]:
        return [AGENT]

    async def describe(self, agent: str) -> FenceAgent:
        if agent != AGENT:
            raise Refused(
                "request.not_found",
                f"fence agent {agent}",
                "is not installed on this server",
                f"use {AGENT}",
            )
        return METADATA.agent

    async def _set(self, device: FenceDevice, action: str, on: bool) -> None:
        address = await self._answered(device, action)
        if self._fault(address) is Fault.LYING:
            self._claimed[address] = on
        else:
            self._claimed.pop(address, None)
            self._power.switch(address, on)

    async def _answered(self, device: FenceDevice, action: str) -> str:
        """The device's address, once it has taken its time to answer."""
        step = f"fence device {device.name}: {action}"
        if device.agent != AGENT:
            raise Failed(step, f"{device.agent} is not installed here")
        address = device.arguments.get("ip", "")
        fault = self._fault(address)
        late = Failed(step, f"it did not answer within {device.timeout:g} s")
        takes = self._slow if fault is Fault.SLOW else self._latency
        if fault is Fault.SILENT or takes > device.timeout:
            await asyncio.sleep(device.timeout)
            raise late
        await asyncio.sleep(takes)
        if self._fault(address) is Fault.FAILING:
            raise Failed(step, "Failed: Unable to obtain correct plug status")
        return address

    def _fault(self, address: str) -> Fault:
        return self.faults.get(address, Fault.NONE)
