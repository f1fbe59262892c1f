"""Options and words that several families have."""

from typing import Literal, cast

from millpond.array.exports import SpName
from millpond.array.model.units import BLOCKS
from millpond.array.navisphere.grammar import CommandError, Kind, Option, Values

SIZE_UNIT = Option("-sq", Kind.TEXT, "Unit of -capacity", tuple(BLOCKS))


def blocks(values: Values, option: str, unit: str) -> int | None:
    """A size in blocks, in the unit of ``-sq`` or else in ``unit``."""
    number = values.number(option)
    return None if number is None else number * BLOCKS[values.text("-sq") or unit]


def sp(values: Values, option: str = "-sp") -> SpName | None:
    return cast("SpName | None", values.text(option))


def failover_mode(values: Values) -> Literal[1, 4] | None:
    """Modes 0, 2 and 3 are for hosts of long ago. Raises ``CommandError``."""
    mode = values.number("-failovermode")
    if mode not in (None, 1, 4):
        raise CommandError("Failover mode is 1 (passive not ready) or 4 (ALUA).")
    return cast("Literal[1, 4] | None", mode)


def yes_no(value: bool) -> str:
    return "YES" if value else "NO"


def spaced(uid: str) -> str:
    """16 bytes in hex, as ``46:69:…``."""
    return ":".join(uid[i : i + 2] for i in range(0, len(uid), 2)).upper()
