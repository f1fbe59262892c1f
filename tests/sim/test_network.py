"""The simulated network: what arrives, what does not, and what the caller learns."""

import asyncio
from collections.abc import Awaitable
from random import Random
from typing import Any

import pytest

from millpond.domain.errors import Refused, Unknown
from millpond.sim.clock import Process, VirtualLoop
from millpond.sim.network import Network, Node


class Pair:
    """A caller, and a server whose work is noted."""

    def __init__(self) -> None:
        self.loop = VirtualLoop()
        self.network = Network(self.loop, Random(1))
        self.here, self.there = Node("here"), Node("there")
        self.here.process = Process(self.loop, "here")
        self.there.process = Process(self.loop, "there")
        self.served: list[float] = []
        self.takes = 0.0

    async def work(self) -> str:
        self.served.append(self.loop.time())
        await asyncio.sleep(self.takes)
        return "done"

    def call(self) -> Awaitable[Any]:
        return self.network.call(self.here, self.there, "port.method", self.work)

    def outcome(self) -> tuple[Any, float]:
        """What a call brings, and when."""

        async def ask() -> Any:
            try:
                return await self.call()
            except Unknown as error:
                return error

        answer = self.loop.run_until_complete(ask())
        return answer, self.loop.time()


@pytest.fixture
def pair() -> Pair:
    return Pair()


def test_a_call_is_answered(pair: Pair) -> None:
    answer, when = pair.outcome()
    assert answer == "done"
    assert when < 0.01


def test_a_refusal_is_raised_where_it_was_called(pair: Pair) -> None:
    async def refuse() -> None:
        raise Refused("vm.state", "vm web1", "it is off", "start it")

    async def ask() -> None:
        await pair.network.call(pair.here, pair.there, "port.method", refuse)

    with pytest.raises(Refused) as refused:
        pair.loop.run_until_complete(ask())
    assert refused.value.code == "vm.state"


def test_nothing_gets_through_a_cut(pair: Pair) -> None:
    pair.network.cut = {("here", "there"), ("there", "here")}
    answer, when = pair.outcome()
    assert isinstance(answer, Unknown)
    assert (when, pair.served) == (5.0, [])


def test_cut_backwards_the_work_is_done_and_nobody_hears_of_it(pair: Pair) -> None:
    pair.network.cut = {("there", "here")}
    answer, when = pair.outcome()
    assert isinstance(answer, Unknown)
    assert 15 <= when < 16
    assert len(pair.served) == 1


def test_a_cut_that_heals_in_time_is_not_noticed(pair: Pair) -> None:
    pair.takes = 8

    def change(cut: set[tuple[str, str]]) -> None:
        pair.network.cut = cut
        pair.network.check()

    pair.loop.call_at(1, change, {("here", "there")})
    pair.loop.call_at(7, change, set())
    assert pair.outcome()[0] == "done"


def test_a_dead_process_refuses_and_a_dying_one_resets(pair: Pair) -> None:
    pair.takes = 100
    assert pair.there.process is not None
    dying = pair.there.process

    def die() -> None:
        pair.there.process = None
        dying.kill()
        pair.network.ended(dying)

    pair.loop.call_at(3, die)
    answer, when = pair.outcome()
    assert isinstance(answer, Unknown)
    assert when == 3
    answer, when = pair.outcome()
    assert "refused" in str(answer)
    assert when < 3.1


def test_who_never_answers_is_given_up(pair: Pair) -> None:
    pair.takes = 1000
    answer, when = pair.outcome()
    assert isinstance(answer, Unknown)
    assert 60 <= when <= 66


def test_messages_come_late_and_twice(pair: Pair) -> None:
    pair.network.late, pair.network.latest = 1.0, 20.0
    answer, when = pair.outcome()
    assert answer == "done"
    assert 0.1 < when < 21
    pair.network.late, pair.network.twice = 0.0, 1.0
    pair.served.clear()
    pair.outcome()
    pair.loop.run_until(pair.loop.time() + 30)
    assert len(pair.served) == 2
