"""What can happen to a fake lease daemon, beyond what its contract with sanlock covers."""

import asyncio
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from millpond.adapters.fake.lockspace import FakeLockspaces
from millpond.adapters.fake.lockspace_daemon import FakeSanlock
from millpond.adapters.fake.lockspace_leases import FakeLeases
from millpond.adapters.fake.lockspace_store import FileStore, MemoryStore, this_process
from millpond.domain.errors import Refused
from millpond.domain.layout import lockspace_path, vm_directory, vm_lease
from millpond.domain.leases import HostState, LeaseOwner, Lockspace, Resource, host_dead
from millpond.domain.names import new_id
from millpond.sim.clock import VirtualLoop

IO_TIMEOUT = 4
PERIOD = 2 * IO_TIMEOUT + 0.5
LOST = 8 * IO_TIMEOUT
ROOT = "/OVS"


class Host(NamedTuple):
    daemon: FakeSanlock
    agent: FakeLockspaces
    place: Lockspace


class Pool:
    """Two hosts, and a lease that the first one's guest holds. ``events``: who was killed or reset,
    and when."""

    def __init__(self, watchdog: str | None = None) -> None:
        self.store = MemoryStore()
        self.events: list[tuple[str, float]] = []
        self.pool = new_id()
        self.hosts = [self._host(n, watchdog) for n in (1, 2)]
        vm = new_id()
        self.lease = vm_lease(vm_directory(ROOT, vm), self.pool, vm)
        self.guest = FakeLockspaces(self.hosts[0].daemon, "guest", lambda: self._note("killed"))

    def _host(self, host_id: int, watchdog: str | None) -> Host:
        place = Lockspace(
            name=self.pool, path=lockspace_path(ROOT), host_id=host_id, io_timeout=IO_TIMEOUT
        )
        daemon = FakeSanlock(self.store, f"srv{host_id}", watchdog, lambda: self._note("reset"))
        return Host(daemon, FakeLockspaces(daemon, "agent"), place)

    def _note(self, what: str) -> None:
        self.events.append((what, asyncio.get_running_loop().time()))

    async def start(self) -> None:
        leases = FakeLeases(self.store)
        await leases.init(ROOT, self.pool, IO_TIMEOUT)
        await leases.create(ROOT, self.pool, self.lease.name)
        await asyncio.gather(*(host.agent.join(host.place) for host in self.hosts))
        await asyncio.sleep(3 * PERIOD)
        await self.guest.acquire(self.lease)

    async def state_of_first(self) -> HostState:
        two = self.hosts[1]
        return (await two.agent.hosts(two.place))[0].state


def play(scenario: Callable[[Pool], Awaitable[None]], watchdog: str | None = None) -> None:
    async def started() -> None:
        pool = Pool(watchdog)
        await pool.start()
        await scenario(pool)

    loop = VirtualLoop()
    try:
        loop.run_until_complete(started())
    finally:
        loop.close()


def now() -> float:
    return asyncio.get_running_loop().time()


async def test_it_is_sanlock_s_time() -> None:
    assert (host_dead(1), host_dead(5), host_dead(10)) == (68, 100, 140)


def test_a_host_without_storage_loses_its_leases_in_time() -> None:
    async def scenario(pool: Pool) -> None:
        one, two = pool.hosts
        cut = now()
        one.daemon.cut()
        await asyncio.sleep(LOST + 1)
        [(what, when)] = pool.events
        assert what == "killed"
        assert LOST - PERIOD <= when - cut <= LOST
        assert await pool.state_of_first() in {HostState.LIVE, HostState.FAIL}
        with pytest.raises(Refused) as caught:
            await one.agent.owner(pool.lease)
        assert caught.value.code == "storage.unavailable"
        assert one.place.name in one.daemon.spaces  # its guest dies slowly
        pool.guest.die()
        assert not one.daemon.spaces
        one.daemon.restore()
        assert not await one.agent.joined(one.place)
        assert await two.agent.owner(pool.lease) == LeaseOwner(host_id=1, generation=1)
        await one.agent.join(one.place)
        await two.agent.acquire(pool.lease)

    play(scenario)


def test_storage_that_comes_back_in_time_is_forgiven() -> None:
    async def scenario(pool: Pool) -> None:
        one, two = pool.hosts
        one.daemon.cut()
        await asyncio.sleep(LOST - PERIOD - 1)
        one.daemon.restore()
        await asyncio.sleep(10 * LOST)
        assert not pool.events
        assert await pool.state_of_first() is HostState.LIVE
        with pytest.raises(Refused):
            await two.agent.acquire(pool.lease)

    play(scenario)


def test_a_process_that_ends_without_storage_is_released_once_it_is_back() -> None:
    async def scenario(pool: Pool) -> None:
        one, two = pool.hosts
        one.daemon.cut()
        pool.guest.die()
        assert await two.agent.owner(pool.lease) is not None
        one.daemon.restore()
        assert await two.agent.owner(pool.lease) is None

    play(scenario)


