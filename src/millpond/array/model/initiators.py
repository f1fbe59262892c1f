"""Registered initiators: who may come in through which port, and for which host."""

import ipaddress
import re
from typing import Literal

from millpond.array.exports import SpName
from millpond.array.model import groups, names, ports
from millpond.array.model.fault_types import FaultKind, key
from millpond.array.model.refusals import Refusal
from millpond.array.model.state import State
from millpond.array.model.types import Initiator, path_key

_ISCSI_NAME = re.compile(
    r"(iqn\.[0-9]{4}-[0-9]{2}\.|eui\.|naa\.)[0-9a-z.:_-]{1,210}", re.IGNORECASE
)
"""RFC 7143, 4.2.7, without names in other letters than ASCII."""


def register(
    state: State,
    uid: str,
    sp: SpName,
    port: int,
    *,
    group: str | None = None,
    host: str | None = None,
    ip: str | None = None,
    vport: int | None = None,
    failover_mode: Literal[1, 4] | None = None,
    arraycommpath: int | None = None,
) -> State:
    """Register a path, or change what was registered; what is None stays as it is. All paths of one
    initiator have one host. Raises ``Refusal``."""
    if not _ISCSI_NAME.fullmatch(uid):
        raise Refusal("hba.invalid")
    ports.get(state, sp, port)
    if ip:
        _checked_address(ip)
    known = state.initiators.get(path_key(uid, sp, port))
    others = {path.host for path in of(state, uid) if path is not known}
    host = host or (known.host if known else None) or next(iter(others), uid)
    names.checked(host, 255)
    if others - {host}:
        raise Refusal("hba.other_host", host=", ".join(sorted(others)))
    given = {
        "host": host,
        "ip": ip,
        "vport": vport,
        "group": groups.find(state, group).uid if group else None,
        "failover_mode": failover_mode,
        "arraycommpath": arraycommpath,
    }
    update = {key: value for key, value in given.items() if value is not None}
    base = known or Initiator(uid=uid, sp=sp, port=port, host=host)
    path = base.model_copy(update=update)
    return state.put("initiators", path.key, path)


def set_host(
    state: State,
    host: str,
    failover_mode: Literal[1, 4] | None = None,
    arraycommpath: int | None = None,
) -> State:
    """For all paths of a host. Raises ``Refusal``."""
    mine = [path for path in state.initiators.values() if path.host == host]
    if not mine:
        raise Refusal("host.not_found")
    given = {"failover_mode": failover_mode, "arraycommpath": arraycommpath}
    update = {key: value for key, value in given.items() if value is not None}
    for path in mine:
        state = state.put("initiators", path.key, path.model_copy(update=update))
    return state


def remove(state: State, uid: str) -> State:
    """All paths of an initiator. Raises ``Refusal``."""
    mine = of(state, uid)
    if not mine:
        raise Refusal("hba.not_found")
    for path in mine:
        state = state.drop("initiators", path.key).drop("faults", key(FaultKind.PATH, path.key))
    return state.event(f"Initiator {uid} removed")


def of(state: State, uid: str) -> list[Initiator]:
    """The paths of one initiator."""
    return [path for path in state.initiators.values() if path.uid.lower() == uid.lower()]


def _checked_address(ip: str) -> None:
    try:
        ipaddress.ip_address(ip)
    except ValueError as error:
        raise Refusal("port.address") from error
