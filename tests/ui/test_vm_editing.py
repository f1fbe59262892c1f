"""A VM is made, copied, changed and guarded by clicks, then the manager and the server that runs it are asked."""

import json
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.support.scenarios import approved
from tests.ui.conftest import Seat
from tests.ui.test_devices import agree, shown, vm_of
from tests.ui.test_screens import serious
from tests.ui.test_vms import go_on, wizard

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


def test_a_vm_is_installed_from_a_cd_which_is_changed_and_ejected(seat: Seat) -> None:
    page, stage = seat.page, seat.system.stage
    first, second = str(approved(stage)["name"]), str(approved(stage)["name"])
    dialog = wizard(seat, "cd1")
    dialog.get_by_label("an ISO").check()
    dialog.get_by_label("ISO", exact=True).select_option(first)
    assert serious(seat) == []
    go_on(dialog)
    dialog.get_by_role("textbox", name="Memory").fill("128M")
    dialog.get_by_label("Disk size").fill("64M")
    expect(dialog.get_by_label("Boot order")).to_have_value("disk,cdrom")
    assert serious(seat) == []
    go_on(dialog)
    said = (
        "millpond vm create cd1 --pool pool1 --memory 128M --vcpus 1 --disk vda:64M:qcow2"
        f" --cdrom {first} --boot disk --boot cdrom --nic xenbr0 --start"
    )
    expect(dialog.get_by_text(said, exact=True)).to_be_visible()
    expect(dialog.get_by_text("It starts on")).to_be_visible()
    assert serious(seat) == []
    dialog.get_by_role("button", name="Create", exact=True).click()
    page.get_by_role("link", name="cd1").click()
    expect(page.get_by_role("main").get_by_text("running", exact=True)).to_be_visible()
    vm = str(seat.system.api("GET", "/vms/cd1")["id"])
    assert guest_of(seat, vm)["spec"]["config"]["boot"] == ["disk", "cdrom"]
    assert [disk["target"] for disk in vm_of(seat, vm)["disks"]] == ["vda", "hdc"]  # type: ignore[attr-defined]

    dialog = shown(seat, f"vms/{vm}/disks", "Insert CD")
    dialog.get_by_label("ISO", exact=True).select_option(second)
    agree(dialog, "Insert CD")
    expect(page.get_by_text(f"iso:{second}")).to_be_visible()
    assert guest_of(seat, vm)["spec"]["config"]["disks"][1]["source"] == f"iso:{second}"
    page.get_by_role("button", name="Eject CD").click()
    agree(page.get_by_role("dialog"), "Eject CD")
    expect(page.get_by_text(f"iso:{second}")).to_have_count(0)
    assert guest_of(seat, vm)["spec"]["config"]["disks"][1]["source"] == "iso:"
    expect(page.get_by_role("button", name="Eject CD")).to_be_disabled()


def test_a_vm_is_installed_from_the_network(seat: Seat) -> None:
    dialog = wizard(seat, "pxe1")
    dialog.get_by_label("the network").check()
    go_on(dialog)
    dialog.get_by_label("Network").select_option("")
    expect(dialog.get_by_role("button", name="Next")).to_be_disabled()  # from what would it start?
    dialog.get_by_label("Network").select_option("xenbr1")
    dialog.get_by_label("vCPUs").fill("2")
    dialog.get_by_label("Start it at once").uncheck()
    go_on(dialog)
    dialog.get_by_role("button", name="Create", exact=True).click()
    row = seat.page.get_by_role("row").filter(has_text="pxe1")
    expect(row.get_by_text("stopped", exact=True)).to_be_visible()
    config = vm_of(seat, "pxe1")
    assert (config["boot"], config["vcpus"]) == (["disk", "network"], 2)
    assert [disk["size"] for disk in config["disks"]] == [10 << 30]  # type: ignore[attr-defined]
    assert [vif["bridge"] for vif in config["vifs"]] == ["xenbr1"]  # type: ignore[attr-defined]


def test_a_vm_of_another_product_is_imported(seat: Seat) -> None:
    folder = seat.system.imports / "web9"
    folder.mkdir()
    (folder / "System.img").write_bytes(b"data" * 65536)
    (folder / "vm.cfg").write_text(
        "name = 'web9'\nmemory = 64\ndisk = ['file:System.img,xvda,w']\nvif = ['bridge=LAN']\n"
    )
    dialog = wizard(seat, "")
    dialog.get_by_label("a VM of another product").check()
    dialog.get_by_label("Package").fill(str(folder))
    go_on(dialog)
    dialog.get_by_label("Bridges for its networks").fill("LAN")
    expect(dialog.get_by_role("button", name="Next")).to_be_disabled()
    dialog.get_by_label("Bridges for its networks").fill("LAN=xenbr1")
    go_on(dialog)
    expect(dialog.get_by_text("web9 · vCPUs: 1 · Memory: 64 MiB")).to_be_visible()
    said = f"millpond vm import {folder} --pool pool1 --network LAN=xenbr1"
    expect(dialog.get_by_text(said, exact=True)).to_be_visible()
    dialog.get_by_role("button", name="Create", exact=True).click()
    row = seat.page.get_by_role("row").filter(has_text="web9")
    expect(row.get_by_text("stopped", exact=True)).to_be_visible()
    assert [vif["bridge"] for vif in vm_of(seat, "web9")["vifs"]] == ["xenbr1"]  # type: ignore[attr-defined]


def test_a_vm_is_cloned_and_becomes_a_template(seat: Seat) -> None:
    vm, page = seat.vm("origin1", start=False, memory=96), seat.page
    page.goto(f"/ui/vms/{vm}")
    page.get_by_role("button", name="Actions").click()
    page.get_by_role("menuitem", name="Clone").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox", name="Name").fill("copy1")
    dialog.get_by_label("Its disks").select_option("full")
    dialog.get_by_role("button", name="Commands").click()
    said = "millpond vm clone origin1 copy1 --cloning full"
    expect(dialog.get_by_text(said, exact=True)).to_be_visible()
    assert serious(seat) == []
    agree(dialog, "Clone")

    page.get_by_role("button", name="Actions").click()
    page.get_by_role("menuitem", name="Make a template").click()
    page.get_by_role("dialog").get_by_role("textbox", name="Name").fill("golden")
    agree(page.get_by_role("dialog"), "Make a template")
    page.goto("/ui/templates")
    expect(page.get_by_role("row").filter(has_text="golden")).to_contain_text("96 MiB")
    page.goto("/ui/vms?name=copy1")
    expect(page.get_by_role("link", name="copy1")).to_be_visible()
    assert vm_of(seat, "copy1")["memory"] == 96
    page.goto("/ui/vms/" + seat.vm("runs1"))
    page.get_by_role("button", name="Actions").click()
    expect(page.get_by_role("menuitem", name="Make a template")).to_be_disabled()


@pytest.mark.parametrize("language", ["Deutsch", "English"])
def test_all_tabs_can_be_seen_in_a_small_window(seat: Seat, language: str) -> None:
    page = seat.page
    page.goto("/ui/vms/" + seat.vm(f"tabs-{language}", start=False))
    if language == "Deutsch":
        page.get_by_role("button", name=language).click()
    expect(page.locator(".mp-tabs--many")).to_be_visible()
    expect(page.locator(".pf-m-scrollable")).to_have_count(0)
