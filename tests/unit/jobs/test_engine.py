"""Jobs on both databases: what they promise when nothing crashes."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from millpond.domain.errors import Refused
from millpond.domain.job import JobState, Lock, Mode, StepState
from millpond.manager.store import jobs as table
from millpond.manager.store.jobs import JobFilter, JobRow
from tests.support.toy import SEAL, Engine, ToySpec


@pytest.fixture
async def engine(database: str, tmp_path: Path) -> AsyncIterator[Engine]:
    made = Engine(database, tmp_path / "world")
    await made.start()
    yield made
    await made.stop()


async def submit(engine: Engine, name: str = "x", key: str | None = None, **spec: Any) -> JobRow:
    return await engine.jobs.submit("toy.make", ToySpec(name=name, **spec), user="admin", key=key)


async def ended(engine: Engine, job: JobRow) -> JobRow:
    return await engine.jobs.wait(job.id, 20)


async def eventually(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(10):
        while not await condition():
            await asyncio.sleep(0.01)


async def states(engine: Engine, job: JobRow) -> dict[str, StepState]:
    return {s.name: s.state for s in (await engine.jobs.steps([job.id]))[job.id]}


async def acting(engine: Engine, name: str, step: str) -> None:
    await eventually(lambda: _noted(engine, f"act {name} {step}"))


async def _noted(engine: Engine, line: str) -> bool:
    return line in engine.toy.noted()


async def _acted(engine: Engine, step: str, times: int) -> bool:
    return engine.toy.noted().count(f"act {step}") >= times


async def test_runs_step_by_step(engine: Engine) -> None:
    job = await submit(engine)
    assert (job.state, job.fence, job.subject_name) == (JobState.RUNNING, 1, "x")
    done = await ended(engine, job)
    assert (done.state, done.fence, done.error, done.step) == (JobState.DONE, 1, None, None)
    assert done.created <= (done.started or 0) + 0.01
    assert (done.started or 0) <= (done.ended or 0) + 0.01
    assert engine.toy.files() == ["x.a", "x.b", "x.c"]
    assert engine.toy.noted()[:3] == ["observe x a", "act x a", "observe x a"]
    assert set((await states(engine, job)).values()) == {StepState.DONE}
    assert json.loads(done.result) == {"a": "acted", "b": "acted", "c": "acted"}
    assert table.masked(done.spec)["password"] == "***"


async def test_what_the_world_answered_is_not_asked_again(engine: Engine) -> None:
    await ended(engine, await submit(engine, does={"a": "tells", "b": ""}))
    noted = ["observe x a", "act x a", "observe x b", "act x b", "observe x b"]
    assert engine.toy.noted() == noted


async def test_what_is_done_already_is_not_done_again(engine: Engine) -> None:
    first = await ended(engine, await submit(engine))
    plan = json.loads(first.plan)["id"]
    for step in "abc":
        assert (engine.toy.root / f"x.{step}").read_text() == plan
    assert sum(line.startswith("act") for line in engine.toy.noted()) == 3


async def test_a_failure_takes_everything_back(engine: Engine) -> None:
    job = await ended(engine, await submit(engine, does={"a": "", "b": "", "c": "fail", "d": ""}))
    assert job.state is JobState.FAILED
    assert json.loads(job.error or "") == {
        "kind": "failed",
        "step": "c",
        "cause": "it was told to fail",
    }
    assert engine.toy.files() == []
    undone = [line for line in engine.toy.noted() if line.startswith("undo")]
    assert undone == ["undo x c", "undo x b", "undo x a"]
    assert await states(engine, job) == {
        "a": StepState.UNDONE,
        "b": StepState.UNDONE,
        "c": StepState.UNDONE,
        "d": StepState.WAITING,
    }


async def test_a_bug_in_a_step_is_a_failure(engine: Engine) -> None:
    job = await ended(engine, await submit(engine, does={"a": "", "b": "bug"}))
    assert job.state is JobState.FAILED
    assert "internal error: KeyError" in (job.error or "")
    assert engine.toy.files() == []


async def test_nothing_before_the_point_of_no_return_is_taken_back(engine: Engine) -> None:
    does = {"a": "", "b": "final", "c": "", "d": "fail"}
    job = await ended(engine, await submit(engine, does=does))
    assert job.state is JobState.FAILED
    assert engine.toy.files() == ["x.a", "x.b"]


async def test_the_world_outranks_an_error(engine: Engine) -> None:
    job = await ended(engine, await submit(engine, does={"a": "made-but-failed", "b": ""}))
    assert job.state is JobState.DONE


async def test_a_lost_answer_is_looked_up(engine: Engine) -> None:
    job = await ended(engine, await submit(engine, does={"a": "lost", "b": ""}))
    assert job.state is JobState.DONE
    assert engine.toy.noted().count("act x a") == 1


async def test_what_never_answers_is_held(engine: Engine) -> None:
    job = await ended(engine, await submit(engine, does={"a": "", "b": "ineffective"}))
    assert job.state is JobState.HELD
    assert engine.toy.noted().count("act x b") == 3  # at once, after 0.2 s, and when 0.5 s are over
    assert engine.toy.noted()[-4:-2] == ["observe x b"] * 2  # whatever came of it in the meantime
    assert json.loads(job.held or "")["kind"] == "unknown"


async def test_an_agent_that_is_restarted_is_waited_for(database: str, tmp_path: Path) -> None:
    engine = Engine(database, tmp_path / "world", unknown_patience=20.0)
    await engine.start()
    try:
        began = time.monotonic()
        job = await submit(engine, does={"a": "away", "b": ""})
        await eventually(lambda: _acted(engine, "x a", 4))
        assert time.monotonic() - began > 0.2 + 0.4 + 0.8 - 0.1, "ever longer pauses"
        assert (await engine.jobs.get(job.id)).state is JobState.RUNNING
        (engine.toy.root / "back").touch()
        assert (await ended(engine, job)).state is JobState.DONE
    finally:
        await engine.stop()


async def test_a_database_out_of_reach_is_no_fault_of_the_step(engine: Engine) -> None:
    done = await ended(engine, await submit(engine, does={"a": "", "b": "locked"}))
    assert (done.state, done.fence) == (JobState.DONE, 2)
    assert not any(line.startswith("undo") for line in engine.toy.noted())


async def test_held_keeps_its_locks_and_is_resumed(engine: Engine) -> None:
    (engine.toy.root / "blind").touch()
    job = await ended(engine, await submit(engine, does={"a": "", "b": "blind", "c": ""}))
    assert job.state is JobState.HELD
    with pytest.raises(Refused, match=job.id) as refused:
        await submit(engine)
    assert refused.value.code == "object.busy"
    (engine.toy.root / "blind").unlink()
    assert (await engine.jobs.resume(job.id)).state is JobState.QUEUED
    done = await ended(engine, job)
    assert (done.state, done.fence, done.held) == (JobState.DONE, 2, None)
    assert engine.toy.noted().count("act x a") == 1
    with pytest.raises(Refused) as finished:
        await engine.jobs.resume(job.id)
    assert finished.value.code == "job.finished"


@pytest.fixture
async def watchful(database: str, tmp_path: Path) -> AsyncIterator[Engine]:
    """It looks at held jobs often."""
    made = Engine(database, tmp_path / "world", look_again=0.2)
    await made.start()
    yield made
    await made.stop()


async def _ends(engine: Engine, job: JobRow) -> JobRow:
    async def over() -> bool:
        return (await engine.jobs.get(job.id)).ended is not None

    await eventually(over)
    return await engine.jobs.get(job.id)


async def _stays_held(engine: Engine, job: JobRow) -> bool:
    await asyncio.sleep(1.0)  # five looks
    return (await engine.jobs.get(job.id)).state is JobState.HELD


async def test_a_job_held_in_silence_goes_on_when_the_world_answers(watchful: Engine) -> None:
    (watchful.toy.root / "blind").touch()
    job = await ended(watchful, await submit(watchful, does={"a": "", "b": "blind", "c": ""}))
    assert await _stays_held(watchful, job)
    (watchful.toy.root / "blind").unlink()
    done = await _ends(watchful, job)
    assert (done.state, done.fence, done.held) == (JobState.DONE, 2, None)
    assert watchful.toy.noted().count("act x a") == 1


async def test_the_next_manager_looks_at_held_jobs_too(
    engine: Engine, database: str, tmp_path: Path
) -> None:
    (engine.toy.root / "blind").touch()
    job = await ended(engine, await submit(engine, does={"a": "blind"}))
    async with engine.store.write() as connection:  # half a minute later
        await table.change(connection, job.id, lease_until=(job.lease_until or 0) - 40)
    await engine.stop()
    following = Engine(database, tmp_path / "world", look_again=0.2)
    await following.start()
    try:
        assert await _stays_held(following, job)
        (following.toy.root / "blind").unlink()
        assert (await _ends(following, job)).state is JobState.DONE
    finally:
        await following.stop()


async def test_an_undo_that_nobody_heard_goes_on_when_the_world_answers(watchful: Engine) -> None:
    job = await submit(watchful, does={"a": "unheard", "b": "slow"})
    await acting(watchful, "x", "b")
    (watchful.toy.root / "unheard").touch()
    await watchful.jobs.cancel(job.id)
    held = await ended(watchful, job)
    assert held.state is JobState.HELD
    assert await _stays_held(watchful, job)
    (watchful.toy.root / "unheard").unlink()
    assert (await _ends(watchful, job)).state is JobState.CANCELLED
    assert watchful.toy.files() == []


async def test_what_was_held_for_another_reason_waits_for_its_operator(watchful: Engine) -> None:
    job = await ended(watchful, await submit(watchful, does={"a": "", "b": "ineffective"}))
    acted = watchful.toy.noted().count("act x b")
    assert await _stays_held(watchful, job)
    assert watchful.toy.noted().count("act x b") == acted


async def test_after_a_cancellation_in_the_silence_the_operator_decides(watchful: Engine) -> None:
    (watchful.toy.root / "blind").touch()
    job = await submit(watchful, does={"a": "", "b": "blind"})
    await eventually(lambda: _noted(watchful, "observe x b"))
    await watchful.jobs.cancel(job.id)
    assert (await ended(watchful, job)).state is JobState.HELD
    (watchful.toy.root / "blind").unlink()
    assert await _stays_held(watchful, job)


async def test_a_held_job_is_cancelled_by_undoing_it(engine: Engine) -> None:
    job = await ended(engine, await submit(engine, does={"a": "", "b": "ineffective"}))
    await engine.jobs.cancel(job.id)
    assert (await ended(engine, job)).state is JobState.CANCELLED
    assert engine.toy.files() == []


async def test_a_job_that_cannot_even_be_undone_is_given_up(engine: Engine) -> None:
    (engine.toy.root / "stuck").touch()
    job = await ended(engine, await submit(engine, does={"a": "stuck", "b": "fail"}))
    assert job.state is JobState.HELD
    assert json.loads(job.held or "")["cause"] == "it cannot be taken back"
    given_up = await engine.jobs.cancel(job.id)
    assert given_up.state is JobState.CANCELLED
    await submit(engine, does={"z": ""})


async def test_resuming_an_undo_ends_as_it_would_have(engine: Engine) -> None:
    (engine.toy.root / "stuck").touch()
    job = await ended(engine, await submit(engine, does={"a": "stuck", "b": "fail"}))
    (engine.toy.root / "stuck").unlink()
    await engine.jobs.resume(job.id)
    failed = await ended(engine, job)
    assert failed.state is JobState.FAILED
    assert json.loads(failed.error or "")["cause"] == "it was told to fail"
    assert engine.toy.files() == []


async def test_cancel_takes_back(engine: Engine) -> None:
    job = await submit(engine, does={"a": "", "b": "slow", "c": ""})
    await acting(engine, "x", "b")
    await engine.jobs.cancel(job.id)
    cancelled = await ended(engine, job)
    assert (cancelled.state, cancelled.error) == (JobState.CANCELLED, None)
    assert engine.toy.files() == []
    with pytest.raises(Refused) as refused:
        await engine.jobs.cancel(job.id)
    assert refused.value.code == "job.finished"


async def test_past_the_point_of_no_return_a_cancelled_job_completes(engine: Engine) -> None:
    job = await submit(engine, does={"a": "final", "b": "slow final", "c": ""})
    await acting(engine, "x", "b")
    (engine.toy.root / "go").touch()
    await engine.jobs.cancel(job.id)
    assert (await ended(engine, job)).state is JobState.DONE
    assert engine.toy.files() == ["x.a", "x.b", "x.c"]


async def test_past_the_point_of_no_return_steps_do_not_hear_of_it(engine: Engine) -> None:
    job = await submit(engine, does={"a": "final", "b": "slow", "c": ""})
    await acting(engine, "x", "b")
    await engine.jobs.cancel(job.id)
    await asyncio.sleep(0.3)
    (engine.toy.root / "go").touch()
    assert (await ended(engine, job)).state is JobState.DONE
    assert engine.toy.files() == ["x.a", "x.b", "x.c"]


async def test_what_never_began_is_not_taken_back(engine: Engine) -> None:
    job = await submit(engine, does={"a": "deaf", "b": ""})
    await acting(engine, "x", "a")
    await engine.jobs.cancel(job.id)
    await asyncio.sleep(0.1)
    (engine.toy.root / "go").touch()
    assert (await ended(engine, job)).state is JobState.CANCELLED
    assert not any(line.endswith("x b") for line in engine.toy.noted())
    assert await states(engine, job) == {"a": StepState.UNDONE, "b": StepState.WAITING}


async def test_a_cancellation_that_nobody_told_of_is_seen_at_the_next_step(
    database: str, tmp_path: Path
) -> None:
    engine = Engine(database, tmp_path / "world", lease_seconds=300)  # looks every 100 s
    await engine.start()
    try:
        job = await submit(engine, does={"a": "deaf", "b": "", "c": ""})
        await acting(engine, "x", "a")
        async with engine.store.write() as connection:
            await table.change(connection, job.id, cancel=True)
        (engine.toy.root / "go").touch()
        assert (await ended(engine, job)).state is JobState.CANCELLED
        assert engine.toy.files() == []
    finally:
        await engine.stop()


async def test_a_job_held_while_it_is_cancelled_is_still_taken_back(engine: Engine) -> None:
    (engine.toy.root / "blind").touch()
    job = await submit(engine, does={"a": "", "b": "blind"})
    await eventually(lambda: _noted(engine, "observe x b"))
    await engine.jobs.cancel(job.id)
    assert (await ended(engine, job)).state is JobState.HELD
    await engine.jobs.cancel(job.id)  # tried, and held again
    assert (await ended(engine, job)).state is JobState.HELD
    (engine.toy.root / "blind").unlink()
    await engine.jobs.resume(job.id)
    assert (await ended(engine, job)).state is JobState.CANCELLED
    assert engine.toy.files() == []


async def test_the_same_key_is_the_same_job(engine: Engine) -> None:
    rows = await asyncio.gather(*(submit(engine, key="k") for _ in range(5)))
    assert len({row.id for row in rows}) == 1
    await ended(engine, rows[0])
    assert (await submit(engine, key="k")).id == rows[0].id
    with pytest.raises(Refused) as refused:
        await submit(engine, name="y", key="k")
    assert refused.value.code == "request.idempotency"
    other = await engine.jobs.submit("toy.make", ToySpec(name="y"), user="eve", key="k")
    assert other.id != rows[0].id


async def test_a_refusal_leaves_nothing(engine: Engine) -> None:
    with pytest.raises(Refused):
        await submit(engine, name="refused")
    assert list(await engine.jobs.list()) == []


async def test_two_at_once_is_one_refusal_that_names_the_job(engine: Engine) -> None:
    does = {"a": "slow"}
    outcomes = await asyncio.gather(
        *(submit(engine, does=does) for _ in range(8)), return_exceptions=True
    )
    jobs = [o for o in outcomes if isinstance(o, JobRow)]
    refusals = [o for o in outcomes if isinstance(o, Refused)]
    assert len(jobs) == 1 and len(refusals) == 7
    for refusal in refusals:
        assert refusal.code == "object.busy"
        assert f"job {jobs[0].id} (toy.make) holds it" in refusal.message
        assert refusal.fix == f"wait for it: millpond job wait {jobs[0].id}"
    (engine.toy.root / "go").touch()
    await ended(engine, jobs[0])
    await submit(engine, does={"b": ""})


async def test_many_share_what_one_may_have_alone(engine: Engine) -> None:
    shared = (Lock(object="pool:p", mode=Mode.SHARED),)
    alone = (Lock(object="pool:p"), Lock(object="pool:q"))
    first = await submit(engine, "a", does={"a": "slow"}, locks=shared)
    second = await submit(engine, "b", does={"a": "slow"}, locks=shared)
    with pytest.raises(Refused):
        await submit(engine, "c", locks=alone)
    free = await submit(engine, "d", locks=(Lock(object="pool:q"),))  # nothing of c's was kept
    (engine.toy.root / "go").touch()
    for job in (first, second, free):
        await ended(engine, job)
    await ended(engine, await submit(engine, "c", locks=alone))


async def test_a_plan_that_was_overtaken_is_made_again(engine: Engine) -> None:
    async def meanwhile() -> None:
        engine.toy.while_planning = None
        await ended(engine, await submit(engine, "fast", locks=(Lock(object="vm:v"),)))

    engine.toy.while_planning = meanwhile
    slow = await submit(engine, "slow", locks=(Lock(object="vm:v"),))
    assert engine.toy.plans == 3
    assert (await ended(engine, slow)).state is JobState.DONE


async def test_children_use_their_parents_locks(engine: Engine) -> None:
    vm = (Lock(object="vm:v"),)
    children = (ToySpec(name="child", locks=vm, does={"a": "slow"}),)
    parent = await submit(engine, "p", locks=vm, does={"a": "children"}, children=children)
    await acting(engine, "child", "a")
    with pytest.raises(Refused, match=parent.id):
        await submit(engine, "stranger", locks=vm)
    (engine.toy.root / "go").touch()
    assert (await ended(engine, parent)).state is JobState.DONE
    child = (await engine.jobs.list(JobFilter(parent=parent.id)))[0]
    assert (child.state, child.user) == (JobState.DONE, "admin")


async def test_a_failed_child_fails_its_parent(engine: Engine) -> None:
    children = (ToySpec(name="child", does={"a": "fail"}),)
    parent = await submit(engine, "p", does={"a": "", "b": "children"}, children=children)
    failed = await ended(engine, parent)
    assert failed.state is JobState.FAILED
    assert "it was told to fail" in (failed.error or "")
    assert engine.toy.files() == []


async def test_cancelling_a_parent_cancels_its_children(engine: Engine) -> None:
    children = (ToySpec(name="child", does={"a": "", "b": "slow"}),)
    parent = await submit(engine, "p", does={"a": "children"}, children=children)
    await acting(engine, "child", "b")
    await engine.jobs.cancel(parent.id)
    assert (await ended(engine, parent)).state is JobState.CANCELLED
    child = (await engine.jobs.list(JobFilter(parent=parent.id)))[0]
    assert child.state is JobState.CANCELLED
    assert engine.toy.files() == []


async def test_slots_bound_jobs_but_not_children(database: str, tmp_path: Path) -> None:
    engine = Engine(database, tmp_path / "world", max_jobs=2, lease_seconds=20.0)
    await engine.start()
    try:
        children = (ToySpec(name="c1", does={"a": "slow"}), ToySpec(name="c2", does={"a": "slow"}))
        parent = await submit(engine, "p", does={"a": "children"}, children=children)
        others = [await submit(engine, f"o{n}", does={"a": "slow"}) for n in range(5)]
        assert [job.state.value for job in (parent, *others)] == ["running"] * 2 + ["queued"] * 4
        for name in ("c1", "c2", "o0"):
            await acting(engine, name, "a")
        await asyncio.sleep(0.3)
        assert engine.toy.most_active == 4  # parent and one other, and the two children
        (engine.toy.root / "go").touch()
        for job in (parent, *others):
            assert (await ended(engine, job)).state is JobState.DONE
    finally:
        await engine.stop()


async def test_a_job_whose_runner_never_came_to_it_is_taken_by_the_next(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = Engine(database, tmp_path / "world", lease_seconds=1.0)
    await engine.start()
    try:
        with monkeypatch.context() as crash:  # after the job was accepted, before it is run
            crash.setattr(engine.jobs._runner, "take", lambda row: None)
            job = await submit(engine)
        done = await ended(engine, job)
        assert (job.fence, done.fence, done.state) == (1, 2, JobState.DONE)
    finally:
        await engine.stop()


async def test_events_tell_the_whole_story_in_order(engine: Engine) -> None:
    start = engine.events.last
    job = await ended(engine, await submit(engine, does={"a": "", "b": ""}))
    told: list[dict[str, Any]] = []
    numbers: list[int] = []
    async with asyncio.timeout(5):
        async for event in engine.events.subscribe(start):
            assert (event.kind, event.subject) == ("job", f"job:{job.id}")
            told.append(json.loads(event.data))
            numbers.append(event.seq)
            if told[-1]["state"] == "done":
                break
    assert told[0]["state"] == "running"
    assert next(t["step"] for t in told if t["step"]) == "a"
    assert numbers == sorted(set(numbers))
    assert "hunter2" not in json.dumps(told)


async def test_a_stopped_manager_leaves_jobs_to_the_next(database: str, tmp_path: Path) -> None:
    first = Engine(database, tmp_path / "world")
    await first.start()
    job = await submit(first, does={"a": "", "b": "slow", "c": ""})
    await acting(first, "x", "b")
    await first.stop(patience=0.1)
    (first.toy.root / "go").touch()
    second = Engine(database, tmp_path / "world")
    await second.start()
    try:
        done = await second.jobs.wait(job.id, 10)
        assert (done.state, done.fence) == (JobState.DONE, 2)
        assert second.toy.noted().count("act x a") == 1
    finally:
        await second.stop()


async def test_an_upgrade_that_changes_steps_holds_the_job(database: str, tmp_path: Path) -> None:
    before = Engine(database, tmp_path / "world")
    await before.start()
    job = await submit(before, does={"a": "slow", "b": ""})
    await acting(before, "x", "a")
    async with before.store.write() as connection:
        renamed = ToySpec(name="x", does={"a": "slow", "other": ""}).model_dump_json()
        await table.change(connection, job.id, spec=SEAL.close(renamed))
    await before.stop(0.1)
    after = Engine(database, tmp_path / "world")
    await after.start()
    try:
        held = await ended(after, job)
        assert held.state is JobState.HELD
        assert "other steps" in (held.held or "")
        await after.jobs.cancel(job.id)
        await ended(after, job)
        assert (await after.jobs.cancel(job.id)).state is JobState.CANCELLED
    finally:
        await after.stop()
