"""``ports.hypervisor``: one suite for the fake and for libvirt with real guests."""

import asyncio
import time
from collections.abc import Awaitable
from pathlib import Path
from typing import Any

import pytest

from millpond.adapters.fake.engine import FakeEngine
from millpond.domain.errors import Failed, Refused, Unknown
from millpond.domain.job import TaskStatus
from millpond.domain.migration import MigrationOptions
from millpond.domain.names import new_id, new_mac
from millpond.domain.vm import Coming, Guest, GuestSpec, Power, Vif, pending
from tests.contract.hypervisors import (
    BRIDGE,
    LEASED,
    Pair,
    Seen,
    Site,
    fake_site,
)


async def test_start_is_safe_to_repeat(pair: Pair) -> None:
    spec, hypervisor = pair.spec(), pair.source.hypervisor
    assert await hypervisor.guest(spec.config.id) is None
    first, second = await asyncio.gather(hypervisor.start(spec), hypervisor.start(spec))
    again = await hypervisor.start(spec)
    for guest in (first, second, again, *(await hypervisor.guests())):
        assert (guest.id, guest.run, guest.power) == (spec.config.id, spec.run, Power.RUNNING)
        assert guest.config == spec.config
    with pytest.raises(Refused) as refusal:
        await hypervisor.start(spec.model_copy(update={"run": new_id()}))
    assert refusal.value.code == "vm.state"
    assert (await pair.source.must(spec.config.id)).run == spec.run
    assert await pair.target.hypervisor.guests() == []


async def _claimed_throughout(site: Site, work: Awaitable[Guest], spec: GuestSpec) -> None:
    """While ``work`` brings it to life, the server says so until it says that it has it."""
    hypervisor, expected = site.hypervisor, Coming(vm=spec.config.id, run=spec.run)
    running, said = asyncio.ensure_future(work), 0
    while not running.done():
        coming, guests = await hypervisor.coming(), await hypervisor.guests()
        assert coming in ([], [expected])
        assert coming or guests or not said, "it was told of, and is not any more"
        said += bool(coming)
        await asyncio.sleep(0.005)
    assert (await running).run == spec.run
    assert said
    assert await hypervisor.coming() == []


async def test_a_guest_that_is_coming_is_told_of(pair: Pair) -> None:
    spec, site = pair.spec(), pair.source
    vm, (path, _) = spec.config.id, pair.file(spec, "suspend.img")
    assert await site.hypervisor.coming() == []
    await _claimed_throughout(site, site.hypervisor.start(spec), spec)
    await site.hypervisor.save("job/save", vm, path)
    assert (await site.follow("job/save")).status is TaskStatus.DONE
    awake = spec.model_copy(update={"run": new_id()})
    await _claimed_throughout(pair.target, pair.target.hypervisor.restore(awake), awake)
    assert await site.hypervisor.coming() == []


async def test_what_cannot_start_is_told_of_no_more(pair: Pair) -> None:
    spec = pair.spec(vifs=(Vif(mac=new_mac(), bridge="nowhere"),))
    with pytest.raises(Refused):
        await pair.source.hypervisor.start(spec)
    assert await pair.source.hypervisor.coming() == []


async def test_what_cannot_start_is_refused_and_leaves_nothing(pair: Pair) -> None:
    hypervisor = pair.source.hypervisor
    unplugged = pair.spec(vifs=(Vif(mac=new_mac(), bridge="nowhere"),))
    diskless = pair.spec()
    pair.file(diskless, "system.img")[1].unlink()
    for spec in (unplugged, diskless):
        with pytest.raises(Refused) as refusal:
            await hypervisor.start(spec)
        assert refusal.value.code == "hypervisor.refused"
        assert await hypervisor.guest(spec.config.id) is None


