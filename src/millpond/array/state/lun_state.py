"""What the SPs have to agree on about one LUN, and its form in the journal."""

from dataclasses import dataclass, field, replace
from typing import Any, cast

from millpond.array.exports import SpName
from millpond.array.scsi.nexus import Nexus
from millpond.array.scsi.reservations import Reservations
from millpond.array.scsi.sense import Sense


@dataclass(frozen=True)
class LunState:
    """``owner`` is None as long as the LUN has never left its default SP."""

    reservations: Reservations = field(default_factory=Reservations)
    owner: SpName | None = None


@dataclass(frozen=True)
class Change:
    """LUN ``wwn`` is now in ``state``. ``attentions``: who is to be told of what; ``moved``: everybody but
    ``by``, whose command did it, is to be told that the LUN's owner is another."""

    wwn: bytes
    state: LunState
    attentions: tuple[tuple[Nexus, Sense], ...] = ()
    by: Nexus | None = None
    moved: bool = False


def trespassed(state: LunState, wwn: bytes, default: SpName, sp: SpName) -> Change | None:
    """What makes ``sp`` the LUN's owner; None if it is. ``default`` owns one that has never left it."""
    if (state.owner or default) == sp:
        return None
    return Change(wwn, replace(state, owner=sp), moved=True)


def to_json(change: Change) -> dict[str, Any]:
    held = change.state.reservations
    return {
        "wwn": change.wwn.hex(),
        "owner": change.state.owner,
        "keys": [[*nexus, key] for nexus, key in held.keys.items()],
        "kind": held.kind,
        "holder": held.holder,
        "generation": held.generation,
        "aptpl": held.aptpl,
        "attentions": [[*nexus, *sense[:3]] for nexus, sense in change.attentions],
        "by": change.by,
        "moved": change.moved,
    }


def from_json(record: dict[str, Any]) -> Change:
    held = Reservations(
        {Nexus(*row[:3]): row[3] for row in record["keys"]},
        record["kind"],
        _nexus(record["holder"]),
        record["generation"],
        record["aptpl"],
    )
    attentions = tuple((Nexus(*row[:3]), Sense(*row[3:])) for row in record["attentions"])
    owner = cast("SpName | None", record["owner"])
    return Change(
        bytes.fromhex(record["wwn"]),
        LunState(held, owner),
        attentions,
        _nexus(record["by"]),
        record["moved"],
    )


def _nexus(value: list[Any] | None) -> Nexus | None:
    return Nexus(*value) if value else None
