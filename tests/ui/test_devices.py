"""Disks, network interfaces, backups and schedules of a VM, and what a pool is made of: click, then
ask the manager."""

import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Route, expect

from tests.ui.conftest import Seat
from tests.ui.test_screens import serious

pytestmark = [pytest.mark.slow, pytest.mark.whole, pytest.mark.thorough]


def vm_of(seat: Seat, vm: str) -> dict[str, object]:
    found: dict[str, object] = seat.system.api("GET", f"/vms/{vm}")["config"]
    return found


def shown(seat: Seat, place: str, button: str) -> Locator:
    """The dialog that a button of a page opens; axe has nothing to say of either."""
    seat.page.goto(f"/ui/{place}")
    expect(seat.page.get_by_label("Loading")).to_have_count(0)
    assert serious(seat) == []
    seat.page.get_by_role("button", name=button, exact=True).click()
    dialog = seat.page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    assert serious(seat) == []
    return dialog


def agree(dialog: Locator, button: str) -> None:
    dialog.get_by_role("button", name=button, exact=True).click()
    expect(dialog).to_have_count(0)


def test_a_disk_is_added_grown_and_deleted_while_the_guest_runs(seat: Seat) -> None:
    vm, page = seat.vm("disks1"), seat.page
    dialog = shown(seat, f"vms/{vm}/disks", "Add disk")
    expect(dialog.get_by_label("Target")).to_have_value("vdb")  # the first that is free
    dialog.get_by_label("Size").fill("64M")
    dialog.get_by_role("button", name="Commands").click()
    expect(dialog.get_by_text("millpond vm disk add disks1 vdb:64M:qcow2")).to_be_visible()
    agree(dialog, "Add disk")
    row = page.get_by_role("row").filter(has_text="file:vdb.qcow2")
    expect(row).to_contain_text("64 MiB")

    row.get_by_role("button", name="Grow").click()
    size = page.get_by_role("dialog").get_by_label("New size")
    size.fill("32M")  # it never shrinks
    expect(page.get_by_role("dialog").get_by_role("button", name="Grow")).to_be_disabled()
    size.fill("96M")
    agree(page.get_by_role("dialog"), "Grow")
    expect(row).to_contain_text("96 MiB")

    row.get_by_role("button", name="Delete").click()
    delete = page.get_by_role("dialog").get_by_role("button", name="Delete")
    expect(delete).to_be_disabled()
    page.get_by_label("Type vdb to confirm").fill("vdb")
    agree(page.get_by_role("dialog"), "Delete")
    expect(row).to_have_count(0)
    assert [disk["target"] for disk in vm_of(seat, vm)["disks"]] == ["vda"]  # type: ignore[attr-defined]


def test_a_network_interface_is_plugged_moved_and_unplugged(seat: Seat) -> None:
    vm, page = seat.vm("nics1"), seat.page
    dialog = shown(seat, f"vms/{vm}/networks", "Add network interface")
    dialog.get_by_label("Bridge").select_option("xenbr1")
    dialog.get_by_label("Limit per second").fill("10M")
    dialog.get_by_role("button", name="Commands").click()
    expect(dialog.get_by_text("millpond vm nic-add nics1 xenbr1,rate=10M")).to_be_visible()
    agree(dialog, "Add network interface")
    row = page.get_by_role("row").filter(has_text="10 MiB/s")
    expect(row).to_contain_text("xenbr1")

    row.get_by_role("button", name="Change").click()
    page.get_by_role("dialog").get_by_label("Bridge").select_option("xenbr0")
    agree(page.get_by_role("dialog"), "Change")
    expect(row).to_contain_text("xenbr0")
    row.get_by_role("button", name="Remove").click()
    agree(page.get_by_role("dialog"), "Remove")
    expect(page.get_by_text("It has no network interfaces")).to_be_visible()
    assert vm_of(seat, vm)["vifs"] == []


def test_a_backup_becomes_a_new_vm(seat: Seat) -> None:
    vm, page = seat.vm("saved1", start=False), seat.page
    dialog = shown(seat, f"vms/{vm}/backups", "Back up")
    agree(dialog, "Back up")
    row = page.get_by_role("row").filter(has_text="was off")
    expect(row).to_contain_text("full")
    row.get_by_role("button", name="Verify").click()
    expect(page.get_by_text("backup.verify")).to_be_visible()
    row.get_by_role("button", name="Restore").click()
    page.get_by_role("dialog").get_by_label("Name of the new VM").fill("saved2")
    agree(page.get_by_role("dialog"), "Restore")
    page.goto("/ui/vms?name=saved")
    expect(page.get_by_role("link", name="saved2")).to_be_visible()
    page.goto(f"/ui/vms/{vm}/backups")
    row.get_by_role("button", name="Delete").click()
    agree(page.get_by_role("dialog"), "Delete")
    expect(page.get_by_text("No backups of it in root")).to_be_visible()


