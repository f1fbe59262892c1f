"""One at a time, however they come and go."""

import asyncio
import random

from millpond.adapters.turns import Turns


async def test_who_comes_when_one_leaves_and_another_waits_waits_too() -> None:
    """Between the end of one turn and the beginning of the next nobody holds it."""
    turns, inside, most = Turns(), 0, 0

    async def enter() -> None:
        nonlocal inside, most
        async with turns.alone("vm"):
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0.01)
            inside -= 1

    async def leave_then_enter() -> None:
        await enter()
        await enter()  # at once: whoever waited has not run yet

    await asyncio.gather(leave_then_enter(), enter(), enter())
    assert most == 1


async def test_any_order_of_coming_leaving_failing_and_giving_up() -> None:
    turns, chance = Turns(), random.Random(7)
    inside = {"a": 0, "b": 0}
    together = False

    async def caller() -> None:
        nonlocal together
        for _ in range(20):
            key = chance.choice("ab")
            try:
                async with asyncio.timeout(chance.choice([0.001, 1])), turns.alone(key):
                    inside[key] += 1
                    try:
                        together |= inside[key] > 1
                        await asyncio.sleep(chance.choice([0, 0.0005, 0.002]))
                        if chance.random() < 0.2:
                            raise ValueError
                    finally:
                        inside[key] -= 1
            except (TimeoutError, ValueError):
                continue

    await asyncio.gather(*(caller() for _ in range(10)))
    assert not together


async def test_different_things_do_not_wait_for_each_other() -> None:
    turns = Turns()
    async with turns.alone("a"), asyncio.timeout(5), turns.alone("b"):
        pass
