"""Persistent reservations of one LUN (SPC-4 5.12): what each service action makes of what there was.

Pure: each function takes the state and gives the next one, with whom to tell and whose commands to abort.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from millpond.array.scsi.nexus import Nexus
from millpond.array.scsi.sense import (
    INVALID_FIELD_IN_CDB,
    INVALID_FIELD_IN_PARAMETERS,
    INVALID_RELEASE,
    REGISTRATIONS_PREEMPTED,
    RESERVATIONS_PREEMPTED,
    RESERVATIONS_RELEASED,
    CheckCondition,
    ReservationConflict,
    Sense,
)

# Types (SPC-4 table 54).
WRITE_EXCLUSIVE = 1
EXCLUSIVE_ACCESS = 3
WRITE_EXCLUSIVE_REGISTRANTS = 5
EXCLUSIVE_ACCESS_REGISTRANTS = 6
WRITE_EXCLUSIVE_ALL = 7
EXCLUSIVE_ACCESS_ALL = 8
ALL_REGISTRANTS = frozenset((WRITE_EXCLUSIVE_ALL, EXCLUSIVE_ACCESS_ALL))
FOR_REGISTRANTS = ALL_REGISTRANTS | {WRITE_EXCLUSIVE_REGISTRANTS, EXCLUSIVE_ACCESS_REGISTRANTS}
TYPES = FOR_REGISTRANTS | {WRITE_EXCLUSIVE, EXCLUSIVE_ACCESS}
WRITES_ONLY = frozenset((WRITE_EXCLUSIVE, WRITE_EXCLUSIVE_REGISTRANTS, WRITE_EXCLUSIVE_ALL))


@dataclass(frozen=True)
class Reservations:
    """``kind`` is the reservation's type, 0 without one. ``holder`` is None without one, and for the types
    that all registrants hold. ``generation`` is PRgeneration (SPC-4 5.12.3)."""

    keys: Mapping[Nexus, int] = field(default_factory=dict)
    kind: int = 0
    holder: Nexus | None = None
    generation: int = 0
    aptpl: bool = False

    def holds(self, nexus: Nexus) -> bool:
        return (self.kind in ALL_REGISTRANTS and nexus in self.keys) or self.holder == nexus

    def forbids(self, nexus: Nexus, *, writes: bool) -> bool:
        """Whether a command that reads the medium, or ``writes`` it, conflicts (SPC-4 table 62)."""
        if not self.kind or (not writes and self.kind in WRITES_ONLY):
            return False
        if self.kind in FOR_REGISTRANTS:
            return nexus not in self.keys
        return nexus != self.holder

    def after_power_loss(self) -> "Reservations":
        """What is left when the array has lost power (SPC-4 5.12.4): everything with APTPL, or nothing."""
        return replace(self, generation=0) if self.aptpl else Reservations()


@dataclass(frozen=True)
class Outcome:
    """The next state; a unit attention for each nexus in ``attentions``; and the nexuses whose commands
    must have ended before the answer goes out."""

    state: Reservations
    attentions: tuple[tuple[Nexus, Sense], ...] = ()
    aborted: frozenset[Nexus] = frozenset()


@dataclass(frozen=True)
class Registering:
    """A REGISTER's parameters. ``ports`` are the target ports that are to have the registration (more than
    the nexus's own with ALL_TG_PT); ``others`` the initiator ports named by SPEC_I_PT, by name and ISID."""

    key: int
    service_key: int
    ports: tuple[int, ...]
    aptpl: bool = False
    others: tuple[tuple[str, str], ...] = ()


def register(
    state: Reservations, nexus: Nexus, asked: Registering, *, ignore: bool = False
) -> Outcome:
    """REGISTER, or REGISTER AND IGNORE EXISTING KEY (SPC-4 5.12.7)."""
    current = state.keys.get(nexus, 0)
    if not ignore and asked.key != current:
        raise ReservationConflict
    if asked.others and (current or ignore):
        raise CheckCondition(INVALID_FIELD_IN_CDB)
    if not asked.service_key:
        return _unregister(state, nexus, asked) if current else Outcome(state)
    wanted = {nexus} | {Nexus(nexus.initiator, nexus.isid, port) for port in asked.ports}
    named = {
        Nexus(name, isid, port)
        for name, isid in asked.others
        for port in (nexus.port, *asked.ports)
    } - wanted
    if any(other in state.keys for other in named):
        raise ReservationConflict
    keys = {**state.keys, **dict.fromkeys(wanted | named, asked.service_key)}
    return Outcome(replace(state, keys=keys, generation=state.generation + 1, aptpl=asked.aptpl))