@pytest.mark.parametrize(("latency", "lost"), [(IO_TIMEOUT / 2, False), (IO_TIMEOUT, True)])
def test_storage_that_is_too_slow_is_none(latency: float, lost: bool) -> None:
    async def scenario(pool: Pool) -> None:
        pool.hosts[0].daemon.slow(latency)
        await asyncio.sleep(2 * LOST)
        assert bool(pool.events) is lost
        began = now()
        if not lost:
            await pool.hosts[0].agent.owner(pool.lease)
            assert now() - began == latency

    play(scenario)


def test_a_dead_daemon_kills_nobody() -> None:
    async def scenario(pool: Pool) -> None:
        one, two = pool.hosts
        ended = now()
        one.daemon.end()
        await asyncio.sleep(2 * PERIOD)
        await two.agent.acquire(pool.lease)
        assert now() - ended >= host_dead(IO_TIMEOUT) - PERIOD
        assert not pool.events

    play(scenario)


@pytest.mark.parametrize("fault", ["end", "freeze"])
def test_a_watchdog_resets_before_others_may_take_its_leases(fault: str) -> None:
    async def scenario(pool: Pool) -> None:
        one, two = pool.hosts
        getattr(one.daemon, fault)()
        await asyncio.sleep(2 * PERIOD)
        await two.agent.acquire(pool.lease)
        [(what, when)] = pool.events
        assert what == "reset"
        assert when < now()
        assert not one.daemon.processes

    play(scenario, "/dev/watchdog0")


def test_a_watchdog_lets_be_whose_processes_died_in_time() -> None:
    async def scenario(pool: Pool) -> None:
        pool.hosts[0].daemon.cut()
        await asyncio.sleep(LOST + 30)
        pool.guest.die()
        await asyncio.sleep(2 * host_dead(IO_TIMEOUT))
        assert [what for what, _ in pool.events] == ["killed"]

    play(scenario, "/dev/watchdog0")


def test_a_damaged_lockspace_costs_all_their_leases_at_the_next_renewal() -> None:
    async def scenario(pool: Pool) -> None:
        damaged = now()
        pool.store.damage(lockspace_path(ROOT))
        await asyncio.sleep(PERIOD)
        [(what, when)] = pool.events
        assert (what, when - damaged <= PERIOD) == ("killed", True)

    play(scenario)


def test_a_host_of_the_same_name_takes_the_host_id_by_force() -> None:
    """As a cloned machine would: the one it was loses all it held."""

    async def scenario(pool: Pool) -> None:
        one = pool.hosts[0]
        clone = FakeLockspaces(FakeSanlock(pool.store, "srv1"), "agent")
        began = now()
        await clone.join(one.place)
        assert now() - began == 2 * IO_TIMEOUT + 1
        await asyncio.sleep(PERIOD)
        assert [what for what, _ in pool.events] == ["killed"]

    play(scenario)


def test_a_pool_that_lives_costs_nothing() -> None:
    async def scenario(pool: Pool) -> None:
        turns = 0
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)

        def turn() -> None:
            nonlocal turns
            turns += 1

        loop.after_each = turn
        await asyncio.sleep(1_000_000)
        assert turns < 10
        assert await pool.state_of_first() is HostState.LIVE

    play(scenario)


_HOLDER = """
import asyncio, sys
from millpond.adapters.fake.lockspace import FakeLockspaces
from millpond.adapters.fake.lockspace_daemon import FakeSanlock
from millpond.adapters.fake.lockspace_store import FileStore, this_process
from millpond.domain.leases import Lockspace, Resource

async def main():
    agent = FakeLockspaces(FakeSanlock(FileStore(), "srv1"), this_process())
    await agent.join(Lockspace.model_validate_json(sys.argv[1]))
    await agent.acquire(Resource.model_validate_json(sys.argv[2]))
    print("held", flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


async def test_agents_of_several_processes_share_files(tmp_path: Path) -> None:
    """The server outlives its agent: the next one finds it joined, and the lease free."""
    root, pool, vm = str(tmp_path), new_id(), new_id()
    Path(vm_directory(root, vm)).mkdir(parents=True)
    store = FileStore()
    leases = FakeLeases(store)
    await leases.init(root, pool, 1)
    await leases.create(root, pool, vm)
    lease = vm_lease(vm_directory(root, vm), pool, vm)
    places = [
        Lockspace(name=pool, path=lockspace_path(root), host_id=n, io_timeout=1) for n in (1, 2)
    ]
    argv = [sys.executable, "-c", _HOLDER, places[0].model_dump_json(), lease.model_dump_json()]
    other = await asyncio.create_subprocess_exec(*argv, stdout=subprocess.PIPE)
    here = FakeLockspaces(FakeSanlock(store, "srv2"), this_process())
    await here.join(places[1])
    assert other.stdout is not None
    assert await other.stdout.readline() == b"held\n"
    with pytest.raises(Refused):
        await here.acquire(lease)
    other.kill()
    await other.wait()
    await here.acquire(lease)
    successor = FakeLockspaces(FakeSanlock(store, "srv1"), this_process())
    assert await successor.joined(places[0])
    await here.release(lease)
    await _until_taken(successor, lease)


async def _until_taken(agent: FakeLockspaces, lease: Resource) -> None:
    await agent.acquire(lease)
    assert await agent.owner(lease) == LeaseOwner(host_id=1, generation=1)