async def test_destroy_wakes_who_waits(pair: Pair) -> None:
    spec, hypervisor = pair.spec(), pair.source.hypervisor
    vm = spec.config.id
    await hypervisor.start(spec)
    assert not await hypervisor.wait_gone(vm, spec.run, 0.1)
    assert await hypervisor.wait_gone(vm, new_id(), 5)  # another run is not here
    patience = 30.0
    waiting = asyncio.create_task(hypervisor.wait_gone(vm, spec.run, patience))
    await asyncio.sleep(0.2)
    await hypervisor.destroy(vm)
    gone = time.monotonic()
    assert await hypervisor.guest(vm) is None
    assert await waiting
    assert time.monotonic() - gone < patience / 2, "it was told, and did not find out at the end"
    await hypervisor.destroy(vm)
    assert await hypervisor.wait_gone(vm, spec.run, 5)


async def test_guest_powers_off_when_asked(pair: Pair) -> None:
    spec, hypervisor = pair.spec(boots=True), pair.source.hypervisor
    vm = spec.config.id
    await hypervisor.start(spec)
    await pair.source.tick_after(vm, 3)
    for _ in range(45):
        await hypervisor.shutdown(vm)
        if await hypervisor.wait_gone(vm, spec.run, 2):
            break
    assert await hypervisor.guest(vm) is None
    await hypervisor.shutdown(vm)


async def test_pause_and_unpause(pair: Pair) -> None:
    spec, hypervisor = pair.spec(), pair.source.hypervisor
    vm = spec.config.id
    await hypervisor.start(spec)
    await hypervisor.unpause(vm)
    for _ in range(2):
        await hypervisor.pause(vm)
        assert (await pair.source.must(vm)).power is Power.PAUSED
    for _ in range(2):
        await hypervisor.unpause(vm)
        assert (await pair.source.must(vm)).power is Power.RUNNING
    for act in (hypervisor.pause, hypervisor.unpause):
        with pytest.raises(Refused) as refusal:
            await act(new_id())
        assert refusal.value.code == "vm.state"


async def test_what_running_guests_use_is_counted(pair: Pair) -> None:
    spec, hypervisor = pair.spec(boots=True), pair.source.hypervisor
    vm = spec.config.id
    assert await hypervisor.counters() == []
    await hypervisor.start(spec)
    await pair.source.tick_after(vm, 3)
    (before,) = await hypervisor.counters()
    assert (before.vm, before.cpus) == (vm, spec.config.vcpus)
    assert before.memory > 0
    assert before.disk_read > 0  # it has booted
    await pair.source.tick_after(vm, 3 + max(await pair.source.ticks(vm)))
    (after,) = await hypervisor.counters()
    assert before.cpu_time < after.cpu_time
    assert before.disk_read <= after.disk_read
    assert before.net_tx <= after.net_tx
    await hypervisor.pause(vm)
    assert await hypervisor.counters() == []


async def test_reset_happens_once_for_each_mark(pair: Pair) -> None:
    spec, site = pair.spec(boots=True), pair.source
    vm = spec.config.id
    await site.hypervisor.start(spec)
    await site.tick_after(vm, 2)
    await site.hypervisor.reset(vm, "first")
    assert (await site.must(vm)).mark == "first"
    if pair.image is not None:  # fakes do not tell of it
        await site.change(lambda c: (c.vm, c.reason) == (vm, "reboot"))
    await asyncio.sleep(0.5)
    before = len(site.changes)
    await site.hypervisor.reset(vm, "first")
    await asyncio.sleep(0.5)
    assert not [c for c in site.changes[before:] if c.reason == "reboot"]
    guest = await site.must(vm)
    assert (guest.mark, guest.run, guest.power) == ("first", spec.run, Power.RUNNING)


async def test_save_and_restore(pair: Pair) -> None:
    spec, site = pair.spec(boots=True), pair.source
    vm, (path, local) = spec.config.id, pair.file(spec, "suspend.img")
    await site.hypervisor.start(spec)
    counted = await site.tick_after(vm, 3)
    await site.hypervisor.save("job/save", vm, path)
    await site.hypervisor.save("job/save", vm, path)
    state = await site.follow("job/save")
    assert (state.status, state.error) == (TaskStatus.DONE, "")
    assert await site.hypervisor.guest(vm) is None
    assert [p.name for p in local.parent.iterdir() if p.name.startswith("suspend")] == [local.name]
    await site.hypervisor.save("other/save", vm, path)  # as after a crash of the agent
    assert (await site.follow("other/save")).status is TaskStatus.DONE

    awake = spec.model_copy(update={"run": new_id()})
    restored, again = await asyncio.gather(
        pair.target.hypervisor.restore(awake), pair.target.hypervisor.restore(awake)
    )
    assert restored.run == again.run == awake.run
    assert (restored.power, restored.config) == (Power.RUNNING, spec.config)
    assert not local.exists()
    if pair.image is not None:
        assert (await pair.target.ticks(vm) or [counted + 1])[0] > counted
        assert await pair.target.tick_after(vm, counted) > counted


