"""Which other arrays this one is linked to."""

from millpond.array.model.mirror_types import Remote
from millpond.array.model.refusals import Refusal
from millpond.array.model.state import State


def link(state: State, remote: Remote) -> State:
    """Raises ``Refusal``."""
    if remote.serial == state.array.serial or remote.seed == state.array.seed:
        raise Refusal("link.self")
    return state.put("remotes", remote.serial, remote).event(f"Linked to array {remote.serial}")


def unlink(state: State, serial: str) -> State:
    """Raises ``Refusal``."""
    if serial not in state.remotes:
        raise Refusal("link.none", what=serial)
    if any(mirror.remote == serial for mirror in state.mirrors.values()):
        raise Refusal("link.used", serial=serial)
    return state.drop("remotes", serial).event(f"No longer linked to array {serial}")


def at(state: State, where: str) -> Remote:
    """The array with an SP at that address. Raises ``Refusal``."""
    for remote in state.remotes.values():
        if where in remote.addresses.values():
            return remote
    raise Refusal("link.none", what=where)
