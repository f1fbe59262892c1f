"""The array as a whole: a new one, and its name."""

from collections.abc import Mapping, Sequence

from millpond.array.exports import SpName
from millpond.array.model.refusals import Refusal
from millpond.array.model.state import State
from millpond.array.model.types import SPS, Array, Disk, Port, Tier

SLOTS = 25
"""Disks in an enclosure."""
ENCLOSURES = 8
"""Enclosures on a bus."""
PORTS = (0, 1)
"""Numbers of an SP's iSCSI ports."""


def new(
    serial: str,
    name: str,
    seed: str,
    management: Mapping[SpName, str],
    disks: Sequence[tuple[Tier, int, str]],
) -> State:
    """An array of these disks, as (tier, blocks, directory), in the order of their slots."""
    found = {}
    for position, (tier, blocks, directory) in enumerate(disks):
        shelf, slot = divmod(position, SLOTS)
        bus, enclosure = divmod(shelf, ENCLOSURES)
        disk = Disk(
            id=f"{bus}_{enclosure}_{slot}",
            tier=tier,
            blocks=blocks,
            directory=directory,
            serial=f"{serial[-6:]}{position:04d}",
        )
        found[disk.id] = disk
    ports = {
        f"{sp}{number}": Port(
            sp=sp,
            number=number,
            iqn=f"iqn.1992-04.com.emc:cx.{serial.lower()}.{sp.lower()}{number}",
        )
        for sp in SPS
        for number in PORTS
    }
    return State(
        array=Array(serial=serial, name=name, seed=seed, management=management),
        disks=found,
        ports=ports,
    )


def log_statistics(state: State, on: bool) -> State:
    if state.array.statistics == on:
        return state
    array = state.array.model_copy(update={"statistics": on})
    text = f"Statistics logging turned {'on' if on else 'off'}"
    return state.model_copy(update={"array": array}).event(text)


def rename(state: State, name: str) -> State:
    """Raises ``Refusal``."""
    if len(name) > 64:
        raise Refusal("array.name")
    if not name or not name.isprintable():
        raise Refusal("name.invalid", most=64)
    return state.model_copy(update={"array": state.array.model_copy(update={"name": name})})