async def _saved(pair: Pair, **changes: Any) -> GuestSpec:
    """A guest that was saved on the source, as it is to wake."""
    spec, site = pair.spec(**changes), pair.source
    await site.hypervisor.start(spec)
    await site.hypervisor.save("job/save", spec.config.id, pair.file(spec, "suspend.img")[0])
    assert (await site.follow("job/save")).status is TaskStatus.DONE
    return spec.model_copy(update={"run": new_id()})


async def test_memory_that_a_guest_ran_from_is_never_loaded_again(pair: Pair) -> None:
    """It ended before whoever asked for it heard that it ran, and asks again."""
    awake = await _saved(pair)
    vm = awake.config.id
    await pair.target.hypervisor.restore(awake)
    assert not pair.file(awake, "suspend.img")[1].exists()
    await pair.target.hypervisor.destroy(vm)
    for site in (pair.target, pair.source):
        with pytest.raises(Refused) as refusal:
            await site.hypervisor.restore(awake)
        assert refusal.value.code == "vm.state"
        assert f"millpond vm kill {awake.config.name}" in refusal.value.fix
        assert await site.hypervisor.guests() == []
        assert await site.hypervisor.coming() == []


async def test_memory_is_out_of_date_once_its_guest_was_started_afresh(pair: Pair) -> None:
    awake = await _saved(pair)
    await pair.source.hypervisor.start(awake.model_copy(update={"run": new_id()}))
    assert not pair.file(awake, "suspend.img")[1].exists()
    await pair.source.hypervisor.destroy(awake.config.id)
    with pytest.raises(Refused):
        await pair.target.hypervisor.restore(awake)
    assert await pair.target.hypervisor.guests() == []


async def test_what_cannot_be_restored_keeps_its_memory(pair: Pair) -> None:
    awake = await _saved(pair)
    system, image = pair.file(awake, "system.img")[1], pair.file(awake, "suspend.img")[1]
    away = system.rename(system.with_name("away"))
    if pair.image is not None:  # a fake guest wakes without its disk
        with pytest.raises(Refused) as refusal:
            await pair.target.hypervisor.restore(awake)
        assert refusal.value.code == "hypervisor.refused"
        assert await pair.target.hypervisor.guests() == []
    assert image.exists()
    away.rename(system)
    assert (await pair.target.hypervisor.restore(awake)).power is Power.RUNNING
    assert not image.exists()


