"""Calls that hang do not pile up."""

import asyncio
import threading

import pytest

from millpond.adapters.daemon_thread import Serial, in_daemon_thread


async def test_what_the_work_raises_is_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        await in_daemon_thread("test", lambda: 1 / 0)


async def test_one_thread_hangs_however_often_it_is_tried() -> None:
    let_go, begun = threading.Event(), []

    def hang() -> int:
        begun.append(threading.current_thread())
        let_go.wait(30)
        return len(begun)

    serial = Serial("test-hangs")
    for _ in range(3):
        with pytest.raises(TimeoutError):
            await serial.run(hang, 0.05)
    assert len(begun) == 1
    waiting = asyncio.create_task(serial.run(hang, 10))
    await asyncio.sleep(0.05)
    assert len(begun) == 1
    let_go.set()
    assert await waiting == 2, "its answer is older than its question"
