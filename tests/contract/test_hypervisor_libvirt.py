"""What only real guests and daemons can show of ``ports.hypervisor``: crashes, ways to migrate."""

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from millpond.adapters.libvirt import settling
from millpond.domain.errors import Refused
from millpond.domain.job import TaskStatus
from millpond.domain.migration import MigrationOptions
from millpond.domain.names import new_id, new_mac
from millpond.domain.vm import BootDevice, Disk, GuestSpec, Power, Vif, VifModel
from millpond.lab.lab import Lab
from tests.contract.hypervisors import (
    BRIDGE,
    DISK_SIZE,
    LOCKSPACE,
    REAL,
    LabChild,
    Pair,
    Seen,
)
from tests.contract.stopping import processes, stopped
from tests.support.truth import virsh


@pytest.mark.exhaustive
@pytest.mark.parametrize("pair", REAL, indirect=True)
@pytest.mark.parametrize(
    "options",
    [
        MigrationOptions(parallel=2, bandwidth=200),
        MigrationOptions(auto_converge=True, max_downtime=500),
        MigrationOptions(post_copy=True, bandwidth=30),
    ],
    ids=["parallel", "auto_converge", "post_copy"],
)
async def test_ways_to_migrate(pair: Pair, options: MigrationOptions) -> None:
    spec = pair.spec(boots=True)
    vm = spec.config.id
    await pair.source.hypervisor.start(spec)
    await pair.source.tick_after(vm, 3)
    await pair.source.hypervisor.migrate("m", vm, pair.target.address, options)
    state = await pair.source.follow("m")
    assert (state.status, state.error) == (TaskStatus.DONE, "")
    assert {"downtime_ms", "total_ms"} <= state.result.keys()
    await pair.target.tick_after(vm, 0)


@pytest.mark.parametrize("pair", REAL, indirect=True)
async def test_a_migration_outlives_its_agent(pair: Pair, lab: tuple[Lab, Path]) -> None:
    """The next agent, asked for the same, takes up what goes on in libvirtd."""
    spec = pair.spec(boots=True)
    vm, target = spec.config.id, pair.target
    agent = await LabChild.start(lab[0], "srv1")
    site = agent.site(1)
    await site.hypervisor.start(spec)
    counted = await site.tick_after(vm, 3)
    await site.hypervisor.migrate("m", vm, target.address, MigrationOptions(bandwidth=4))
    async with asyncio.timeout(90):
        while (await site.tasks.state("m", 0)).progress.percent is None:
            await asyncio.sleep(0.1)
    await agent.kill()
    assert (await pair.source.must(vm)).power is Power.RUNNING
    await pair.source.hypervisor.migrate("m", vm, target.address, MigrationOptions())
    state = await pair.source.follow("m")
    assert (state.status, state.error) == (TaskStatus.DONE, "")
    await target.tick_after(vm, counted)


@pytest.mark.parametrize("pair", REAL, indirect=True)
async def test_every_disk_and_network_model_starts(pair: Pair) -> None:
    targets = ("vda", "xvdb", "xvdc", "sda", "sdb", "hda", "hdc")
    spec = pair.spec(
        disks=tuple(
            Disk(target=t, source=f"file:{t}", size=DISK_SIZE, readonly=t in ("sdb", "hdc"))
            for t in targets
        ),
        vifs=tuple(Vif(mac=new_mac(), bridge=BRIDGE, model=m) for m in VifModel),
        boot=tuple(BootDevice),
        cpu_cap=50,
        max_vcpus=4,
    )
    for target in targets:
        pair.file(spec, target)[1].write_bytes(bytes(DISK_SIZE))
    guest = await pair.source.hypervisor.start(spec)
    assert guest.config == spec.config


@pytest.mark.parametrize("pair", REAL, indirect=True)
async def test_an_unreachable_target_fails_and_the_guest_runs_on(pair: Pair) -> None:
    spec, site = pair.spec(), pair.source
    await site.hypervisor.start(spec)
    await site.hypervisor.migrate("m", spec.config.id, "127.0.0.1", MigrationOptions())
    state = await site.follow("m")
    assert state.status is TaskStatus.FAILED
    assert state.error
    assert (await site.must(spec.config.id)).power is Power.RUNNING


