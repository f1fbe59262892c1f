"""Several managers on one PostgreSQL: who runs a job, and who may not any more."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from millpond.domain.job import JobState
from millpond.manager.jobs.submit import TakenOver
from millpond.manager.store import jobs as table
from tests.support.postgres import Postgres
from tests.support.toy import Engine, ToySpec
from tests.unit.jobs.test_engine import acting, submit


@pytest.fixture
async def two(postgres: Postgres, tmp_path: Path) -> AsyncIterator[tuple[Engine, Engine]]:
    url = postgres.database()
    pair = (
        Engine(url, tmp_path / "world", lease_seconds=20.0),
        Engine(url, tmp_path / "world", lease_seconds=20.0),
    )
    for engine in pair:
        await engine.open()
    yield pair
    for engine in pair:
        await engine.stop()


async def test_any_manager_runs_what_another_accepted(two: tuple[Engine, Engine]) -> None:
    accepting, running = two
    await running.jobs.start()
    async with asyncio.timeout(5):  # far less than a third of a lease: it was told
        job = await submit(accepting)
        assert (await accepting.jobs.wait(job.id)).state is JobState.DONE


async def test_any_manager_cancels(two: tuple[Engine, Engine]) -> None:
    here, running = two
    await running.jobs.start()
    job = await submit(here, does={"a": "slow"})
    await acting(running, "x", "a")
    async with asyncio.timeout(5):
        await here.jobs.cancel(job.id)
        assert (await here.jobs.wait(job.id)).state is JobState.CANCELLED


async def test_two_runners_never_run_one_job_twice(two: tuple[Engine, Engine]) -> None:
    for engine in two:
        await engine.jobs.start()
    jobs = [await submit(two[0], f"j{n}") for n in range(20)]
    for job in jobs:
        done = await two[0].jobs.wait(job.id, 20)
        assert (done.state, done.fence) == (JobState.DONE, 1)
    acts = [line for line in two[0].toy.noted() if line.startswith("act")]
    assert len(acts) == len(set(acts)) == 60


async def test_whoever_was_taken_over_writes_nothing(two: tuple[Engine, Engine]) -> None:
    first, second = two
    await first.jobs.start()
    job = await submit(first, does={"a": "slow", "b": ""})
    await acting(first, "x", "a")
    async with second.store.write() as connection:
        await table.change(connection, job.id, lease_until=0.0)  # as if first were frozen
        taken = await table.claim(second.store, connection, "second", 20.0, 1)
    assert [(row.id, row.fence) for row in taken] == [(job.id, 2)]
    (first.toy.root / "go").touch()
    await asyncio.sleep(0.5)
    row = await second.jobs.get(job.id)
    assert (row.state, row.lease_owner) == (JobState.RUNNING, "second")
    assert "act x b" not in first.toy.noted()
    assert first.toy.files() in ([], ["x.a"])


async def test_a_child_of_a_taken_over_parent_is_not_accepted(two: tuple[Engine, Engine]) -> None:
    here, _ = two
    job = await submit(here)
    async with here.store.write() as connection:
        (row,) = await table.claim(here.store, connection, "somebody", 20.0, 1)
    world = here.jobs.world(row)
    async with here.store.write() as connection:
        await table.change(connection, job.id, lease_until=0.0)
        assert await table.claim(here.store, connection, "somebody else", 20.0, 1)
    with pytest.raises(TakenOver):
        await world.submit("toy.make", ToySpec(name="child"), "child")
