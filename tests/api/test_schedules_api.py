"""Snapshots that come by themselves, on fake servers whose disks are real files."""

import time
from collections.abc import Callable, Iterator

import pytest

from tests.support.api import ApiError, Json
from tests.support.system import System

VM = "timed"
SNAPSHOTS = f"/vms/{VM}/snapshots"
DAY = 86_400


@pytest.fixture
def vm(system: System) -> Iterator[str]:
    system.api.do("POST", "/vms", {"pool": "pool1", "name": VM, "template": "tiny"})
    yield VM
    if system.api("GET", f"/vms/{VM}")["power"] != "stopped":
        system.api.do("POST", f"/vms/{VM}/kill")
    system.api.do("DELETE", f"/vms/{VM}")


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
            system.api.do(method, f"/vms/{VM}/schedules/daily{path}")
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
        _when_free(system, "POST", "/run")
    _until(lambda: len(_made(system)) == 2, "the two last are kept")
    names = {s["name"] for s in system.api.items(SNAPSHOTS)}
    assert made["name"] not in names, "the oldest went"
    assert "by-hand" in names, "and nobody else's"
    mine = [j for j in system.api.items(jobs) if j["subject_name"] == VM]
    assert [j["user"] for j in mine] == ["admin"] * 3 + ["millpond"], "made up once, not again"

    _when_free(system, "DELETE", "")
    assert system.api.items(f"/vms/{VM}/schedules") == []
    assert {s["name"] for s in system.api.items(SNAPSHOTS)} == names


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
    _until(lambda: _made(system), "what was missed is made up for")
    _until(lambda: _view(system)["failure"] is None, "it works again")
    (made,) = _made(system)
    assert made["memory"], "of a guest that runs"
    assert [bool(t["failure"]) for t in _told(system)] == [True, False]