@pytest.mark.parametrize("pair", REAL, indirect=True)
async def test_killed_libvirtd_touches_no_guest(pair: Pair, lab: tuple[Lab, Path]) -> None:
    spec, site = pair.spec(boots=True), pair.source
    vm = spec.config.id
    await site.hypervisor.start(spec)
    counted = await site.tick_after(vm, 3)
    _kill_libvirtd(lab[0], "srv1")
    began = time.monotonic()
    assert (await site.must(vm)).run == spec.run
    assert time.monotonic() - began < 30
    assert await site.tick_after(vm, counted) > counted
    await site.hypervisor.pause(vm)
    await site.change(Seen(vm, Power.PAUSED))
    await site.hypervisor.unpause(vm)
    # What ends while libvirtd is away is told when it is back.
    qemu = lab[0].exec("srv1", ["pgrep", "-f", f"guest=vm-{vm[:8]}"]).stdout.split()
    _kill_libvirtd(lab[0], "srv1")
    lab[0].exec("srv1", ["kill", "-9", *qemu])
    await site.change(Seen(vm, None))
    assert await site.hypervisor.guest(vm) is None


@pytest.mark.parametrize("pair", REAL, indirect=True)
@pytest.mark.parametrize("power", [Power.RUNNING, Power.PAUSED])
async def test_a_save_that_fails_leaves_the_guest_as_it_was(pair: Pair, power: Power) -> None:
    spec, site = pair.spec(), pair.source
    vm = spec.config.id
    await site.hypervisor.start(spec)
    if power is Power.PAUSED:
        await site.hypervisor.pause(vm)
    for task in ("one", "two"):
        await site.hypervisor.save(task, vm, "/nowhere/suspend.img")
        assert (await site.follow(task)).status is TaskStatus.FAILED
        assert (await site.must(vm)).power is power


@pytest.mark.parametrize("pair", REAL, indirect=True)
async def test_what_was_arriving_is_ended_though_its_source_says_nothing(
    pair: Pair, lab: tuple[Lab, Path]
) -> None:
    """libvirt itself would keep it for half a minute."""
    spec = pair.spec(boots=True)
    vm, target = spec.config.id, pair.target.hypervisor
    await pair.source.hypervisor.start(spec)
    await pair.source.tick_after(vm, 3)
    await pair.source.hypervisor.migrate(
        "m", vm, pair.target.address, MigrationOptions(bandwidth=1)
    )
    async with asyncio.timeout(90):
        while (await pair.source.tasks.state("m", 0)).progress.percent is None:
            await asyncio.sleep(0.1)
    lab[0].freeze("srv1")
    try:
        with pytest.raises(Refused):
            await target.accept_migration(spec)
        begun = time.monotonic()
        await target.destroy(vm)
        await target.accept_migration(spec)
        assert time.monotonic() - begun < 20
    finally:
        lab[0].thaw("srv1")


def _kill_libvirtd(lab: Lab, server: str) -> None:
    pid = lab.daemon_pid(server, "libvirtd")
    assert pid is not None
    os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize("pair", REAL, indirect=True)
@pytest.mark.parametrize("victim", ["srv1", "srv2"])
async def test_killed_libvirtd_in_mid_migration_leaves_one_copy(
    pair: Pair, lab: tuple[Lab, Path], victim: str
) -> None:
    spec, site = pair.spec(boots=True), pair.source
    vm = spec.config.id
    await site.hypervisor.start(spec)
    counted = await site.tick_after(vm, 3)
    await site.hypervisor.migrate("m", vm, pair.target.address, MigrationOptions(bandwidth=2))
    async with asyncio.timeout(90):
        while (await site.tasks.state("m", 0)).progress.percent is None:
            await asyncio.sleep(0.2)
    _kill_libvirtd(lab[0], victim)
    state = await site.follow("m")
    assert state.status is TaskStatus.FAILED
    async with asyncio.timeout(90):
        while await pair.target.hypervisor.guest(vm) is not None:
            await asyncio.sleep(0.2)
        while (await site.must(vm)).power is not Power.RUNNING:
            await asyncio.sleep(0.2)
    await site.tick_after(vm, counted)
    await site.hypervisor.migrate("m", vm, pair.target.address, MigrationOptions())
    state = await site.follow("m")
    assert (state.status, state.error) == (TaskStatus.DONE, "")
    await pair.target.tick_after(vm, 0)


