"""When a VM's snapshots are due, and which of them are too many."""

import pytest
from pydantic import ValidationError

from millpond.cli.errors import CliError
from millpond.cli.vm_schedule import first_time, period
from millpond.domain.schedules import missing, next_due, surplus
from millpond.domain.vm import PlaceSpec, Schedule, Snapshot, VmConfig, VmDocument

VM = VmConfig(
    id="00000000-0000-4000-8000-000000000001",
    name="vm",
    memory=64,
    max_memory=64,
    vcpus=1,
    max_vcpus=1,
)
HOURLY = Schedule(name="hourly", first=1000, every=3600, keep=2)


def _vm(*dues: float, by_hand: int = 0) -> VmDocument:
    made = [
        Snapshot(name=f"s{n}", created=due + 5, config=VM, schedule="hourly", due=due)
        for n, due in enumerate(dues)
    ]
    made += [Snapshot(name=f"hand{n}", created=9e9, config=VM) for n in range(by_hand)]
    return VmDocument(config=VM, generation=1, snapshots=tuple(made), schedules=(HOURLY,))


@pytest.mark.parametrize(
    ("made", "now", "due"),
    [
        ((), 999, None),
        ((), 1000, 1000),
        ((1000,), 4599, None),
        ((1000,), 4600, 4600),
        ((1000,), 1000 + 10 * 3600 + 7, 1000 + 10 * 3600),  # nine were missed, one is made
        ((1000, 4700), 4800, None),  # one that was asked for out of turn counts too
        ((1000, 9e9), 4600, 4600),  # one that was made while the clock was wrong does not
    ],
)
def test_one_is_made_for_the_last_time(
    made: tuple[float, ...], now: float, due: float | None
) -> None:
    assert missing(_vm(*made), HOURLY, now) == due


@pytest.mark.parametrize(
    ("last", "now", "due"),
    [
        (None, 999, None),
        (None, 1000, 1000),
        (1000, 4599, None),
        (1000, 1000 + 10 * 3600 + 7, 1000 + 10 * 3600),
        (4700, 4800, None),
        (9e9, 4600, 4600),
    ],
)
def test_a_backup_is_made_for_the_last_time(
    last: float | None, now: float, due: float | None
) -> None:
    backups = HOURLY.model_copy(update={"backup": PlaceSpec(repository="root")})
    done = {} if last is None else {"hourly": last}
    others = _vm(1000, 4600).model_copy(update={"backed_up": done | {"daily": 4600.0}})
    assert missing(others, backups, now) == due


def test_what_a_schedule_cannot_be() -> None:
    place = PlaceSpec(repository="root")
    assert Schedule(name="s", first=0, every=60, keep=1000, backup=place).keep == 1000
    for wrong in (
        {"keep": 49},
        {"memory": True, "backup": place},
        {"memory": True, "quiesce": True},
    ):
        with pytest.raises(ValidationError):
            Schedule(**{"name": "s", "first": 0, "every": 60, "keep": 1, **wrong})


def test_the_next_time_is_after_now() -> None:
    assert [next_due(HOURLY, now) for now in (0, 1000, 4599, 4600)] == [1000, 4600, 4600, 8200]


def test_the_oldest_of_its_own_go() -> None:
    found = surplus(_vm(8200, 1000, 4600, 11_800, by_hand=3), HOURLY)
    assert [s.due for s in found] == [1000, 4600]
    assert surplus(_vm(1000, 4600, by_hand=5), HOURLY) == []


def test_periods_and_times_as_people_write_them() -> None:
    assert [period(p) for p in ("30m", "12h", "1d", "2w")] == [1800, 43_200, 86_400, 1_209_600]
    day = 86_400 * 20_000
    assert first_time("02:00", day) == day + 7200
    assert first_time("02:00", day + 7201) == day + 86_400 + 7200
    assert first_time("2027-01-31T02:00", day) == 1_801_360_800
    assert first_time("2027-01-31T02:00+02:00", day) == 1_801_360_800 - 7200
    assert first_time(None, day + 0.5) == day
    for wrong in ("", "1", "d", "1 d", "-1d", "1y"):
        with pytest.raises(CliError):
            period(wrong)
    for wrong in ("25:00", "noon", "2027-13-01T00:00"):
        with pytest.raises(CliError):
            first_time(wrong, day)
