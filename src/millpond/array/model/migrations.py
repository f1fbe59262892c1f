"""Moving a LUN's data to where another LUN lies: its name, number and WWN stay, the other LUN is used up."""

from millpond.array.model import pool_luns, uses
from millpond.array.model.refusals import Refusal
from millpond.array.model.state import State
from millpond.array.model.types import Lun, Migration, Rate

IDENTITY = (
    *("number", "name", "wwn", "default_owner", "current_owner"),
    *("auto_assign", "initial_tier", "tiering_policy", "trespasses"),
)
"""What hosts and administrators know a LUN by."""


def start(state: State, source: int, destination: int, rate: Rate) -> State:
    """What the destination holds is lost. Raises ``Refusal``."""
    first, second = state.luns.get(source), state.luns.get(destination)
    if first is None:
        raise Refusal("migrate.no_source")
    if second is None or not _available(state, first, second):
        raise Refusal("migrate.destination")
    uses.check_free(state, source)
    if pool_luns.snaps_of(state, source) or uses.showing(state, source):
        raise Refusal("migrate.snaps")
    state, data = state.issue()
    state, changes = state.issue()
    empty = second.model_copy(update={"data": data, "source": ""})
    migration = Migration(source=source, destination=destination, rate=rate, changes=changes)
    return (
        state.put("luns", destination, empty)
        .put("migrations", source, migration)
        .event(f"Migration of LUN {source} to LUN {destination} started")
    )


def _available(state: State, source: Lun, destination: Lun) -> bool:
    """No host and no feature of the array uses the destination, and the source fits."""
    number = destination.number
    mapped = uses.mapped(state, number)
    member = any(number in group.luns for group in state.snap_groups.values())
    copied = any(number in (m.source, m.destination) for m in state.migrations.values())
    cloned = any(number == group.source for group in state.clone_groups.values())
    cloned = cloned or uses.clone_of(state, number) is not None
    snapped = pool_luns.snaps_of(state, number) or uses.showing(state, number)
    leaves = not destination.pooled and any(
        source.number in group.luns for group in state.snap_groups.values()
    )
    shows = destination.primary is not None
    mirrored = uses.mirror_of(state, number) is not None
    used = mapped or member or copied or cloned or bool(snapped) or leaves or shows or mirrored
    return number != source.number and not used and destination.blocks >= source.blocks


def modify(state: State, source: int, rate: Rate) -> State:
    """One that has stopped goes on. Raises ``Refusal``."""
    changed = find(state, source).model_copy(update={"rate": rate, "stopped": ""})
    return state.put("migrations", source, changed)


def stop(state: State, migration: Migration, why: str) -> State:
    """Nothing happens if it is not there any more."""
    found = state.migrations.get(migration.source)
    if found is None or found.changes != migration.changes or found.stopped:
        return state
    stopped = found.model_copy(update={"stopped": why})
    text = f"Migration of LUN {found.source} stopped: {why}"
    return state.put("migrations", found.source, stopped).event(text)


def cancel(state: State, source: int) -> State:
    """The source is as it was; the destination is a LUN with part of the data. Raises ``Refusal``."""
    find(state, source)
    return state.drop("migrations", source).event(f"Migration of LUN {source} cancelled")


def finish(state: State, migration: Migration) -> State:
    """All data are there: the LUN lies where the destination did. Nothing happens if it was cancelled."""
    found = state.migrations.get(migration.source)
    if found is None or found.changes != migration.changes:
        return state
    source, destination = state.luns[found.source], state.luns[found.destination]
    kept = {name: getattr(source, name) for name in IDENTITY}
    moved = destination.model_copy(update={**kept, "data": destination.data or destination.wwn})
    state = _meta(state, found)
    return (
        state.drop("migrations", found.source)
        .drop("luns", found.destination)
        .put("luns", found.source, moved)
        .event(f"Migration of LUN {found.source} completed")
    )


def _meta(state: State, migration: Migration) -> State:
    """A metaLUN that the source was is gone; one that the destination was is the source's now."""
    meta = state.metaluns.get(migration.destination)
    if migration.source in state.metaluns:
        state = state.drop("metaluns", migration.source)
    if meta is None:
        return state
    base = meta.components[0].model_copy(update={"number": migration.source})
    update = {"number": migration.source, "components": (base, *meta.components[1:])}
    state = state.drop("metaluns", migration.destination)
    return state.put("metaluns", migration.source, meta.model_copy(update=update))


def find(state: State, source: int) -> Migration:
    """Raises ``Refusal``."""
    if source in state.migrations:
        return state.migrations[source]
    raise Refusal("migrate.none" if source in state.luns else "migrate.no_source")