@pytest.mark.parametrize("pair", REAL, indirect=True)
@pytest.mark.parametrize("restarted", ["srv1", "srv2"])
async def test_a_restart_of_libvirtd_waits_for_a_migration(
    pair: Pair, lab: tuple[Lab, Path], restarted: str
) -> None:
    """Whoever restarts it on the target has begun nothing there, and so has an agent that was started
    anew on the source."""
    spec, site = pair.spec(boots=True), pair.source
    vm = spec.config.id
    agent = await LabChild.start(lab[0], restarted)
    before = lab[0].daemon_pid(restarted, "libvirtd")
    await agent.site(1).hypervisor.guests()
    await site.hypervisor.start(spec)
    counted = await site.tick_after(vm, 3)
    await site.hypervisor.migrate("m", vm, pair.target.address, MigrationOptions(bandwidth=4))
    async with asyncio.timeout(90):
        while (await site.tasks.state("m", 0)).progress.percent is None:
            await asyncio.sleep(0.1)
    restarting = asyncio.create_task(agent.ask(port="libvirtd"))
    state = await site.follow("m")
    assert (state.status, state.error) == (TaskStatus.DONE, "")
    await restarting
    assert lab[0].daemon_pid(restarted, "libvirtd") != before
    await pair.target.tick_after(vm, counted)
    await agent.close()


async def _hand_over_stopped(pair: Pair, spec: GuestSpec, lab: Lab) -> tuple[int, int]:
    """Migrate a guest up to the moment in which all its memory is sent, and stop the target's libvirtd
    before it confirms: how far the guest has counted, and the stopped process."""
    site, vm = pair.source, spec.config.id
    await site.hypervisor.start(spec)
    counted = await site.tick_after(vm, 3)
    await site.hypervisor.migrate("m", vm, pair.target.address, MigrationOptions(bandwidth=8))
    async with asyncio.timeout(150):
        while (await site.tasks.state("m", 0)).progress.percent is None:
            await asyncio.sleep(0.1)
        target = lab.daemon_pid("srv2", "libvirtd")
        assert target is not None
        os.kill(target, signal.SIGSTOP)
        while await site.hypervisor.guest(vm) is not None:
            await asyncio.sleep(0.1)
    return counted, target


@pytest.mark.parametrize("pair", REAL, indirect=True)
@pytest.mark.parametrize("target_dies", [False, True], ids=["target_goes_on", "target_dies"])
async def test_an_interrupted_hand_over_leaves_one_copy(
    pair: Pair, lab: tuple[Lab, Path], target_dies: bool
) -> None:
    """The source's libvirtd dies when all memory is sent and the target has not confirmed yet.

    A target that goes on finds its order to run the guest and the end of the connection at the same
    time, and may heed either first; whichever it is, one copy runs in the end.
    """
    spec, site = pair.spec(boots=True), pair.source
    vm = spec.config.id
    counted, target = await _hand_over_stopped(pair, spec, lab[0])
    _kill_libvirtd(lab[0], "srv1")
    os.kill(target, signal.SIGKILL if target_dies else signal.SIGCONT)
    await site.follow("m")
    async with asyncio.timeout(150):
        while True:
            found = [(s, await s.hypervisor.guest(vm)) for s in (site, pair.target)]
            claims = [(s, guest) for s, guest in found if guest is not None]
            running = [s for s, guest in claims if guest.power is Power.RUNNING]
            assert len(running) <= 1
            if len(claims) == len(running) == 1:
                break
            await asyncio.sleep(0.1)
    assert not target_dies or running == [site]
    await running[0].tick_after(vm, counted)
    other = pair.target if running == [site] else site
    assert await other.hypervisor.guest(vm) is None


@pytest.mark.parametrize("pair", REAL, indirect=True)
async def test_a_hand_over_whose_target_is_gone_for_good_ends_on_the_source(
    pair: Pair, lab: tuple[Lab, Path]
) -> None:
    """Nobody can say that the target does not run the guest, but nobody has had its lease."""
    spec, site = pair.spec(boots=True), pair.source
    vm = spec.config.id
    counted, _ = await _hand_over_stopped(pair, spec, lab[0])
    _kill_libvirtd(lab[0], "srv1")
    lab[0].crash("srv2")
    try:
        async with asyncio.timeout(150):
            while (await site.must(vm)).power is not Power.RUNNING:
                await asyncio.sleep(0.1)
        await site.tick_after(vm, counted)
        assert not (await site.must(vm)).outdated
    finally:
        await asyncio.to_thread(lab[0].boot, "srv2")


@pytest.mark.parametrize("pair", REAL, indirect=True)
async def test_a_migration_that_hangs_is_ended_when_its_target_has_no_trace_of_it(
    pair: Pair, lab: tuple[Lab, Path]
) -> None:
    """This one hangs because its target went away without a word, and libvirtd asks it for none."""
    spec, site = pair.spec(boots=True), pair.source
    vm = spec.config.id
    with _libvirtd_with(lab[0], "srv1", "$a keepalive_interval = -1"):
        await _hand_over_stopped(pair, spec, lab[0])
        lab[0].crash("srv2")
        await asyncio.sleep(2 * settling.HUNG)
        assert vm in virsh(lab[0], "srv1", "list", "--uuid")
        await asyncio.to_thread(lab[0].boot, "srv2")
        async with asyncio.timeout(150):
            while vm in virsh(lab[0], "srv1", "list", "--uuid"):
                await asyncio.sleep(0.1)
    assert (await site.follow("m")).status is TaskStatus.FAILED
    again = await site.hypervisor.start(spec.model_copy(update={"run": new_id()}))
    assert again.power is Power.RUNNING


