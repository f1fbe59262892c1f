"""The iSCSI ports of the SPs."""

import ipaddress

from millpond.array.exports import SpName
from millpond.array.model.refusals import Refusal
from millpond.array.model.state import State
from millpond.array.model.types import Port


def get(state: State, sp: SpName, number: int) -> Port:
    """Raises ``Refusal(port.not_found)``."""
    port = state.ports.get(f"{sp}{number}")
    if port is None:
        raise Refusal("port.not_found")
    return port


def configure(
    state: State, sp: SpName, number: int, address: str, netmask: str, gateway: str
) -> State:
    """Raises ``Refusal``."""
    port = get(state, sp, number)
    try:
        for value in (address, netmask, gateway):
            ipaddress.IPv4Address(value)
    except ValueError as error:
        raise Refusal("port.address") from error
    if any(p.address == address and p is not port for p in state.ports.values()):
        raise Refusal("port.address")
    update = {"address": address, "netmask": netmask, "gateway": gateway}
    return state.put("ports", f"{sp}{number}", port.model_copy(update=update))


def clear(state: State, sp: SpName, number: int) -> State:
    """The port has no address any more. Raises ``Refusal``."""
    port = get(state, sp, number)
    if not port.address:
        raise Refusal("port.virtual")
    update = {"address": "", "netmask": "", "gateway": ""}
    return state.put("ports", f"{sp}{number}", port.model_copy(update=update))