@pytest.mark.parametrize("pair", ["fake", "memory"], indirect=True)
async def test_a_restore_that_was_broken_off_goes_on(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its agent died when the guest was there and had not run yet."""
    awake = await _saved(pair)
    vm, image, target = awake.config.id, pair.file(awake, "suspend.img")[1], pair.target

    async def died(*_: object, **__: object) -> None:
        raise Unknown("restore", "the agent is gone")

    with monkeypatch.context() as broken:
        broken.setattr(FakeEngine, "wake", died)
        with pytest.raises(Unknown):
            await target.hypervisor.restore(awake)
    assert (await target.must(vm)).power is Power.PAUSED
    assert image.exists()
    assert (await target.hypervisor.restore(awake)).power is Power.RUNNING
    assert not image.exists()


@pytest.mark.parametrize("pair", LEASED, indirect=True)
async def test_what_gets_no_lease_is_not_restored_and_keeps_its_memory(pair: Pair) -> None:
    awake = await _saved(pair)
    image = pair.file(awake, "suspend.img")[1]
    other = awake.model_copy(update={"run": new_id()})
    away = image.rename(image.with_name("away"))  # else the start removes it
    await pair.source.hypervisor.start(other)
    away.rename(image)
    with pytest.raises(Refused) as refusal:
        await pair.target.hypervisor.restore(awake)
    assert refusal.value.code == "lease.held"
    assert await pair.target.hypervisor.guests() == []
    assert image.exists()


async def test_a_save_without_a_guest_fails(pair: Pair) -> None:
    spec, site = pair.spec(), pair.source
    await site.hypervisor.save("t", spec.config.id, pair.file(spec, "suspend.img")[0])
    state = await site.follow("t")
    assert state.status is TaskStatus.FAILED
    assert spec.config.id in state.error


async def test_apply_changes_what_can_be_changed_hot(pair: Pair) -> None:
    spec, site = pair.spec(boots=True), pair.source
    vm, old = spec.config.id, spec.config
    await site.hypervisor.start(spec)
    await site.tick_after(vm, 10)  # its drivers are loaded
    added = Vif(mac=new_mac(), bridge=BRIDGE)
    wanted = old.model_copy(
        update={
            "memory": 128,
            "vcpus": 2,
            "cpu_weight": 200,
            "cpu_cap": 150,
            "vifs": (*old.vifs, added),
            "max_memory": 256,
            "name": "renamed",
            "description": "two & <more>",
        }
    )
    for _ in range(2):
        guest = await site.hypervisor.apply(spec.model_copy(update={"config": wanted}))
        assert pending(wanted, guest.config) == {"max_memory": 256, "name": "renamed"}
        assert guest.config.description == "two & <more>"
    await site.tick_after(vm, (await site.ticks(vm))[-1])
    wanted = wanted.model_copy(update={"memory": 96, "vifs": (added,)})
    async with asyncio.timeout(150):
        while True:
            guest = await site.hypervisor.apply(spec.model_copy(update={"config": wanted}))
            if guest.config.vifs == (added,):
                break
    assert guest.config.memory == 96
    assert await site.must(vm) is not None
    with pytest.raises(Refused):
        await site.hypervisor.apply(spec.model_copy(update={"run": new_id()}))


async def test_a_guest_without_drivers_leaves_changes_pending(pair: Pair) -> None:
    if pair.image is None:
        pytest.skip("a fake guest always agrees")
    spec, site = pair.spec(), pair.source  # an empty disk: nobody answers the unplug request
    await site.hypervisor.start(spec)
    wanted = spec.config.model_copy(update={"vifs": ()})
    guest = await site.hypervisor.apply(spec.model_copy(update={"config": wanted}))
    assert guest.config.vifs == spec.config.vifs


async def test_console(pair: Pair) -> None:
    spec, site = pair.spec(boots=True), pair.source
    vm = spec.config.id
    assert await site.hypervisor.console_tail(vm, 1000) == ""
    await site.hypervisor.start(spec)
    await site.tick_after(vm, 12)
    assert len(await site.hypervisor.console_tail(vm, 10)) <= 10
    ticks = await site.ticks(vm)
    assert ticks == list(range(1, len(ticks) + 1))
    async with asyncio.timeout(90):
        seen = await site.talk(vm, "serial", "\n", "login:" if pair.image else "\n")
    assert "millpond tick" in seen
    if pair.image is not None:
        assert (await site.talk(vm, "vnc", "", "\n")).startswith("RFB 003.")
    for other, kind in ((new_id(), "serial"), (vm, "telepathy")):
        with pytest.raises(Refused):
            await site.talk(other, kind, "", "")


async def test_events_tell_every_state(pair: Pair) -> None:
    spec, site = pair.spec(), pair.source
    vm = spec.config.id
    await site.hypervisor.guests()
    await site.hypervisor.start(spec)
    await site.change(Seen(vm, Power.RUNNING))
    await site.hypervisor.pause(vm)
    await site.change(Seen(vm, Power.PAUSED))
    await site.hypervisor.unpause(vm)
    await site.hypervisor.destroy(vm)
    await site.change(Seen(vm, None))
    assert Seen(vm, None)(site.changes[-1])
    assert not pair.target.changes


async def test_live_migration_there_and_back(pair: Pair) -> None:
    spec = pair.spec(boots=True)
    vm = spec.config.id
    await pair.source.hypervisor.start(spec)
    counted = await pair.source.tick_after(vm, 5)
    here, there = pair.source, pair.target
    for task in ("one/migrate", "two/migrate"):
        await there.hypervisor.accept_migration(spec)
        await here.hypervisor.migrate(task, vm, there.address, MigrationOptions())
        await here.hypervisor.migrate(task, vm, there.address, MigrationOptions())
        state = await here.follow(task)
        assert (state.status, state.error) == (TaskStatus.DONE, "")
        assert {"downtime_ms", "total_ms"} <= state.result.keys()
        assert await here.hypervisor.guest(vm) is None
        guest = await there.must(vm)
        assert (guest.run, guest.power, guest.config) == (spec.run, Power.RUNNING, spec.config)
        await there.change(Seen(vm, Power.RUNNING))
        await here.change(Seen(vm, None))
        with pytest.raises(Refused) as refusal:
            await there.hypervisor.accept_migration(spec)
        assert refusal.value.code == "vm.state"
        if pair.image is not None:
            ticks = await there.ticks(vm)
            counted = await there.tick_after(vm, ticks[-1] if ticks else counted)
            ticks = await there.ticks(vm)
            assert ticks == list(range(ticks[0], ticks[0] + len(ticks)))
        here.changes.clear()
        there.changes.clear()
        here, there = there, here


async def test_migrating_what_has_arrived_is_done(pair: Pair) -> None:
    """An agent that crashed during the migration is asked again, under its new life's task."""
    spec = pair.spec()
    vm, target = spec.config.id, pair.target
    await pair.source.hypervisor.start(spec)
    for task in ("before", "after"):
        await pair.source.hypervisor.migrate(task, vm, target.address, MigrationOptions())
        assert (await pair.source.follow(task)).status is TaskStatus.DONE
    assert (await target.must(vm)).run == spec.run
    gone = new_id()
    await pair.source.hypervisor.migrate("none", gone, target.address, MigrationOptions())
    assert (await pair.source.follow("none")).status is TaskStatus.FAILED


async def test_a_cancelled_migration_leaves_the_guest_where_it_was(pair: Pair) -> None:
    spec = pair.spec(boots=True)
    vm, site = spec.config.id, pair.source
    await site.hypervisor.start(spec)
    counted = await site.tick_after(vm, 3)
    await site.hypervisor.migrate("slow", vm, pair.target.address, MigrationOptions(bandwidth=1))
    await asyncio.sleep(0.1)
    if pair.image is not None:
        async with asyncio.timeout(90):
            while (await site.tasks.state("slow", 0)).progress.percent is None:
                await asyncio.sleep(0.2)
        assert await pair.target.hypervisor.guest(vm) is None  # arriving, but not there
        assert (await site.must(vm)).power is Power.RUNNING
    await site.tasks.cancel("slow")
    assert (await site.follow("slow")).status is TaskStatus.CANCELLED
    assert (await site.must(vm)).power is Power.RUNNING
    assert await pair.target.hypervisor.guest(vm) is None
    await site.tick_after(vm, counted)
    await site.hypervisor.migrate("slow", vm, pair.target.address, MigrationOptions())
    assert (await site.follow("slow")).status is TaskStatus.DONE


@pytest.mark.parametrize("pair", LEASED, indirect=True)
async def test_what_is_arriving_can_be_ended(pair: Pair) -> None:
    """Nobody claims it, and it takes its room and its id all the same."""
    spec = pair.spec(boots=True)
    vm, source, target = spec.config.id, pair.source, pair.target
    await source.hypervisor.start(spec)
    await source.tick_after(vm, 3)
    await source.hypervisor.migrate("slow", vm, target.address, MigrationOptions(bandwidth=1))
    async with asyncio.timeout(90):
        while (await source.tasks.state("slow", 0)).progress.percent is None:
            await asyncio.sleep(0.01)
    with pytest.raises(Refused) as refusal:
        await target.hypervisor.accept_migration(spec)
    assert refusal.value.code == "vm.state"
    assert await target.hypervisor.coming() == [Coming(vm=vm, run=spec.run)]
    assert await source.hypervisor.coming() == []
    await target.hypervisor.destroy(vm)
    assert await target.hypervisor.coming() == []
    await target.hypervisor.accept_migration(spec)
    assert (await source.follow("slow")).status is TaskStatus.FAILED
    assert (await source.must(vm)).power is Power.RUNNING


async def test_target_refuses_what_it_could_not_run(pair: Pair) -> None:
    spec = pair.spec()
    vifs = (Vif(mac=new_mac(), bridge="nowhere"),)
    unplugged = spec.model_copy(update={"config": spec.config.model_copy(update={"vifs": vifs})})
    diskless = spec.model_copy(update={"directory": "/nowhere"})
    for bad, code in ((unplugged, "migration.bridge"), (diskless, "migration.disk")):
        with pytest.raises(Refused) as refusal:
            await pair.target.hypervisor.accept_migration(bad)
        assert refusal.value.code == code
    await pair.target.hypervisor.accept_migration(spec)


@pytest.mark.parametrize("pair", LEASED, indirect=True)
async def test_a_guest_runs_under_its_lease_alone(pair: Pair) -> None:
    spec = pair.spec()
    again = spec.model_copy(update={"run": new_id()})
    await pair.source.hypervisor.start(spec)
    with pytest.raises(Refused) as refusal:
        await pair.target.hypervisor.start(again)
    assert refusal.value.code == "lease.held"
    assert await pair.target.hypervisor.guest(spec.config.id) is None
    await pair.source.hypervisor.destroy(spec.config.id)
    await pair.target.hypervisor.start(again)


@pytest.mark.parametrize("pair", LEASED, indirect=True)
async def test_a_paused_guest_keeps_its_lease(pair: Pair) -> None:
    spec, site = pair.spec(), pair.source
    vm = spec.config.id
    await site.hypervisor.start(spec)
    await site.hypervisor.pause(vm)
    with pytest.raises(Refused) as refusal:
        await pair.target.hypervisor.start(spec.model_copy(update={"run": new_id()}))
    assert refusal.value.code == "lease.held"
    await site.hypervisor.unpause(vm)
    assert (await site.must(vm)).power is Power.RUNNING


@pytest.mark.parametrize("pair", LEASED, indirect=True)
async def test_a_migration_takes_the_lease_along(pair: Pair) -> None:
    spec = pair.spec()
    vm = spec.config.id
    await pair.source.hypervisor.start(spec)
    await pair.source.hypervisor.migrate("m", vm, pair.target.address, MigrationOptions())
    assert (await pair.source.follow("m")).status is TaskStatus.DONE
    with pytest.raises(Refused) as refusal:
        await pair.source.hypervisor.start(spec.model_copy(update={"run": new_id()}))
    assert refusal.value.code == "lease.held"
    await pair.target.hypervisor.destroy(vm)
    await pair.source.hypervisor.start(spec.model_copy(update={"run": new_id()}))


async def test_tasks_that_nobody_started(pair: Pair) -> None:
    assert (await pair.source.tasks.state("nothing", 0.1)).status is TaskStatus.ABSENT
    await pair.source.tasks.cancel("nothing")


async def test_fake_guests_outlive_their_agent(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    site = await fake_site(tmp_path, "127.0.0.1", 0)
    spec: GuestSpec = Pair(site, site, tmp_path / "shared", None).spec()
    await site.hypervisor.start(spec)
    successor = await fake_site(tmp_path, "127.0.0.1", 0)
    assert (await successor.must(spec.config.id)).run == spec.run


async def test_a_fake_migration_of_a_dying_guest_fails(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    source = await fake_site(tmp_path, "127.0.0.1", 0.2)
    await fake_site(tmp_path, "127.0.0.2", 0)
    spec = Pair(source, source, tmp_path / "shared", None).spec()
    await source.hypervisor.start(spec)
    await source.hypervisor.migrate("m", spec.config.id, "127.0.0.2", MigrationOptions())
    await asyncio.sleep(0.05)
    await source.hypervisor.destroy(spec.config.id)
    state = await source.follow("m")
    assert state.status is TaskStatus.FAILED
    assert state.error == str(Failed("", "the guest ended while it was being moved").cause)
