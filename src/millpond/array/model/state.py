"""The array's state, and the difference between two states.

A state is replaced, never changed. What a command changed is found by identity: objects that are the
same object in both states did not change. The difference is what the store keeps.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any, TypeVar

from pydantic import TypeAdapter

from millpond.array.model.clone_group import CloneGroup
from millpond.array.model.fault_types import Fault, Rebuild
from millpond.array.model.mirror_types import Mirror, Remote
from millpond.array.model.qos_types import IoClass, IoPolicy
from millpond.array.model.types import (
    Array,
    Disk,
    Event,
    Frozen,
    Initiator,
    Lun,
    MetaLun,
    Migration,
    Pool,
    Port,
    RaidGroup,
    Secret,
    Snap,
    SnapGroup,
    StorageGroup,
    User,
)

Usage = Mapping[int, int]
"""LUN number -> blocks that its data occupy, measured, of all thin LUNs."""
Change = tuple[str, str, Any]
"""Table, key (JSON), and the new object as JSON values, or None if there is none any more."""

EVENTS_KEPT = 500
V = TypeVar("V")
K = TypeVar("K")


class State(Frozen):
    array: Array
    disks: Mapping[str, Disk] = {}
    raid_groups: Mapping[int, RaidGroup] = {}
    pools: Mapping[int, Pool] = {}
    luns: Mapping[int, Lun] = {}
    metaluns: Mapping[int, MetaLun] = {}
    groups: Mapping[str, StorageGroup] = {}
    """By UID."""
    initiators: Mapping[str, Initiator] = {}
    """By ``path_key``."""
    ports: Mapping[str, Port] = {}
    """By SP and number, as in ``A4``."""
    users: Mapping[str, User] = {}
    snaps: Mapping[str, Snap] = {}
    snap_groups: Mapping[str, SnapGroup] = {}
    """Both by name."""
    migrations: Mapping[int, Migration] = {}
    """By the source's number."""
    clone_groups: Mapping[str, CloneGroup] = {}
    """By name."""
    remotes: Mapping[str, Remote] = {}
    """By serial number."""
    mirrors: Mapping[str, Mirror] = {}
    """By name."""
    secrets: Mapping[str, Secret] = {}
    """By the initiator's iSCSI name in lower case: what it has to prove."""
    io_classes: Mapping[str, IoClass] = {}
    io_policies: Mapping[str, IoPolicy] = {}
    """Both by name."""
    faults: Mapping[str, Fault] = {}
    """By ``Fault.key``."""
    rebuilds: Mapping[str, Rebuild] = {}
    """By the disk whose data are rebuilt."""
    events: Mapping[int, Event] = {}

    def put(self, table: str, key: object, value: Frozen) -> "State":
        return self.model_copy(update={table: {**getattr(self, table), key: value}})

    def drop(self, table: str, key: object) -> "State":
        return self.model_copy(update={table: without(getattr(self, table), key)})

    def event(self, text: str, sp: str = "") -> "State":
        """Note something for the event log, which keeps the last ``EVENTS_KEPT``."""
        number = max(self.events, default=0) + 1
        kept = {n: e for n, e in self.events.items() if n > number - EVENTS_KEPT}
        kept[number] = Event(moment=self.array.moment, sp=sp, text=text)
        return self.model_copy(update={"events": kept})

    def issue(self) -> tuple["State", str]:
        """A name of 16 bytes (hex) that nothing in this array ever had: an NAA-6 name of the vendor's
        company id, the array's seed and a running number."""
        issued = self.array.issued + 1
        name = f"60060160{self.array.seed}{issued:012x}e511"
        array = self.array.model_copy(update={"issued": issued})
        return self.model_copy(update={"array": array}), name


def issued_number(name: str) -> int:
    """Which of the array's names this is: 1 for its first."""
    return int(name[16:28], 16)


def without(table: Mapping[K, V], key: object) -> dict[K, V]:
    return {k: v for k, v in table.items() if k != key}


TABLES = tuple(name for name in State.model_fields if name != "array")


@cache
def _adapter(table: str) -> TypeAdapter[Any]:
    """Reads one key and its object."""
    key, value = State.model_fields[table].annotation.__args__  # type: ignore[union-attr]
    return TypeAdapter(tuple[key, value])  # type: ignore[valid-type]


def difference(old: State, new: State) -> list[Change]:
    """What turns ``old`` into ``new``; ``apply`` does it."""
    changes: list[Change] = []
    if new.array is not old.array:
        changes.append(("array", "", new.array.model_dump(mode="json")))
    for table in TABLES:
        before, after = getattr(old, table), getattr(new, table)
        if before is after:
            continue
        changes += [
            (table, str(key), value.model_dump(mode="json"))
            for key, value in after.items()
            if before.get(key) is not value
        ]
        changes += [(table, str(key), None) for key in before if key not in after]
    return changes


def apply(state: State, changes: list[Change]) -> State:
    """Raises pydantic.ValidationError for what is no change of a state."""
    update: dict[str, Any] = {}
    for table, key, value in changes:
        if table == "array":
            update["array"] = Array.model_validate(value)
            continue
        if table not in update:
            update[table] = dict(getattr(state, table))
        if value is None:
            update[table].pop(_key(table, key), None)
        else:
            found, item = _adapter(table).validate_python((key, value))
            update[table][found] = item
    return state.model_copy(update=update)


def _key(table: str, key: str) -> str | int:
    kind = State.model_fields[table].annotation.__args__[0]  # type: ignore[union-attr]
    return int(key) if kind is int else key
