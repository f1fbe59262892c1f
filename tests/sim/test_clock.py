"""The virtual clock: time jumps, processes freeze and die, and nothing runs that should not."""

import asyncio

import pytest

from millpond.sim.clock import Deadlock, Process, VirtualLoop, current_process


@pytest.fixture
def loop() -> VirtualLoop:
    return VirtualLoop()


class Ticker:
    """Notes the time once a second, and that its ``finally`` ran."""

    def __init__(self, loop: VirtualLoop) -> None:
        self.ticks: list[float] = []
        self.ended = False
        self._loop = loop

    async def run(self) -> None:
        try:
            while True:
                await asyncio.sleep(1)
                self.ticks.append(self._loop.time())
        finally:
            self.ended = True


def test_time_jumps_to_the_next_timer(loop: VirtualLoop) -> None:
    async def wait() -> float:
        await asyncio.sleep(3600)
        async with asyncio.timeout(10):
            await asyncio.sleep(5)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(10):
                await asyncio.sleep(11)
        return loop.time()

    assert loop.run_until_complete(wait()) == 3615


def test_run_until_does_what_is_due_and_no_more(loop: VirtualLoop) -> None:
    ticker = Ticker(loop)
    loop.create_task(ticker.run())
    loop.run_until(3.5)
    assert ticker.ticks == [1, 2, 3]
    assert loop.time() == 3.5


def test_a_timer_that_was_cancelled_moves_no_time(loop: VirtualLoop) -> None:
    ran: list[float] = []
    loop.call_at(1, ran.append, 1.0).cancel()
    loop.call_at(5, ran.append, 5.0)
    loop.run_until(2)
    assert (loop.time(), ran) == (2, [])


def test_nobody_left_to_wake_anybody_is_a_deadlock(loop: VirtualLoop) -> None:
    with pytest.raises(Deadlock):
        loop.run_until_complete(loop.create_future())


def test_a_frozen_process_misses_nothing_but_the_time(loop: VirtualLoop) -> None:
    frozen, free = Ticker(loop), Ticker(loop)
    process = Process(loop, "p")
    process.spawn(frozen.run())
    Process(loop, "q").spawn(free.run())
    loop.call_at(1.5, process.freeze)
    loop.call_at(4.5, process.thaw)
    loop.run_until(6)
    assert frozen.ticks == [1, 4.5, 5.5]
    assert free.ticks == [1, 2, 3, 4, 5, 6]


def test_a_killed_process_does_not_even_clean_up(loop: VirtualLoop) -> None:
    ticker = Ticker(loop)
    process = Process(loop, "p")
    process.spawn(ticker.run())
    loop.call_at(2.5, process.kill)
    loop.run_until(5)
    assert ticker.ticks == [1, 2]
    assert not ticker.ended
    process.thaw()
    loop.run_until(10)
    assert ticker.ticks == [1, 2]


def test_children_belong_to_the_process_of_their_parent(loop: VirtualLoop) -> None:
    seen: list[Process | None] = []

    async def child() -> None:
        seen.append(current_process())
        await asyncio.sleep(1)
        seen.append(current_process())

    async def parent() -> None:
        await asyncio.create_task(child())

    process = Process(loop, "p")
    process.spawn(parent())
    loop.run_until(0.5)
    process.kill()
    loop.run_until(5)
    assert seen == [process]


def test_closing_is_quiet_whatever_was_half_done(
    loop: VirtualLoop, capfd: pytest.CaptureFixture[str]
) -> None:
    async def stubborn() -> None:
        try:
            await asyncio.sleep(100)
        finally:
            await asyncio.sleep(100)

    process = Process(loop, "p")
    process.spawn(stubborn())
    loop.create_task(stubborn())
    loop.run_until(1)
    process.kill()
    loop.close()
    assert capfd.readouterr().err == ""


def test_an_error_that_nobody_looks_at_is_kept(loop: VirtualLoop) -> None:
    async def broken() -> None:
        raise ZeroDivisionError

    Process(loop, "p").spawn(broken())
    loop.run_until(1)
    import gc

    gc.collect()
    assert [type(p["exception"]) for p in loop.problems] == [ZeroDivisionError]
