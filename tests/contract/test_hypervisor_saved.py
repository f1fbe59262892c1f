"""What becomes of a saved memory when something dies or comes between."""

import asyncio
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from millpond.domain.errors import Refused, Unknown
from millpond.domain.job import TaskStatus
from millpond.domain.names import new_id
from millpond.domain.vm import Power
from millpond.lab.lab import Lab
from tests.contract.hypervisors import REAL, LabChild, Pair
from tests.contract.stopping import processes, stopped


@pytest.mark.parametrize("pair", REAL, indirect=True)
async def test_memory_of_a_guest_that_ended_while_it_was_brought_up_to_date_is_gone(
    pair: Pair,
) -> None:
    """A guest without drivers lets go of no VIF: the restore still waits for that."""
    spec, hypervisor = pair.spec(), pair.source.hypervisor
    vm, (path, local) = spec.config.id, pair.file(spec, "suspend.img")
    await hypervisor.start(spec)
    await hypervisor.save("job/save", vm, path)
    assert (await pair.source.follow("job/save")).status is TaskStatus.DONE
    unplugged = spec.config.model_copy(update={"vifs": ()})
    awake = spec.model_copy(update={"run": new_id(), "config": unplugged})
    restoring = asyncio.create_task(hypervisor.restore(awake))
    async with asyncio.timeout(90):
        while (guest := await hypervisor.guest(vm)) is None or guest.power is not Power.RUNNING:
            await asyncio.sleep(0.05)
    await hypervisor.destroy(vm)
    with pytest.raises(Refused) as refusal:
        await restoring
    assert refusal.value.code == "vm.state"
    assert "used up" in str(refusal.value)
    assert not local.exists()


@pytest.mark.parametrize("pair", REAL, indirect=True)
async def test_a_restore_whose_agent_dies_before_the_guest_runs_goes_on(
    pair: Pair, lab: tuple[Lab, Path]
) -> None:
    """Its image cannot be removed for a while (in its server's eyes something is mounted on it), so the
    guest stands still, under its lease, and is to be seen."""
    spec, target = pair.spec(boots=True), pair.target
    vm, (path, local) = spec.config.id, pair.file(spec, "suspend.img")
    await pair.source.hypervisor.start(spec)
    counted = await pair.source.tick_after(vm, 3)
    await pair.source.hypervisor.save("job/save", vm, path)
    assert (await pair.source.follow("job/save")).status is TaskStatus.DONE
    awake = spec.model_copy(update={"run": new_id()})
    assert lab[0].exec("srv2", ["mount", "--bind", path, path]).returncode == 0
    agent = await LabChild.start(lab[0], "srv2")
    try:
        with pytest.raises(Unknown, match="cannot be removed"):
            await agent.site(2).hypervisor.restore(awake)
    finally:
        await agent.kill()
        lab[0].exec("srv2", ["umount", path])
    assert local.exists()
    guest = await target.must(vm)
    assert (guest.run, guest.power) == (awake.run, Power.PAUSED)
    with pytest.raises(Refused) as refusal:
        await pair.source.hypervisor.restore(awake)
    assert refusal.value.code == "lease.held"
    assert (await target.hypervisor.restore(awake)).power is Power.RUNNING
    assert not local.exists()
    assert await target.tick_after(vm, counted) > counted


async def _held_up(guest: str) -> AbstractContextManager[None]:
    """Its QEMU, as soon as there is one, stands still."""
    async with asyncio.timeout(90):
        while not (found := processes(guest)):
            await asyncio.sleep(0.005)
    return stopped(found)


@pytest.mark.parametrize("pair", REAL, indirect=True)
async def test_a_guest_that_another_outran_while_it_was_loaded_never_runs(
    pair: Pair, lab: tuple[Lab, Path]
) -> None:
    """The other took its lease before it was asked for here: it is ended, and its memory is out of date."""
    spec, target = pair.spec(), pair.target
    diskless = spec.config.model_copy(update={"disks": ()})
    vm, (path, local) = spec.config.id, pair.file(spec, "suspend.img")
    await pair.source.hypervisor.start(spec)
    await pair.source.hypervisor.save("job/save", vm, path)
    assert (await pair.source.follow("job/save")).status is TaskStatus.DONE
    awake = spec.model_copy(update={"run": new_id()})
    restoring = asyncio.create_task(target.hypervisor.restore(awake))
    other = spec.model_copy(update={"run": new_id(), "config": diskless})
    with await _held_up(f"guest=vm-{vm[:8]}"):
        await pair.source.hypervisor.start(other)
    with pytest.raises(Refused) as refusal:
        await restoring
    assert refusal.value.code == "lease.outdated"
    assert await target.hypervisor.guests() == []
    assert not local.exists()
