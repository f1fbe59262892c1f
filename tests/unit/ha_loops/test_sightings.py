"""Ages count only while somebody looks."""

from math import inf

from millpond.domain.leases import HostState, LeaseHost
from millpond.ha.sightings import Sightings
from millpond.sim.clock import VirtualLoop

LONGEST = 2.0


def host(timestamp: int, generation: int = 1, state: HostState = HostState.LIVE) -> LeaseHost:
    return LeaseHost(
        host_id=7, generation=generation, timestamp=timestamp, io_timeout=4, state=state
    )


class Looks:
    """One look per second, on a clock of its own."""

    def __init__(self) -> None:
        self.loop = VirtualLoop()
        self.sightings = Sightings(LONGEST)

    def look(self, at: float, *hosts: LeaseHost) -> None:
        async def saw() -> None:
            self.sightings.saw(hosts)

        self.loop.run_until(at)
        self.loop.run_until_complete(saw())

    def age(self) -> float:
        return self.sightings.age(7)


def test_the_age_is_that_of_the_last_advance_seen() -> None:
    looks = Looks()
    for at, stamp in ((0, 10), (1, 10), (2, 18), (3, 18), (4, 18)):
        looks.look(at, host(stamp))
    assert looks.age() == 2


def test_the_first_sight_says_nothing_of_life() -> None:
    looks = Looks()
    looks.look(0, host(10))
    looks.look(1, host(10))
    assert not looks.sightings.was_alive(7)
    looks.look(2, host(18))
    assert looks.sightings.was_alive(7)


def test_a_sleeping_observer_takes_its_own_absence_for_nobodys_silence() -> None:
    looks = Looks()
    looks.look(0, host(10))
    looks.look(100, host(10))
    assert looks.age() == LONGEST


def test_nor_does_a_blind_one() -> None:
    looks = Looks()
    looks.look(0, host(10))
    looks.sightings.blind()
    looks.look(1.5, host(10))
    assert looks.age() == 0


def test_a_new_generation_is_an_advance_whatever_its_clock_says() -> None:
    looks = Looks()
    looks.look(0, host(1000))
    looks.look(1, host(1000))
    looks.look(2, host(3, generation=2))
    assert looks.age() == 0


def test_who_never_was_there_or_left_is_infinitely_old() -> None:
    looks = Looks()
    looks.look(0)
    assert looks.age() == inf
    looks.look(1, host(10))
    looks.look(2, host(0, state=HostState.FREE))
    assert looks.age() == inf
