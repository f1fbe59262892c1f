"""What every lockspace owes its users: sanlock itself, and the fakes that stand in for it."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from millpond.domain.errors import Refused
from millpond.domain.ha.proof import CLEARING, Claim, FenceMethod, Proof
from millpond.domain.layout import lockspace_path, pool_lease, vm_directory
from millpond.domain.leases import (
    LEASE_LOST,
    MASTER,
    SUCCESSION,
    HostState,
    LeaseHost,
    LeaseOwner,
    Resource,
    host_dead,
)
from tests.contract.lockspaces import (
    IO_TIMEOUT,
    Scenario,
    Site,
    World,
    play_in_files,
    play_in_memory,
    play_with_sanlock,
)

DEAD = host_dead(IO_TIMEOUT)
LONGEST_RENEWAL = 2 * IO_TIMEOUT + 0.5 + 1
"""Seconds between two, with a second for a busy machine."""
SOON = 12
"""Seconds on a busy machine, which stands still now and then, for what takes milliseconds. Without
what is tested, it would take until a host is dead."""
AT_ONCE = 6
"""Scenarios with sanlock that run side by side: they mostly wait."""

SCENARIOS: dict[str, Scenario] = {}


def contract(*variants: str) -> Callable[[Callable[..., Awaitable[None]]], None]:
    """Register a scenario, or one for each variant."""

    def register(scenario: Callable[..., Awaitable[None]]) -> None:
        name = scenario.__name__.replace("_", "-")
        for variant in variants:
            SCENARIOS[f"{name}-{variant}"] = partial(_with, scenario, variant)
        if not variants:
            SCENARIOS[name] = scenario

    return register


async def _with(scenario: Callable[..., Awaitable[None]], variant: str, world: World) -> None:
    await scenario(world, variant)


def now() -> float:
    return asyncio.get_running_loop().time()


async def refused(work: Awaitable[object], code: str, within: float) -> Refused:
    """``within`` seconds."""
    began = now()
    with pytest.raises(Refused) as caught:
        await work
    assert caught.value.code == code, caught.value
    assert now() - began <= within
    return caught.value


async def host(world: World, site: Site, host_id: int) -> LeaseHost:
    hosts = await site.lockspaces.hosts(world.place(world.sites.index(site) + 1))
    return next(h for h in hosts if h.host_id == host_id)


async def owner(site: Site, lease: Resource) -> LeaseOwner | None:
    return await site.lockspaces.owner(lease)


async def released(site: Site, lease: Resource, within: float) -> None:
    async with asyncio.timeout(within):
        while await site.lockspaces.owner(lease) is not None:
            await asyncio.sleep(0.05)


def proof(host_id: int, generation: int, timestamp: int, age: float = 0.0) -> Proof:
    """Tests may: the rule that only ``prove`` makes one holds for what ships."""
    claims = (Claim(FenceMethod.POWER, "bmc", "off"),)
    return Proof(host_id, generation, timestamp, now() - age, claims)


@contract()
async def join_and_leave(world: World) -> None:
    one, two, _ = world.sites
    await world.pooled(1, 2)
    assert await one.lockspaces.joined(world.place(1))
    await one.lockspaces.join(world.place(1))
    before = await host(world, one, 1)
    assert (before.generation, before.state) == (1, HostState.LIVE)
    assert before.timestamp
    await one.lockspaces.leave(world.place(1))
    await one.lockspaces.leave(world.place(1))
    assert not await one.lockspaces.joined(world.place(1))
    gone = await host(world, two, 1)
    assert (gone.state, gone.timestamp) == (HostState.FREE, 0)
    await one.lockspaces.join(world.place(1))
    assert (await host(world, two, 1)).generation == 2


@contract()
async def what_others_renew_is_seen_at_once(world: World) -> None:
    _, two, _ = world.sites
    await world.pooled(1, 2)
    seen: dict[int, float] = {}
    async with asyncio.timeout(60):
        while len(seen) < 4:
            seen.setdefault((await host(world, two, 1)).timestamp, now())
            await asyncio.sleep(0.05)
    times = sorted(seen.values())[1:]
    # The machine may have stood still in one of the two.
    assert min(late - early for early, late in itertools.pairwise(times)) < LONGEST_RENEWAL
    assert (await host(world, two, 1)).state is HostState.LIVE


@contract()
async def a_host_id_belongs_to_one_live_host(world: World) -> None:
    one, two, three = world.sites
    await world.pooled(1, 2)
    lease = await world.vm()
    await one.lockspaces.acquire(lease)
    await refused(three.lockspaces.join(world.place(1)), "lease.host_id", 2 * IO_TIMEOUT + SOON)
    await refused(two.lockspaces.join(world.place(3)), "lease.host_id", SOON)
    await asyncio.sleep(3 * IO_TIMEOUT)
    assert await one.lockspaces.holds(lease)
    assert (await host(world, two, 1)).generation == 1


@contract()
async def acquire_and_release(world: World) -> None:
    one, two, _ = world.sites
    await world.pooled(1, 2)
    lease = await world.vm()
    other = pool_lease(world.root, world.pool, SUCCESSION)
    assert await owner(one, lease) is None
    await one.lockspaces.acquire(lease)
    await one.lockspaces.acquire(lease)
    await one.lockspaces.acquire(other)
    assert await one.lockspaces.holds(lease)
    assert not await two.lockspaces.holds(lease)
    assert await owner(two, lease) == LeaseOwner(host_id=1, generation=1)
    vm = lease.name
    assert await two.leases.owner(world.root, world.pool, vm) == await owner(two, lease)
    await asyncio.sleep(4 * IO_TIMEOUT)  # so that host 2 knows for sure that host 1 lives
    await refused(two.lockspaces.acquire(lease), "lease.held", SOON)
    await refused(one.lockspaces.leave(world.place(1)), "lease.held", SOON)
    await two.lockspaces.release(lease)
    assert await owner(two, lease) is not None
    await one.lockspaces.release(lease)
    assert not await one.lockspaces.holds(lease)
    assert await one.lockspaces.holds(other)
    await two.lockspaces.acquire(lease)
    assert await owner(one, lease) == LeaseOwner(host_id=2, generation=1)


@contract()
async def what_has_no_lease_here_cannot_be_acquired(world: World) -> None:
    one, two, _ = world.sites
    await world.pooled(1)
    lease = await world.vm()
    await refused(two.lockspaces.acquire(lease), "lease.lockspace", SOON)
    absent = lease.model_copy(update={"path": f"{lease.path}-not"})
    await refused(one.lockspaces.acquire(absent), "lease.lockspace", SOON)
    wrong = lease.model_copy(update={"name": MASTER})
    await refused(one.lockspaces.acquire(wrong), "lease.lockspace", SOON)
    await refused(one.lockspaces.owner(wrong), "lease.lockspace", SOON)


@contract()
async def leases_end_with_the_process_that_holds_them(world: World) -> None:
    one, two, _ = world.sites
    await world.pooled(1, 2)
    lease = await world.vm()
    await one.lockspaces.acquire(lease)
    await one.restart_agent()
    await released(two, lease, SOON)
    assert await one.lockspaces.joined(world.place(1))
    assert not await one.lockspaces.holds(lease)
    await two.lockspaces.acquire(lease)


@contract()
async def a_host_that_comes_back_has_lost_its_leases(world: World) -> None:
    one, two, _ = world.sites
    await world.pooled(1, 2)
    lease = await world.vm()
    await one.lockspaces.acquire(lease)
    one.crash()
    await one.boot()
    assert not await one.lockspaces.joined(world.place(1))
    assert await owner(two, lease) == LeaseOwner(host_id=1, generation=1)
    began = now()
    await one.lockspaces.join(world.place(1))
    assert now() - began < 2 * IO_TIMEOUT + SOON
    assert (await host(world, two, 1)).generation == 2
    await two.lockspaces.acquire(lease)


@contract()
async def a_cancelled_acquisition_holds_nothing(world: World) -> None:
    one, two, _ = world.sites
    await world.pooled(1, 2)
    lease = await world.vm()
    await asyncio.sleep(3 * LONGEST_RENEWAL)
    await one.lockspaces.acquire(lease)
    one.crash()
    await asyncio.sleep(2 * LONGEST_RENEWAL)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(two.lockspaces.acquire(lease), 2)
    assert not await two.lockspaces.holds(lease)
    assert await owner(two, lease) == LeaseOwner(host_id=1, generation=1)


@contract()
async def dead_host_s_leases_come_free_in_time(world: World) -> None:
    """About 70 s, twice a lifetime of patience; all the while nobody gets them."""

    one, two, three = world.sites
    await world.pooled()
    lease, spare = await world.vm(), await world.vm()
    await asyncio.sleep(3 * LONGEST_RENEWAL)
    await one.lockspaces.acquire(lease)
    await one.lockspaces.acquire(spare)
    last = (await host(world, two, 1)).timestamp
    crashed = now()
    one.crash()
    states = [(await host(world, three, 1)).state]
    await asyncio.sleep(2 * LONGEST_RENEWAL)
    taking = asyncio.create_task(two.lockspaces.acquire(lease))
    while not taking.done():
        states.append((await host(world, three, 1)).state)
        assert await owner(three, lease) == LeaseOwner(host_id=1, generation=1) or taking.done()
        await asyncio.sleep(1)
    await taking
    took = now() - crashed
    assert DEAD - 2 * IO_TIMEOUT <= took <= DEAD + 2 * IO_TIMEOUT + SOON
    assert await owner(three, lease) == LeaseOwner(host_id=2, generation=1)
    order = [HostState.LIVE, HostState.FAIL, HostState.DEAD]
    assert states == sorted(states, key=order.index)
    assert {HostState.LIVE, HostState.FAIL} <= set(states)
    async with asyncio.timeout(2 * IO_TIMEOUT + SOON):
        while (dead := await host(world, three, 1)).state is not HostState.DEAD:
            await asyncio.sleep(0.05)
    assert dead.generation == 1
    assert last <= dead.timestamp <= last + 2 * IO_TIMEOUT + 1
    began = now()
    await three.lockspaces.acquire(spare)
    assert now() - began < SOON


@contract()
async def a_proof_frees_what_the_dead_host_held_and_nothing_else(world: World) -> None:
    one, two, _ = world.sites
    await world.pooled(1, 2)
    dead, alive, free = await world.vm(), await world.vm(), await world.vm()
    await one.lockspaces.acquire(dead)
    await two.lockspaces.acquire(alive)
    one.crash()
    last = (await host(world, two, 1)).timestamp
    clear = two.lockspaces.clear
    assert not await clear(dead, proof(1, 2, last))
    assert not await clear(dead, proof(3, 1, last))
    assert not await clear(alive, proof(1, 1, last))
    assert not await clear(free, proof(1, 1, last))
    old = proof(1, 1, last, CLEARING + 1)
    await refused(clear(dead, old), "fence.unproven", SOON)
    await refused(clear(dead, proof(1, 1, last - 1)), "fence.contradicted", SOON)
    assert await owner(two, dead) == LeaseOwner(host_id=1, generation=1)
    assert await two.lockspaces.holds(alive)
    assert await owner(two, alive) == LeaseOwner(host_id=2, generation=1)
    began = now()
    assert await clear(dead, proof(1, 1, last))
    assert await owner(two, dead) is None
    assert not await clear(dead, proof(1, 1, last))
    await two.lockspaces.acquire(dead)
    assert now() - began < SOON


@contract()
async def a_paused_guest_keeps_its_lease(world: World) -> None:
    one, two, _ = world.sites
    await world.pooled(1, 2)
    lease = await world.vm()
    await one.lockspaces.acquire(lease)
    await one.lockspaces.release(lease)
    guest = await one.guest()
    at_once = await asyncio.gather(*(one.lockspaces.keep(lease, guest) for _ in range(8)))
    assert set(at_once) == {2}, (
        "as when an agent dies with its question, and the next one asks again"
    )
    assert await one.lockspaces.keep(lease, guest) == 2
    await one.restart_agent()
    assert await owner(two, lease) == LeaseOwner(host_id=1, generation=1)
    await refused(one.lockspaces.leave(world.place(1)), "lease.held", SOON)
    one.end_guest(guest)
    await released(two, lease, SOON)


@contract()
async def a_paused_guest_is_out_of_date_once_another_held_its_lease(world: World) -> None:
    one, two, _ = world.sites
    await world.pooled(1, 2)
    lease = await world.vm()
    guest, moved = await one.guest(), await two.guest()
    await one.lockspaces.acquire(lease)
    await one.lockspaces.release(lease)
    await refused(two.lockspaces.keep(lease, moved), "lease.outdated", SOON)
    assert await two.lockspaces.keep(lease, moved, version=1) == 2
    await refused(one.lockspaces.keep(lease, guest), "lease.outdated", SOON)
    two.end_guest(moved)
    await released(one, lease, SOON)
    await refused(one.lockspaces.keep(lease, guest), "lease.outdated", SOON)
    await refused(one.lockspaces.keep(lease, guest, version=1), "lease.outdated", SOON)
    assert await owner(one, lease) is None


@contract()
async def a_lease_that_was_cleared_is_nobody_s_to_keep(world: World) -> None:
    one, _, _ = world.sites
    await world.pooled(1, 2)
    lease = await world.vm()
    guest = await one.guest()
    await one.lockspaces.acquire(lease)
    await cleared_while_frozen(world, lease)
    await one.lockspaces.release(lease)
    await refused(one.lockspaces.keep(lease, guest), "lease.outdated", SOON)


async def cleared_while_frozen(world: World, lease: Resource) -> None:
    """By the second server, which takes the first for dead: its daemon stands still for a moment."""
    one, two, _ = world.sites
    one.freeze_daemon()
    last = (await host(world, two, 1)).timestamp
    assert await two.lockspaces.clear(lease, proof(1, 1, last))
    one.thaw_daemon()


@contract()
async def a_host_that_renewed_since_its_proof_keeps_its_leases(world: World) -> None:
    one, two, _ = world.sites
    await world.pooled(1, 2)
    lease = await world.vm()
    await one.lockspaces.acquire(lease)
    last = (await host(world, two, 1)).timestamp
    async with asyncio.timeout(LONGEST_RENEWAL + SOON):
        while (await host(world, two, 1)).timestamp == last:
            await asyncio.sleep(0.05)
    await refused(two.lockspaces.clear(lease, proof(1, 1, last)), "fence.contradicted", SOON)
    assert await owner(two, lease) == LeaseOwner(host_id=1, generation=1)


@contract()
async def the_end_of_its_former_holder_leaves_a_lease_to_the_new_one(world: World) -> None:
    """A guest that ran on by mistake is ended, and its daemon lets go of what it believes it has."""
    one, two, three = world.sites
    await world.pooled()
    lease = await world.vm()
    await one.lockspaces.acquire(lease)
    await one.lockspaces.release(lease)
    stray = await one.guest()
    await one.lockspaces.keep(lease, stray)
    await cleared_while_frozen(world, lease)
    await two.lockspaces.acquire(lease)
    one.end_guest(stray)
    await asyncio.sleep(2 * LONGEST_RENEWAL)
    assert await owner(three, lease) == LeaseOwner(host_id=2, generation=1)
    assert await two.lockspaces.holds(lease)


@contract("well", "frozen")
async def the_owners_of_many_leases_are_read_at_once(world: World, daemon: str) -> None:
    """Whatever the daemon of this server does, and whichever of them cannot be read."""
    one, two, _ = world.sites
    await world.pooled(1, 2)
    leases = [await world.vm() for _ in range(4)]
    ours, theirs, free, damaged = leases
    await one.lockspaces.acquire(ours)
    await two.lockspaces.acquire(theirs)
    await two.lockspaces.acquire(free)
    await two.lockspaces.release(free)
    world.truncate(damaged.path)
    if daemon == "frozen":
        one.freeze_daemon()
    began = now()
    found = await one.lockspaces.owners(leases)
    assert now() - began < SOON
    assert found == {
        ours: LeaseOwner(host_id=1, generation=1),
        theirs: LeaseOwner(host_id=2, generation=1),
        free: None,
    }
    if daemon == "frozen":
        one.thaw_daemon()


@contract("truncated", "removed")
async def a_damaged_lockspace_is_called_so(world: World, harm: str) -> None:
    one, two, _ = world.sites
    await world.pooled(1)
    path = lockspace_path(world.root)
    (world.truncate if harm == "truncated" else world.remove)(path)
    for asking in (two.lockspaces.join(world.place(2)), one.lockspaces.hosts(world.place(1))):
        error = await refused(asking, "lease.lockspace", SOON)
        assert path in str(error)
    again = one.leases.init(world.root, world.pool, IO_TIMEOUT)
    await refused(again, "lease.lockspace", SOON)


@contract()
async def a_lockspace_of_yesterday_is_called_so(world: World) -> None:
    """In it every lease that is held looks free."""

    one, two, _ = world.sites
    path = lockspace_path(world.root)
    await one.leases.init(world.root, world.pool, IO_TIMEOUT)
    yesterday = world.copy(path)
    await world.pooled(1)
    await one.lockspaces.acquire(pool_lease(world.root, world.pool, MASTER))
    await asyncio.sleep(3 * IO_TIMEOUT)
    world.put(path, yesterday)
    for asking, code in (
        (two.lockspaces.join(world.place(2)), "lease.lockspace"),
        (one.lockspaces.hosts(world.place(1)), "lease.replaced"),
    ):
        error = await refused(asking, code, SOON)
        assert path in str(error)


@contract("copied", "fresh")
async def who_uses_a_lockspace_that_is_replaced_goes_on_with_the_old_one(
    world: World, by: str
) -> None:
    """Until it leaves that, and joins what is there now."""
    one, two, _ = world.sites
    path = lockspace_path(world.root)
    await one.leases.init(world.root, world.pool, IO_TIMEOUT)
    fresh = world.copy(path)
    await world.pooled(1, 2)
    lease = await world.vm()
    await one.lockspaces.acquire(lease)
    await asyncio.sleep(LONGEST_RENEWAL)
    world.put(path, world.copy(path) if by == "copied" else fresh)
    await asyncio.sleep(LEASE_LOST * IO_TIMEOUT + LONGEST_RENEWAL)
    for number, site in enumerate((one, two), start=1):
        await refused(site.lockspaces.hosts(world.place(number)), "lease.replaced", SOON)
        assert await site.lockspaces.joined(world.place(number))
    assert await one.lockspaces.holds(lease)
    await one.lockspaces.release(lease)
    await one.lockspaces.leave(world.place(1))
    if by == "copied":
        await one.lockspaces.join(world.place(1))
        assert (await host(world, one, 1)).generation == 2


@contract()
async def the_leases_of_a_pool_go_when_nobody_is_in_it(world: World) -> None:
    one, two, _ = world.sites
    await world.pooled(1, 2)
    lease = await world.vm()
    two.crash()
    remove = one.leases.remove
    other = "00000000-0000-4000-8000-000000000000"
    await refused(remove(world.root, world.pool), "lease.held", SOON)
    await one.lockspaces.leave(world.place(1))
    await remove(world.root, other)
    assert await owner(one, lease) is None
    await remove(world.root, world.pool)
    await refused(owner(one, lease), "lease.lockspace", SOON)
    await remove(world.root, world.pool)
    await one.leases.init(world.root, world.pool, IO_TIMEOUT)
    await one.lockspaces.join(world.place(1))
    assert (await host(world, one, 1)).generation == 1


@contract()
async def the_lockspace_of_another_pool_is_refused(world: World) -> None:
    _one, two, _ = world.sites
    await world.pooled(1)
    other = "00000000-0000-4000-8000-000000000000"
    await refused(two.lockspaces.join(world.place(2, other)), "lease.lockspace", SOON)
    await refused(two.leases.init(world.root, other, IO_TIMEOUT), "lease.lockspace", SOON)


@contract()
async def laying_out_leases_replaces_none(world: World) -> None:
    one, two, _ = world.sites
    await world.pooled(1, 2)
    lease = await world.vm()
    master = pool_lease(world.root, world.pool, MASTER)
    await one.lockspaces.acquire(lease)
    await one.lockspaces.acquire(master)
    await two.leases.init(world.root, world.pool, IO_TIMEOUT)
    await two.leases.create(world.root, world.pool, lease.name)
    await asyncio.sleep(4 * IO_TIMEOUT)
    for held in (lease, master):
        assert await owner(two, held) == LeaseOwner(host_id=1, generation=1)
        await refused(two.lockspaces.acquire(held), "lease.held", SOON)
        assert await one.lockspaces.holds(held)


@contract()
async def many_may_lay_out_the_same_leases_at_once(world: World) -> None:
    sites = world.sites
    init = [s.leases.init(world.root, world.pool, IO_TIMEOUT) for s in sites for _ in range(3)]
    await asyncio.gather(*init)
    vm = (await world.vm()).name
    await asyncio.gather(*(s.leases.create(world.root, world.pool, vm) for s in sites))
    await sites[0].lockspaces.join(world.place(1))
    await sites[0].lockspaces.acquire(world.lease(vm))
    left = Path(vm_directory(world.root, vm))
    assert not left.exists() or [p.name for p in left.iterdir()] == ["lease"]


@contract()
async def a_lease_needs_the_directory_of_its_vm(world: World) -> None:
    await world.pooled(1)
    making = world.sites[0].leases.create(world.root, world.pool, "no-such-vm")
    if isinstance(world.root, str) and Path(world.root).is_dir():
        await refused(making, "storage.unavailable", SOON)
    else:
        await making


@contract()
async def who_wakes_too_late_for_its_leases_loses_them(world: World) -> None:
    one, two, _ = world.sites
    await world.pooled(1, 2)
    lease = await world.vm()
    await one.lockspaces.acquire(lease)
    one.freeze_daemon()
    await asyncio.sleep(LEASE_LOST * IO_TIMEOUT + LONGEST_RENEWAL + 1)
    one.thaw_daemon()
    async with asyncio.timeout(SOON):
        await one.killed()
    assert await owner(two, lease) == LeaseOwner(host_id=1, generation=1)
    await one.restart_agent()
    async with asyncio.timeout(5 * SOON):
        while await one.lockspaces.joined(world.place(1)):  # lets go once those it killed are gone
            await asyncio.sleep(0.05)
    await one.lockspaces.join(world.place(1))
    assert (await host(world, two, 1)).generation == 2
    await two.lockspaces.acquire(lease)


@contract()
async def a_short_sleep_costs_nothing(world: World) -> None:
    one, two, _ = world.sites
    await world.pooled(1, 2)
    lease = await world.vm()
    await one.lockspaces.acquire(lease)
    one.freeze_daemon()
    await asyncio.sleep(4 * IO_TIMEOUT)
    one.thaw_daemon()
    await asyncio.sleep(2 * LONGEST_RENEWAL)
    assert await one.lockspaces.holds(lease)
    await refused(two.lockspaces.acquire(lease), "lease.held", SOON)


@contract("ended", "frozen")
async def a_daemon_that_does_not_answer_is_called_so(world: World, fault: str) -> None:
    one, two, _ = world.sites
    await world.pooled(1, 2)
    lease = await world.vm()
    await one.lockspaces.acquire(lease)
    (one.end_daemon if fault == "ended" else one.freeze_daemon)()
    ask = one.lockspaces
    for asking in (ask.joined(world.place(1)), ask.holds(lease), ask.acquire(lease)):
        await refused(asking, "lease.daemon", SOON)
    assert await owner(two, lease) == LeaseOwner(host_id=1, generation=1)
    if fault == "frozen":
        one.thaw_daemon()
        assert await ask.holds(lease)


@contract()
async def without_a_watchdog_there_is_none(world: World) -> None:
    assert await world.sites[0].lockspaces.watchdog() is None


@pytest.mark.parametrize("name", SCENARIOS)
def test_in_memory(name: str) -> None:
    play_in_memory(SCENARIOS[name])


@pytest.mark.parametrize("name", SCENARIOS)
def test_in_files(name: str, tmp_path: Path) -> None:
    play_in_files(SCENARIOS[name], tmp_path)


@pytest.fixture(scope="module")
def played(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Future[None]]]:
    """Those with sanlock that were asked for, the longest first."""
    asked = [i for i in request.session.items if getattr(i, "originalname", "") == "test_sanlock"]
    names = [str(i.callspec.params["name"]) for i in asked if isinstance(i, pytest.Function)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield {
            name: pool.submit(play_with_sanlock, SCENARIOS[name], tmp_path_factory.mktemp("leases"))
            for name in sorted(names, key=lambda n: n != "dead-host-s-leases-come-free-in-time")
        }


@pytest.mark.lab
@pytest.mark.slow
@pytest.mark.parametrize("name", SCENARIOS)
def test_sanlock(name: str, played: dict[str, Future[None]]) -> None:
    played[name].result()
