"""Fence devices: what can cut a server off, and how they are written down."""

from collections.abc import Callable
from enum import StrEnum
from itertools import groupby
from typing import Annotated

from pydantic import (
    AfterValidator,
    Field,
    SecretStr,
    StringConstraints,
    TypeAdapter,
    model_validator,
)

from millpond.domain.errors import Refused
from millpond.domain.names import Id, Name
from millpond.domain.secret import PLAIN_IN_JSON
from millpond.domain.vm import Model

ArgumentName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_.-]{0,63}$")]
ArgumentValue = Annotated[str, StringConstraints(max_length=1024, pattern=r"^[^\x00-\x1f\x7f]*$")]
FenceAgentId = Annotated[str, StringConstraints(pattern=r"^(fence_[a-z0-9_]{1,40}|scsi-pr)$")]
_VALUE: TypeAdapter[str] = TypeAdapter(ArgumentValue)


def _one_line(secret: SecretStr) -> SecretStr:
    try:
        _VALUE.validate_python(secret.get_secret_value())
    except ValueError:
        raise ValueError("up to 1024 characters, no control characters") from None
    return secret


Secret = Annotated[
    SecretStr,
    AfterValidator(_one_line),
    PLAIN_IN_JSON,
]
"""In JSON lies the record, too."""


SCSI_PR = "scsi-pr"
"""The agent that cuts a server off from the pool's LUNs, not from its power."""


class DeviceState(StrEnum):
    ON = "on"
    OFF = "off"


class FenceDevice(Model):
    """One device that can cut one server off.

    ``agent`` is a program of Debian's fence-agents (fence_ipmilan(8)) or ``scsi-pr``; ``arguments``
    are its own, ``secrets`` those that nobody shall read. Devices of one ``level`` must all
    confirm; levels are tried in order, lowest first, but ``scsi-pr`` before all. ``timeout`` in seconds bounds each call.
    """

    name: Name
    agent: FenceAgentId
    level: int = Field(default=1, ge=1, le=9)
    arguments: dict[ArgumentName, ArgumentValue] = Field(default_factory=dict)
    secrets: dict[ArgumentName, Secret] = Field(default_factory=dict)
    timeout: float = Field(default=20.0, ge=1, le=300, description="Seconds")


def levels(devices: tuple[FenceDevice, ...]) -> list[tuple[FenceDevice, ...]]:
    """Devices that must agree, in the order in which they are tried. ``scsi-pr`` comes first, whatever
    its level, and alone: the storage answers at once and refuses the writes themselves, so that no
    power supply needs to agree."""

    def level(device: FenceDevice) -> tuple[bool, int]:
        return device.agent != SCSI_PR, device.level

    ordered = sorted(devices, key=lambda d: (level(d), d.name))
    return [tuple(group) for _, group in groupby(ordered, key=level)]


def longest(devices: tuple[FenceDevice, ...]) -> float:
    """Seconds until the devices of one server have confirmed or failed at most: those of a level are
    asked at once, the levels one after the other. 0 without any."""
    return sum(max(d.timeout for d in level) for level in levels(devices))


class FencingDocument(Model):
    """The record in ``<cluster root>/.millpond/fencing.json``: the devices of each member by its
    server id. Only the servers themselves ever read the secrets. Generation 0: none was ever set."""

    generation: int = Field(ge=0)
    members: dict[Id, tuple[FenceDevice, ...]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _named(self) -> "FencingDocument":
        for member, devices in self.members.items():
            if len({d.name for d in devices}) != len(devices):
                raise ValueError(f"every fence device of server {member} needs its own name")
            if sum(d.agent == SCSI_PR for d in devices) > 1:
                raise ValueError(f"server {member} has two of scsi-pr: one covers all LUNs")
        return self

    @property
    def longest(self) -> float | None:
        """Seconds that fencing any one of the members may take; None if none has a device."""
        return max((longest(d) for d in self.members.values() if d), default=None)

    def without_secrets(self) -> "FencingDocument":
        """What people may see: the secrets' names with empty values."""
        return self._with_devices(
            lambda member, device: device.model_copy(
                update={"secrets": dict.fromkeys(device.secrets, SecretStr(""))}
            )
        )

    def keeping_secrets(self, current: "FencingDocument") -> "FencingDocument":
        """This document with each empty secret taken from the device of the same server, name and
        agent in ``current``. Raises ``Refused(fence.invalid)`` if that has none."""
        return self._with_devices(lambda member, device: _completed(member, device, current))

    def _with_devices(self, change: Callable[[str, FenceDevice], FenceDevice]) -> "FencingDocument":
        members = {m: tuple(change(m, d) for d in devices) for m, devices in self.members.items()}
        return self.model_copy(update={"members": members})


def _completed(member: str, device: FenceDevice, current: FencingDocument) -> FenceDevice:
    known: dict[str, SecretStr] = {}
    for other in current.members.get(member, ()):
        if (other.name, other.agent) == (device.name, device.agent):
            known = other.secrets
    secrets = {n: value or known.get(n, SecretStr("")) for n, value in device.secrets.items()}
    empty = sorted(name for name, value in secrets.items() if not value)
    if empty:
        raise Refused(
            "fence.invalid",
            f"fence device {device.name}",
            f"no value for the secret {', '.join(empty)}",
            "give its value: there is no older one to keep",
        )
    return device.model_copy(update={"secrets": secrets})


class FenceParameter(Model):
    """An argument of a fence agent, from its own metadata. ``secret``: a password, a passphrase.
    ``kind`` is string, integer, second, boolean or select (one of ``options``)."""

    name: str
    required: bool
    secret: bool
    default: str | None
    description: str
    kind: str = "string"
    options: tuple[str, ...] = ()


class FenceAgent(Model):
    """A program that speaks to fence devices of one kind, in its own words."""

    name: str
    description: str
    parameters: tuple[FenceParameter, ...]
