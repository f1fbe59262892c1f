"""The role of pool master moves, by request or behind the manager's back: work goes on through whoever
has it."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread

import pytest

from millpond.domain.layout import POOL_RECORD
from millpond.domain.pool import PoolDocument, mastered_by
from tests.support.system import System

pytestmark = [pytest.mark.slow, pytest.mark.thorough]


@pytest.fixture
def system(tmp_path: Path) -> Iterator[System]:
    with System(tmp_path) as made:
        made.make_pool()
        yield made


def record(system: System) -> PoolDocument:
    return PoolDocument.model_validate_json((system.root / POOL_RECORD).read_bytes())


def soon(condition: Callable[[], bool], seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)


def take_over(system: System, name: str) -> None:
    """Write what a new master writes. Its members read it, as they hear nobody any more."""
    pool = record(system)
    new = next(m for m in pool.members if m.name == name)
    after = mastered_by(pool, new.id)
    fresh = (system.root / POOL_RECORD).with_suffix(".new")
    fresh.write_text(after.model_dump_json())
    fresh.rename(system.root / POOL_RECORD)


def test_the_manager_finds_a_master_it_was_not_told_of(system: System) -> None:
    vm = system.stage.vm()
    old = record(system).master.name
    system.agents[old].kill()
    take_over(system, "srv2")
    began = time.monotonic()
    system.api.do("POST", f"/vms/{vm}/start", {"on": "srv3"})
    print(f"started through the new master after {time.monotonic() - began:.1f} s")
    assert system.api("GET", "/pools/pool1")["master"]["name"] == "srv2"
    assert list(system.guests().values()) == [["srv3"]]


def test_a_job_goes_on_through_the_new_master(system: System) -> None:
    """It begins while nobody answers for the pool."""
    vm = system.stage.vm()
    system.agents[record(system).master.name].kill()
    failures: list[BaseException] = []

    def start() -> None:
        try:
            system.api.do("POST", f"/vms/{vm}/start", {"on": "srv3"})
        except BaseException as error:
            failures.append(error)

    asked = Thread(target=start)
    asked.start()
    time.sleep(1)
    take_over(system, "srv2")
    asked.join(120)
    assert failures == []
    assert list(system.guests().values()) == [["srv3"]]


def test_the_role_is_handed_over_and_the_old_master_is_a_member(system: System) -> None:
    vm = system.stage.vm()
    body = {"roles": ["master", "utility", "vm"]}
    system.api.do("PATCH", "/pools/pool1/servers/srv2", body)
    pool = record(system)
    assert (pool.master.name, pool.term) == ("srv2", 2)

    def acts() -> bool:
        response = system.api.request("GET", "/pools/pool1/ha")
        return response.status_code == 200 and response.json()["master"]["name"] == "srv2"

    soon(acts, 60, "the new master acts")
    system.api.do("POST", f"/vms/{vm}/start", {"on": "srv1"})
    assert list(system.guests().values()) == [["srv1"]]


def test_a_new_master_is_an_event(system: System) -> None:
    """Nobody asks the pool for anything: its servers tell."""
    system.agents[record(system).master.name].kill()
    take_over(system, "srv2")

    def told() -> bool:
        found = system.api.items("/events/log?kind=ha&limit=1000")
        return any("srv2 is pool master, term 2" in e["data"]["what"] for e in found)

    soon(told, 60, "an event")
    assert system.api("GET", "/pools/pool1")["master"]["name"] == "srv2"