@contextmanager
def _libvirtd_with(lab: Lab, server: str, edit: str) -> Iterator[None]:
    """``edit`` is sed's, of qemu.conf."""
    settings = "/etc/libvirt/qemu.conf"
    lab.exec(server, ["sed", "-i.before", edit, settings])
    _kill_libvirtd(lab, server)
    try:
        yield
    finally:
        lab.exec(server, ["mv", f"{settings}.before", settings])
        _kill_libvirtd(lab, server)


@pytest.mark.parametrize("pair", REAL, indirect=True)
async def test_a_silent_owner_of_the_lease_blocks_nothing(
    pair: Pair, lab: tuple[Lab, Path]
) -> None:
    """sanlock waits until it is dead for certain, and libvirtd would answer no question meanwhile."""
    spec, target = pair.spec(), pair.target
    await pair.source.hypervisor.start(spec)
    lab[0].crash("srv1")
    began = time.monotonic()
    with pytest.raises(Refused) as refusal:
        await target.hypervisor.start(spec)
    assert refusal.value.code == "lease.held"
    assert refusal.value.details == {"host_id": 1}
    assert await target.hypervisor.guests() == []
    assert time.monotonic() - began < 30
    await asyncio.to_thread(lab[0].boot, "srv1")


@pytest.mark.parametrize("pair", REAL, indirect=True)
async def test_a_copy_that_another_server_outran_makes_way(
    pair: Pair, lab: tuple[Lab, Path]
) -> None:
    """It stands still without its lease, as a failed migration leaves it, and the guest has run elsewhere
    since (without its disk, of which this copy did not let go as a migration does). One that nobody
    outran is not ended by a start."""
    spec = pair.spec()
    diskless = spec.config.model_copy(update={"disks": ()})
    vm, name = spec.config.id, spec.config.name
    runs = [spec.model_copy(update={"run": new_id()}) for _ in range(3)]
    await pair.source.hypervisor.start(spec)
    with _no_agent("1"):
        lab[0].exec("srv1", ["virsh", "-c", "qemu:///system", "suspend", name])
        await pair.target.hypervisor.start(runs[0].model_copy(update={"config": diskless}))
        await pair.target.hypervisor.destroy(vm)
    with pytest.raises(Refused) as refusal:
        await pair.source.hypervisor.unpause(vm)
    assert refusal.value.code == "lease.outdated"
    assert (await pair.source.must(vm)).outdated
    assert (await pair.source.hypervisor.start(runs[1])).run == runs[1].run
    await pair.source.hypervisor.pause(vm)
    with pytest.raises(Refused) as refusal:
        await pair.source.hypervisor.start(runs[2])
    assert refusal.value.code == "vm.state"
    await pair.source.hypervisor.unpause(vm)
    assert (await pair.source.must(vm)).run == runs[1].run


def _no_agent(server: str) -> AbstractContextManager[None]:
    """Who would see to the leases of that server's guests stands still, and nobody of another lab."""
    return stopped(processes(f"tests.contract.hypervisor_child\0{server}\0{LOCKSPACE}"))


@pytest.mark.parametrize("pair", REAL, indirect=True)
async def test_a_guest_that_libvirtd_starts_without_its_lease_is_ended(
    pair: Pair, lab: tuple[Lab, Path]
) -> None:
    """What its files say now is not what it read when it began."""
    spec, site = pair.spec(), pair.source
    settings = "/etc/libvirt/qemu.conf"
    lab[0].exec("srv1", ["sed", "-i.before", 's/"sanlock"/"nop"/', settings])
    _kill_libvirtd(lab[0], "srv1")
    assert await site.hypervisor.guests() == []
    lab[0].exec("srv1", ["mv", f"{settings}.before", settings])
    with pytest.raises(Refused) as refusal:
        await site.hypervisor.start(spec)
    assert refusal.value.code == "lease.daemon"
    assert "without its lease" in str(refusal.value)
    assert await site.hypervisor.guests() == []
    _kill_libvirtd(lab[0], "srv1")
    assert (await site.hypervisor.start(spec)).power is Power.RUNNING
