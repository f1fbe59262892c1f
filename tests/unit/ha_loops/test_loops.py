"""Tasks by name."""

import asyncio

from millpond.ha.loops import Tasks


def _silent(event: str, **details: object) -> None:
    pass


async def test_two_of_one_name_both_end_with_the_rest() -> None:
    """Or the one that was forgotten would go on as nobody's."""
    ended: list[str] = []

    async def work(name: str, seconds: float) -> None:
        try:
            await asyncio.sleep(seconds)
        finally:
            ended.append(name)

    tasks = Tasks(_silent)
    tasks.start("check", work("short", 0))
    tasks.start("check", work("long", 60))
    tasks.start("check", work("longer", 60))
    await asyncio.sleep(0.01)
    assert ended == ["short"]
    assert "check" in tasks
    await tasks.stop()
    assert ended == ["short", "long", "longer"]
    assert "check" not in tasks
