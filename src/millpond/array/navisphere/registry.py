"""All commands in one table, and what is not there."""

from millpond.array.navisphere.families import (
    array,
    clone,
    getall,
    hardware,
    lun,
    metalun,
    migrate,
    mirror,
    network,
    nqm,
    performance,
    port,
    raid,
    security,
    snap,
    snapview,
    storagegroup,
    storagepool,
)
from millpond.array.navisphere.grammar import Command, CommandError

FAMILIES = (
    array,
    getall,
    hardware,
    network,
    port,
    storagepool,
    lun,
    raid,
    metalun,
    migrate,
    storagegroup,
    snap,
    snapview,
    clone,
    mirror,
    security,
    performance,
    nqm,
)
COMMANDS: tuple[Command, ...] = tuple(c for family in FAMILIES for c in family.COMMANDS)

MISSING = {
    "compression": "data are not compressed",
    "server": "initiators are registered with storagegroup -setpath",
    "environment": "there is no hardware to measure",
    "reserved": "snapshots take their space from the pool",
    "cru_on_off": "disks are not taken out yet",
}
"""Commands of the real array that are not there, and why. None of them pretends."""


def missing(argv: list[str]) -> None:
    """Raises ``CommandError`` for a command that is not there."""
    reason = MISSING.get(argv[0].lower()) if argv else None
    if reason:
        raise CommandError(
            f"Error: {argv[0]} command failed\n"
            f"The commands are not supported by the target storage system: {reason}."
        )
