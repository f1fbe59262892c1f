"""``migrate``: LUNs that move to another pool, RAID group or tier while hosts use them."""

from contextlib import closing
from pathlib import Path

from millpond.array.engine.change_map import ChangeMap, CopyLock
from millpond.array.model import migrations
from millpond.array.model.refusals import Refusal
from millpond.array.model.types import Migration, Rate
from millpond.array.navisphere.context import Context
from millpond.array.navisphere.grammar import Command, CommandError, Kind, Need, Option, Values
from millpond.array.navisphere.output import Builder, Output, Row

PATIENCE = 10.0
"""Seconds that the copying of a piece may take to end."""


def start(context: Context, values: Values) -> Output:
    source, destination = values.number("-source") or 0, values.number("-dest") or 0
    rate = Rate(values.text("-rate") or Rate.MEDIUM)
    context.copy(lambda state, _: migrations.start(state, source, destination, rate))
    return Output()


def modify(context: Context, values: Values) -> Output:
    source, rate = values.number("-source") or 0, Rate(values.text("-rate") or Rate.MEDIUM)
    context.change(lambda state, _: migrations.modify(state, source, rate))
    return Output()


def cancel(context: Context, values: Values) -> Output:
    """Nothing is written to the destination any more when this returns."""
    source = values.number("-source") or 0
    try:
        changes = _map(context, migrations.find(context.state, source))
        with closing(CopyLock(changes)) as lock:
            context.change(lambda state, _: migrations.cancel(state, source))
            lock.take(PATIENCE)
    except FileNotFoundError as error:
        raise Refusal("migrate.none") from error
    return Output()


def list_(context: Context, values: Values) -> Output:
    state, source = context.state, values.number("-source")
    if source is None and not state.migrations:
        return Output([Row("", "No current migrations exist.")])
    try:
        found = (
            list(state.migrations.values()) if source is None else [migrations.find(state, source)]
        )
    except Refusal as refusal:
        text = f"Error: migrate -list command failed.\n{refusal.text}"
        raise CommandError(text, refusal.reason.status) from refusal
    out = context.builder()
    for migration in found:
        _migration(context, migration, out)
        out.blank()
    return out.done()


def _migration(context: Context, migration: Migration, out: Builder) -> None:
    luns = context.state.luns
    stopped = f"STOPPED - {migration.stopped}" if migration.stopped else "MIGRATING"
    percent, seconds = _progress(context, migration)
    for label, number in (("Source", migration.source), ("Dest", migration.destination)):
        out.row(f"{label} LU Name", luns[number].name)
        out.row(f"{label} LU ID", number)
    out.row("Migration Rate", migration.rate)
    out.row("Current State", stopped)
    out.row("Percent Complete", percent)
    out.row("Time Remaining", seconds)


def _progress(context: Context, migration: Migration) -> tuple[int, str]:
    """Percent, and the time that is left at the pace so far, or at the rate if that is lower."""
    try:
        changes = ChangeMap(_map(context, migration))
    except FileNotFoundError:  # it has just ended
        return 100, _time(0)
    percent, speed = changes.progress()
    most = min(filter(None, (speed, migration.rate.most)), default=0.0)
    return percent, _time(changes.marked() / most) if most else "Unknown"


def _time(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    words = [f"{n} {what}(s)" for n, what in ((hours, "hour"), (minutes, "minute")) if n]
    return " ".join([*words, f"{rest} second(s)"])


def _map(context: Context, migration: Migration) -> Path:
    source = context.state.luns[migration.source]
    return context.store.root / source.directory / migration.changes


SOURCE = Option("-source", Kind.NUMBER, "The LUN that moves", required=True)
RATE = Option(
    "-rate",
    Kind.TEXT,
    "At most 8, 32 or 128 MiB in a second, or as fast as it goes",
    tuple(Rate),
    required=True,
)

COMMANDS = (
    Command(
        ("migrate", "-start"),
        "Move a LUN's data to where another LUN lies, which is used up; hosts use the LUN meanwhile.",
        start,
        (
            SOURCE,
            Option("-dest", Kind.NUMBER, "The LUN whose place it takes", required=True),
            RATE,
        ),
        need=Need.CHANGE,
        confirm=True,
        wraps=True,
    ),
    Command(
        ("migrate", "-list"),
        "LUNs that are moving, or one: how far, and how long it will take.",
        list_,
        (Option("-source", Kind.NUMBER, "This one alone"),),
    ),
    Command(
        ("migrate", "-modify"),
        "Move a LUN faster or slower; one that has stopped goes on.",
        modify,
        (SOURCE, RATE),
        need=Need.CHANGE,
        confirm=True,
        wraps=True,
    ),
    Command(
        ("migrate", "-cancel"),
        "Leave a LUN where it was; the destination is a LUN again, with part of the data.",
        cancel,
        (SOURCE,),
        need=Need.CHANGE,
        confirm=True,
        wraps=True,
    ),
)
