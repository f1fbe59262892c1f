"""Whether a fence device's arguments fit its agent."""

import re

from millpond.adapters.fencing.metadata import Metadata
from millpond.adapters.fencing.rules import NO_POWER_SWITCH, tool_told_secrets
from millpond.domain.errors import Refused
from millpond.domain.fencing import FenceDevice, FenceParameter

NEEDED = frozenset({"on", "off", "status"})

_PLAIN = re.compile(r"[A-Za-z0-9_.:/@=+,%\[\]][A-Za-z0-9_.:/@=+,%\[\]-]*")
_BOOLEANS = frozenset({"0", "1", "yes", "no", "on", "off", "true", "false"})


def fit(device: FenceDevice, metadata: Metadata) -> None:
    """Raises ``Refused(fence.invalid)`` naming everything that is wrong, with the agent's own
    words for the arguments it needs."""
    complaints = _of_agent(metadata) or _of_arguments(device, metadata)
    if complaints:
        raise invalid(device, "; ".join(complaints), f"see: millpond fence agents {device.agent}")


def invalid(device: FenceDevice, message: str, fix: str) -> Refused:
    return Refused("fence.invalid", f"fence device {device.name}", message, fix)


def _of_agent(metadata: Metadata) -> list[str]:
    name = metadata.agent.name
    if name in NO_POWER_SWITCH:
        return [f"{name} cannot confirm that a server is off: {NO_POWER_SWITCH[name]}"]
    if tool := tool_told_secrets(name, metadata.refused):
        return [f"{name} would show its secrets in the list of processes, as arguments of {tool}"]
    lacking = sorted(NEEDED - metadata.actions)
    if lacking:
        return [f"{name} lacks the action {', '.join(lacking)}, so that its word proves nothing"]
    return []


def _of_arguments(device: FenceDevice, metadata: Metadata) -> list[str]:
    known = {p.name: p for p in metadata.agent.parameters}
    complaints = []
    for name in sorted({*device.arguments, *device.secrets}):
        if name in metadata.refused:
            complaints.append(f"{name} {metadata.refused[name]}")
        elif name not in known:
            complaints.append(f"{device.agent} knows no argument {name}")
        elif name in device.secrets:
            if name in device.arguments:
                complaints.append(f"{name} is given twice")
        elif known[name].secret:
            complaints.append(f"{name} is a secret and has to be given as one")
        else:
            complaints += _of_value(known[name], device.arguments[name])
    for parameter in metadata.agent.parameters:
        if parameter.required and parameter.name not in {*device.arguments, *device.secrets}:
            complaints.append(f"{parameter.name} is missing: {parameter.description}")
    return complaints


def _of_value(parameter: FenceParameter, value: str) -> list[str]:
    """Agents paste values into the command lines of other programs, some without quoting: nothing
    may mean anything there but itself."""
    name = parameter.name
    if parameter.kind == "select" and parameter.options and value not in parameter.options:
        return [f"{name} is one of {', '.join(parameter.options)}"]
    if parameter.kind in ("integer", "second") and not re.fullmatch(r"[0-9]{1,9}", value):
        return [f"{name} is a whole number"]
    if parameter.kind == "boolean" and value.lower() not in _BOOLEANS:
        return [f"{name} is 0 or 1"]
    if not _PLAIN.fullmatch(value):
        return [f"{name} may contain letters, digits and _.:/@=+,%[]- and not begin with a dash"]
    return []
