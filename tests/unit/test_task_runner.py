"""Long work, followed by name."""

import asyncio

from millpond.adapters.tasks.runner import KEEP_COUNT, KEEP_SECONDS, Report, TaskRunner
from millpond.domain.errors import Failed
from millpond.domain.job import Progress, TaskStatus


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


async def test_same_name_is_the_same_work() -> None:
    runner, go, begun = TaskRunner(), asyncio.Event(), 0

    async def work(report: Report) -> dict[str, float]:
        nonlocal begun
        begun += 1
        report(Progress(percent=40))
        await go.wait()
        return {"bytes": 7}

    runner.start("a", work)
    runner.start("a", work)
    state = await runner.state("a", 0.01)
    assert (state.status, state.progress.percent) == (TaskStatus.RUNNING, 40)
    go.set()
    state = await runner.state("a", 5)
    assert (state.status, state.result, state.progress.percent) == (
        TaskStatus.DONE,
        {"bytes": 7},
        100,
    )
    runner.start("a", work)
    assert (await runner.state("a", 0)).status is TaskStatus.DONE
    assert begun == 1


async def test_failure_is_a_sentence_and_can_be_tried_again() -> None:
    runner, fail = TaskRunner(), True

    async def work(_: Report) -> None:
        if fail:
            raise Failed("copy", "the disk is on fire")

    runner.start("a", work)
    state = await runner.state("a", 5)
    assert (state.status, state.error) == (TaskStatus.FAILED, "the disk is on fire")
    fail = False
    runner.start("a", work)
    assert (await runner.state("a", 5)).status is TaskStatus.DONE


async def test_cancelled_work_puts_things_right_first() -> None:
    runner, cleaned = TaskRunner(), False

    async def work(_: Report) -> None:
        nonlocal cleaned
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            await asyncio.sleep(0.05)
            cleaned = True
            raise

    runner.start("a", work)
    await asyncio.sleep(0)
    await runner.cancel("a")
    assert (await runner.state("a", 0)).status is TaskStatus.RUNNING
    assert (await runner.state("a", 5)).status is TaskStatus.CANCELLED
    assert cleaned
    await runner.cancel("a")
    await runner.cancel("unknown")


async def test_cancelled_before_its_first_step() -> None:
    runner = TaskRunner()

    async def work(_: Report) -> None:
        raise AssertionError("never begun")

    runner.start("a", work)
    await runner.cancel("a")
    assert (await runner.state("a", 5)).status is TaskStatus.CANCELLED


async def test_work_that_was_done_all_the_same_is_done() -> None:
    runner = TaskRunner()

    async def work(_: Report) -> dict[str, float]:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            return {"late": 1}
        return {}

    runner.start("a", work)
    await asyncio.sleep(0)
    await runner.cancel("a")
    state = await runner.state("a", 5)
    assert (state.status, state.result) == (TaskStatus.DONE, {"late": 1})


async def test_ended_tasks_are_forgotten_by_age_and_number() -> None:
    clock = Clock()
    runner = TaskRunner(clock)

    async def work(_: Report) -> None:
        return None

    for number in range(KEEP_COUNT + 5):
        runner.start(str(number), work)
        await runner.state(str(number), 5)
    runner.start("last", work)
    assert (await runner.state("last", 5)).status is TaskStatus.DONE
    assert (await runner.state("0", 0)).status is TaskStatus.ABSENT
    assert (await runner.state(str(KEEP_COUNT), 0)).status is TaskStatus.DONE
    clock.now = KEEP_SECONDS + 1
    assert (await runner.state("last", 0)).status is TaskStatus.ABSENT
