"""A VM is changed and guarded by clicks, then the manager and the server that runs it are asked."""

import json
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.ui.conftest import Seat
from tests.ui.test_devices import agree, shown, vm_of
from tests.ui.test_screens import serious

pytestmark = [pytest.mark.slow, pytest.mark.whole]


def guest_of(seat: Seat, vm: str) -> dict[str, Any]:
    """What the server that runs it has of it."""
    (path,) = (seat.system.directory / "guests").glob(f"*/guests/{vm}.json")
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def test_a_running_guest_gets_memory_and_waits_for_more(seat: Seat) -> None:
    vm, page = seat.vm("edit1", memory=64, max_memory=128), seat.page
    dialog = shown(seat, f"vms/{vm}/overview", "Change CPU and memory")
    change = dialog.get_by_role("button", name="Change CPU and memory")
    expect(change).to_be_disabled()  # nothing is other than it was
    memory = dialog.get_by_role("textbox", name="Memory", exact=True)
    expect(memory).to_have_value("64M")
    memory.fill("256M")  # more than it can get
    expect(change).to_be_disabled()
    memory.fill("96M")
    dialog.get_by_label("CPU weight").fill("200")
    dialog.get_by_role("button", name="Commands").click()
    said = "millpond vm edit edit1 --memory 96M --cpu-weight 200"
    expect(dialog.get_by_text(said, exact=True)).to_be_visible()
    agree(dialog, "Change CPU and memory")
    expect(page.get_by_text("96 MiB / 128 MiB")).to_be_visible()
    config = vm_of(seat, vm)
    assert (config["memory"], config["cpu_weight"], config["vcpus"]) == (96, 200, 1)
    assert guest_of(seat, vm)["spec"]["config"]["memory"] == 96

    page.get_by_role("button", name="Change CPU and memory").click()
    page.get_by_role("dialog").get_by_label("vCPUs at most").fill("4")
    agree(page.get_by_role("dialog"), "Change CPU and memory")
    expect(page.get_by_text("max_vcpus: 4")).to_be_visible()  # waits for the next start
    assert guest_of(seat, vm)["spec"]["config"]["max_vcpus"] == 1


def test_a_vm_that_is_off_gets_more_than_it_could(seat: Seat) -> None:
    vm = seat.vm("edit2", start=False, memory=64)
    dialog = shown(seat, f"vms/{vm}/overview", "Change CPU and memory")
    dialog.get_by_role("textbox", name="Memory", exact=True).fill("1G")
    expect(dialog.get_by_label("Memory at most")).to_have_value("1G")
    dialog.get_by_role("textbox", name="vCPUs", exact=True).fill("2")
    agree(dialog, "Change CPU and memory")
    expect(seat.page.get_by_text("1 GiB")).to_be_visible()
    config = vm_of(seat, vm)
    assert [config[f] for f in ("memory", "max_memory", "vcpus", "max_vcpus")] == [1024, 1024, 2, 2]


def test_description_tags_and_boot_order(seat: Seat) -> None:
    vm, page = seat.vm("edit3", start=False, tags=["old"]), seat.page
    dialog = shown(seat, f"vms/{vm}/overview", "Change settings")
    dialog.get_by_label("Description").fill("Orders\nand bills")
    dialog.get_by_label("Tags").fill("not/a/tag")
    expect(dialog.get_by_role("button", name="Change settings")).to_be_disabled()
    dialog.get_by_label("Tags").fill("env=test web")
    dialog.get_by_label("Boot order").select_option(label="network, disk")
    agree(dialog, "Change settings")
    expect(page.get_by_role("link", name="env=test")).to_be_visible()
    config = vm_of(seat, vm)
    assert config["description"] == "Orders\nand bills"
    assert (config["tags"], config["boot"]) == (["env=test", "web"], ["network", "disk"])

    page.get_by_role("button", name="Change settings").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Tags").fill("")
    dialog.get_by_role("button", name="Commands").click()
    expect(dialog.get_by_text("millpond vm edit edit3 --tag ''", exact=True)).to_be_visible()
    agree(dialog, "Change settings")
    expect(page.get_by_role("link", name="env=test")).to_have_count(0)
    assert vm_of(seat, vm)["tags"] == []


def test_a_vm_is_guarded_once_its_pool_guards_too(seat: Seat) -> None:
    vm, page = seat.vm("guard1"), seat.page
    seat.vm("guard2", start=False)
    rule = {"name": "guards-apart", "kind": "apart", "vms": ["guard1", "guard2"]}
    seat.system.api.do("POST", "/pools/pool1/rules", rule)
    seat.system.api.do("PATCH", "/pools/pool1", {"ha": {"enabled": False}})
    dialog = shown(seat, f"vms/{vm}/ha", "Change HA")
    expect(page.get_by_text("does not ask for it")).to_be_visible()
    expect(page.get_by_text("is off in pool pool1")).to_be_visible()
    dialog.get_by_label("Restart it elsewhere").check()
    dialog.get_by_label("Restart priority").fill("7")
    dialog.get_by_label("srv2").check()
    dialog.get_by_role("button", name="Commands").click()
    said = "millpond vm edit guard1 --prefer srv2 --ha --restart-priority 7"
    expect(dialog.get_by_text(said, exact=True)).to_be_visible()
    agree(dialog, "Change HA")
    expect(page.get_by_text("does not ask for it")).to_have_count(0)
    config = vm_of(seat, vm)
    assert (config["ha"], config["restart_priority"]) == (True, 7)
    assert config["preferred_servers"] == ["srv2"]

    seat.system.api.do("PATCH", "/pools/pool1", {"ha": {"enabled": True}})
    expect(page.get_by_text("High availability guards it")).to_be_visible()
    row = page.get_by_role("row").filter(has_text="guards-apart")
    expect(row).to_contain_text("guard1, guard2")
    expect(page.get_by_text("No failovers yet")).to_be_visible()
    assert serious(seat) == []
