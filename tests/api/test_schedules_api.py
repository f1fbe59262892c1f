"""Snapshots that come by themselves, on fake servers whose disks are real files."""

import time
from collections.abc import Callable, Iterator

import pytest

from tests.support.api import ApiError, Json
from tests.support.system import System

VM = "timed"
SNAPSHOTS = f"/vms/{VM}/snapshots"
DAILY = "/schedules/daily"
RUN = f"{DAILY}/run"
DAY = 86_400


@pytest.fixture
def vm(system: System) -> Iterator[str]:
    system.api.do("POST", "/vms", {"pool": "pool1", "name": VM, "template": "tiny"})
    yield VM
    if system.api("GET", f"/vms/{VM}")["power"] != "stopped":
        _when_free(system, "POST", "/kill")
    _when_free(system, "DELETE", "")


def _set(system: System, first: float, **more: object) -> None:
    body = {"name": "daily", "first": first, "every": DAY, "keep": 2, **more}
    system.api.do("POST", f"/vms/{VM}/schedules", body)


def _view(system: System) -> Json:
    (found,) = system.api.items(f"/vms/{VM}/schedules")
    return found


def _made(system: System) -> list[Json]:
    found = [s for s in system.api.items(SNAPSHOTS) if s["schedule"] == "daily"]
    return sorted(found, key=lambda s: float(s["created"]))


def _when_free(system: System, method: str, path: str) -> None:
    """Again while the manager itself is at the VM, or another snapshot has the name of this second."""

    def done() -> bool:
        try:
            system.api.do(method, f"/vms/{VM}{path}")
        except ApiError as error:
            assert error.code in ("object.busy", "object.exists"), error
            return False
        return True

    _until(done, "the VM is free")


def _until(true: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)


def _told(system: System) -> list[Json]:
    """What events say of the schedule, the oldest first."""
    events = system.api("GET", "/events/log?kind=schedule&limit=100")["items"]
    mine = [e["data"] for e in events if e["data"]["vm"] == VM]
    return mine[::-1]


def test_a_missed_time_is_made_up_once(system: System, vm: str) -> None:
    first = float(int(time.time())) - 5 * DAY - 60
    system.api.do("POST", SNAPSHOTS, {"snapshot": "by-hand"})
    _set(system, first)
    _until(lambda: _made(system), "a snapshot of the last time that was missed")
    (made,) = _made(system)
    view = _view(system)
    assert (view["last"], view["next"]) == (first + 5 * DAY, first + 6 * DAY)
    assert (view["snapshots"], view["failure"]) == (1, None)

    system.manager.kill()
    system.manager.start()
    system.manager.wait_ready()
    jobs = "/jobs?kind=schedule.run&limit=10"
    for _ in range(3):
        _when_free(system, "POST", RUN)
    _until(lambda: len(_made(system)) == 2, "the two last are kept")
    names = {s["name"] for s in system.api.items(SNAPSHOTS)}
    assert made["name"] not in names, "the oldest went"
    assert "by-hand" in names, "and nobody else's"
    mine = [j for j in system.api.items(jobs) if j["subject_name"] == VM]
    assert [j["user"] for j in mine] == ["admin"] * 3 + ["millpond"], "made up once, not again"

    _when_free(system, "DELETE", DAILY)
    assert system.api.items(f"/vms/{VM}/schedules") == []
    assert {s["name"] for s in system.api.items(SNAPSHOTS)} == names


def test_backups_come_by_schedule(system: System, vm: str) -> None:
    """One for the last time that was missed; then whoever asks for more, and ``keep`` stay."""
    place = {"repository": "root"}

    def taken() -> list[Json]:
        return system.api.items(f"/pools/pool1/backups?repository=root&vm={VM}")

    first = float(int(time.time())) - 5 * DAY - 60
    _set(system, first, backup=place)
    _until(lambda: _view(system)["last"], "a backup for the last time that was missed")
    _until(taken, "it is there")
    (made,) = taken()
    view = _view(system)
    assert (view["last"], view["next"]) == (first + 5 * DAY, first + 6 * DAY)
    assert (view["snapshots"], view["failure"]) == (0, None)
    system.manager.kill()
    system.manager.start()
    system.manager.wait_ready()
    for _ in range(2):
        _when_free(system, "POST", RUN)
    mine = [
        j for j in system.api.items("/jobs?kind=schedule.run&limit=10") if j["subject_name"] == VM
    ]
    assert [j["user"] for j in mine[:3]] == ["admin", "admin", "millpond"], "not made up again"
    assert made["id"] not in {b["id"] for b in taken()} and len(taken()) == 2, "two are kept"
    assert _made(system) == [], "no snapshots"
    _set(system, first, backup={"repository": "gone"})
    with pytest.raises(ApiError, match="gone"):
        system.api.do("POST", f"/vms/{VM}{RUN}", {})
    _when_free(system, "DELETE", DAILY)
    for backup in reversed(taken()):
        where = f"/pools/pool1/backups/{backup['vm']}/{backup['id']}?repository=root"
        system.api.do("DELETE", where)


def test_no_schedule_deletes_the_backups_of_another(system: System, vm: str) -> None:
    """Nor those taken by hand, and nobody builds on theirs."""
    place = {"repository": "root"}
    system.api.do("POST", f"/vms/{VM}/start", {})
    hourly = {"name": "hourly", "first": time.time() + DAY, "every": 3600, "keep": 1}
    _set(system, time.time() + DAY, backup=place)
    system.api.do("POST", f"/vms/{VM}/schedules", hourly | {"backup": place})
    for _ in range(2):
        system.api.do("POST", f"/vms/{VM}/backups", place)
        for schedule in ("daily", "hourly"):
            _when_free(system, "POST", f"/schedules/{schedule}/run")
    system.api.do("POST", f"/vms/{VM}/schedules/daily/run")

    taken = system.api.items(f"/pools/pool1/backups?repository=root&vm={VM}")
    chains = {
        by: [b["parent"] for b in taken if b["schedule"] == by] for by in (None, "daily", "hourly")
    }
    ids = {by: [b["id"] for b in taken if b["schedule"] == by] for by in chains}
    assert chains == {
        None: [None, ids[None][0]],
        "daily": [None, ids["daily"][0], None],
        "hourly": [None],
    }, "by hand none is deleted; daily keeps two, which need a third; hourly keeps one"
    for backup in reversed(taken):
        where = f"/pools/pool1/backups/{backup['vm']}/{backup['id']}?repository=root"
        system.api.do("DELETE", where)


def test_what_fails_is_told_once_and_when_it_works_again(system: System, vm: str) -> None:
    """A suspended VM has no snapshots."""
    system.api.do("POST", f"/vms/{VM}/start", {})
    system.api.do("POST", f"/vms/{VM}/suspend")
    _set(system, time.time() - 60, memory=True)
    _until(lambda: _view(system)["failure"], "the schedule is behind")
    assert "suspended" in _view(system)["failure"]["error"]
    assert "millpond_schedules_failing 1.0" in system.api.request("GET", "/metrics").text

    system.manager.kill()
    system.manager.start()
    system.manager.wait_ready()
    system.api.do("POST", f"/vms/{VM}/resume", {})
    _until(
        lambda: [s["memory"] for s in _made(system)] == [True],
        "what was missed is made up for, of a guest that runs",
    )
    _until(lambda: _view(system)["failure"] is None, "it works again")
    assert [bool(t["failure"]) for t in _told(system)] == [True, False]