def test_a_schedule_is_set_run_and_deleted(seat: Seat) -> None:
    vm, page = seat.vm("plan1"), seat.page
    dialog = shown(seat, f"vms/{vm}/snapshots", "Set schedule")
    dialog.get_by_label("Every").fill("12h")
    agree(dialog, "Set schedule")
    row = page.get_by_role("row").filter(has_text="works")
    expect(row).to_contain_text("12 hrs")
    row.get_by_role("button", name="Run now").click()
    expect(row).to_contain_text("1 of 7")
    row.get_by_role("button", name="Delete").click()
    agree(page.get_by_role("dialog"), "Delete")
    expect(page.get_by_text("No schedules")).to_be_visible()
    assert len(seat.system.api("GET", f"/vms/{vm}/snapshots")["items"]) == 1


def test_a_bridge_is_made_and_deleted(seat: Seat) -> None:
    page = seat.page
    dialog = shown(seat, "networks", "Create bridge")
    dialog.get_by_label("Name").fill("xenbr7")
    dialog.get_by_label("VLAN").fill("12")  # without a NIC there is nothing to tag
    expect(dialog.get_by_role("button", name="Create bridge")).to_be_disabled()
    dialog.get_by_label("VLAN").fill("")
    agree(dialog, "Create bridge")
    row = page.get_by_role("row").filter(has_text="xenbr7")
    expect(row).to_contain_text("on all servers")
    row.get_by_role("button", name="Delete").click()
    agree(page.get_by_role("dialog"), "Delete")
    expect(row).to_have_count(0)


def test_a_repository_is_made_and_detached(seat: Seat, tmp_path: Path) -> None:
    page = seat.page
    dialog = shown(seat, "repositories", "Create repository")
    dialog.get_by_label("Name").fill("data1")
    dialog.get_by_label("Kind").select_option("local")
    dialog.get_by_label("Source").fill(str(tmp_path))
    agree(dialog, "Create repository")
    row = page.get_by_role("row").filter(has_text="data1")
    expect(row).to_contain_text("local directory")
    row.get_by_role("button", name="Refresh").click()
    expect(page.get_by_text("repository.refresh")).to_be_visible()
    row.get_by_role("button", name="Detach").click()
    page.get_by_label("Type data1 to confirm").fill("data1")
    agree(page.get_by_role("dialog"), "Detach")
    expect(row).to_have_count(0)


def test_a_change_while_the_list_is_loaded_is_not_lost(seat: Seat) -> None:
    """The page of the list that arrives late is older than what was heard meanwhile."""
    vm, page = seat.vm("late1", start=False), seat.page

    def late(route: Route) -> None:
        answer = route.fetch()
        seat.system.api.do("POST", f"/vms/{vm}/start")
        time.sleep(1)  # so that the browser has heard of it
        route.fulfill(response=answer)

    with page.expect_response("**/api/v1/events"):  # heard before the list is asked for
        page.goto("/ui/about")
    page.route(re.compile(r"/api/v1/vms\?"), late, times=1)
    page.get_by_role("link", name="Virtual machines").click()
    row = page.get_by_role("row").filter(has_text="late1")
    expect(row.get_by_text("running", exact=True)).to_be_visible()


def test_what_a_server_says_is_text(seat: Seat) -> None:
    """One that was taken over says what it likes of its bridges and its storage."""
    hostile, page = "<img src=x onerror=\"document.title='taken'\">", seat.page

    def answer(route: Route) -> None:
        found = route.fetch()
        body = found.json()
        for item in body["items"]:
            item |= {"missing": [hostile], "problems": {"srv1": hostile}}
        route.fulfill(response=found, json=body)

    page.route(re.compile(r"/api/v1/pools/[^/]+/(bridges|repositories)$"), answer)
    for place, title in (("networks", "Networks"), ("repositories", "Repositories")):
        page.goto(f"/ui/{place}")
        expect(page.get_by_text(hostile).first).to_be_visible()
        expect(page).to_have_title(re.compile(title))