def _unregister(state: Reservations, nexus: Nexus, asked: Registering) -> Outcome:
    """SPC-4 5.12.11.3. ALL_TG_PT takes the initiator port's registrations at the other ports along."""
    leaving = {Nexus(nexus.initiator, nexus.isid, port) for port in (nexus.port, *asked.ports)}
    keys = {other: key for other, key in state.keys.items() if other not in leaving}
    released = state.holder in leaving or (state.kind in ALL_REGISTRANTS and not keys)
    attentions = _told(keys, RESERVATIONS_RELEASED) if released and _shared(state) else ()
    state = replace(state, keys=keys, generation=state.generation + 1, aptpl=asked.aptpl)
    return Outcome(replace(state, kind=0, holder=None) if released else state, attentions)


def reserve(state: Reservations, nexus: Nexus, key: int, kind: int) -> Outcome:
    """RESERVE (SPC-4 5.12.9)."""
    _known(state, nexus, key)
    _valid(kind)
    if state.kind:
        if kind == state.kind and state.holds(nexus):
            return Outcome(state)
        raise ReservationConflict
    return Outcome(_reserved(state, nexus, kind))


def release(state: Reservations, nexus: Nexus, key: int, kind: int) -> Outcome:
    """RELEASE (SPC-4 5.12.11.2)."""
    _known(state, nexus, key)
    if not state.kind or not state.holds(nexus):
        return Outcome(state)
    if kind != state.kind:
        raise CheckCondition(INVALID_RELEASE)
    others = _told(state.keys.keys() - {nexus}, RESERVATIONS_RELEASED) if _shared(state) else ()
    return Outcome(replace(state, kind=0, holder=None), others)


def clear(state: Reservations, nexus: Nexus, key: int) -> Outcome:
    """CLEAR (SPC-4 5.12.11.6)."""
    _known(state, nexus, key)
    return Outcome(
        replace(state, keys={}, kind=0, holder=None, generation=state.generation + 1),
        _told(state.keys.keys() - {nexus}, RESERVATIONS_PREEMPTED),
    )


def preempt(
    state: Reservations, nexus: Nexus, key: int, service_key: int, kind: int, *, abort: bool
) -> Outcome:
    """PREEMPT, or PREEMPT AND ABORT (SPC-4 5.12.11.4 and .5)."""
    _known(state, nexus, key)
    everyone = state.kind in ALL_REGISTRANTS and not service_key
    if not service_key and not everyone:
        raise CheckCondition(INVALID_FIELD_IN_PARAMETERS)
    hit = {other for other, held in state.keys.items() if everyone or held == service_key}
    if not hit:
        raise ReservationConflict
    takes = everyone or state.holder in hit
    if takes:
        _valid(kind)
    lost = frozenset(hit - {nexus})
    keys = {other: held for other, held in state.keys.items() if other not in lost}
    after = replace(state, keys=keys, generation=state.generation + 1)
    attentions = _told(lost, REGISTRATIONS_PREEMPTED)
    if takes:
        if kind != state.kind:
            attentions += _told(keys.keys() - {nexus}, RESERVATIONS_RELEASED)
        after = _reserved(after, nexus, kind)
    return Outcome(after, attentions, lost if abort else frozenset())


def move(
    state: Reservations,
    nexus: Nexus,
    key: int,
    service_key: int,
    target: Nexus,
    *,
    unregister: bool,
    aptpl: bool,
) -> Outcome:
    """REGISTER AND MOVE (SPC-4 5.12.8)."""
    _known(state, nexus, key)
    if state.holder != nexus:
        raise ReservationConflict
    if not service_key or target == nexus:
        raise CheckCondition(INVALID_FIELD_IN_PARAMETERS)
    keys = {**state.keys, target: service_key}
    if unregister:
        del keys[nexus]
    return Outcome(
        replace(state, keys=keys, holder=target, generation=state.generation + 1, aptpl=aptpl)
    )


def _known(state: Reservations, nexus: Nexus, key: int) -> None:
    if state.keys.get(nexus) != key:
        raise ReservationConflict


def _valid(kind: int) -> None:
    if kind not in TYPES:
        raise CheckCondition(INVALID_FIELD_IN_CDB)


def _shared(state: Reservations) -> bool:
    return state.kind in FOR_REGISTRANTS


def _reserved(state: Reservations, nexus: Nexus, kind: int) -> Reservations:
    return replace(state, kind=kind, holder=None if kind in ALL_REGISTRANTS else nexus)


def _told(nexuses: Iterable[Nexus], sense: Sense) -> tuple[tuple[Nexus, Sense], ...]:
    return tuple((nexus, sense) for nexus in sorted(nexuses))
