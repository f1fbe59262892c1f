"""When a VM's snapshots and backups are due, and which snapshots are too many.

Both are read off the VM's record: a snapshot says for which time its schedule made it, and of backups
the record does. So neither a manager's restart nor another manager makes one twice, and of all times
that were missed only the last is made up for.
"""

from datetime import UTC, datetime

from millpond.domain.errors import Refused, not_found
from millpond.domain.vm import MAX_SCHEDULES, Schedule, Snapshot, VmDocument


def find_schedule(document: VmDocument, name: str) -> Schedule:
    """Raises ``Refused(request.not_found)``."""
    for schedule in document.schedules:
        if schedule.name == name:
            return schedule
    vm = document.config.name
    raise not_found("schedule", name, f"see which there are: millpond vm schedule list {vm}")


def with_schedule(document: VmDocument, schedule: Schedule) -> tuple[Schedule, ...]:
    """The VM's schedules with this one, instead of one of its name. Raises ``Refused``."""
    others = without_schedule(document, schedule.name)
    if len(others) >= MAX_SCHEDULES:
        raise Refused(
            "request.invalid",
            f"vm {document.config.name}",
            f"it has {len(others)} schedules, and may not have more",
            f"delete one: millpond vm schedule list {document.config.name}",
        )
    return (*others, schedule)


def without_schedule(document: VmDocument, name: str) -> tuple[Schedule, ...]:
    return tuple(s for s in document.schedules if s.name != name)


def last_due(schedule: Schedule, now: float) -> float | None:
    """The last time that was one of the schedule's, None if there was none yet."""
    if now < schedule.first:
        return None
    return schedule.first + (now - schedule.first) // schedule.every * schedule.every


def next_due(schedule: Schedule, now: float) -> float:
    last = last_due(schedule, now)
    return schedule.first if last is None else last + schedule.every


def made_by(document: VmDocument, schedule: Schedule) -> list[Snapshot]:
    """The schedule's snapshots, the oldest first."""
    mine = [s for s in document.snapshots if s.schedule == schedule.name]
    return sorted(mine, key=lambda s: s.due)


def missing(document: VmDocument, schedule: Schedule, now: float) -> float | None:
    """The time for which a snapshot or a backup is to be made, None if none is."""
    due = last_due(schedule, now)
    if due is None or any(due <= done <= now for done in times_of(document, schedule)):
        return None  # one of the future was made when the clock was wrong
    return due


def times_of(document: VmDocument, schedule: Schedule) -> list[float]:
    """For which times it was run, the last of them last; of backups only that is known."""
    if schedule.backup is None:
        return [s.due for s in made_by(document, schedule)]
    last = document.backed_up.get(schedule.name)
    return [] if last is None else [last]


def surplus(document: VmDocument, schedule: Schedule) -> list[Snapshot]:
    """Those that the schedule made and does not keep, the oldest first."""
    return made_by(document, schedule)[: -schedule.keep]


def snapshot_name(schedule: Schedule, due: float) -> str:
    return f"{schedule.name}-{datetime.fromtimestamp(due, UTC):%Y%m%dT%H%M%SZ}"
