"""Click, then ask the servers."""

import re
import time

import pytest
from playwright.sync_api import Locator, expect

from tests.support.arrays import until
from tests.ui.browser import PATIENCE
from tests.ui.conftest import Seat

pytestmark = [pytest.mark.slow, pytest.mark.whole]


def guests(seat: Seat, vm: str) -> list[str]:
    """The servers that have the guest, by their own files."""
    return seat.system.guests().get(vm, [])


def wizard(seat: Seat, name: str) -> Locator:
    """The dialog that makes a VM, which is called so."""
    seat.page.goto("/ui/vms")
    seat.page.get_by_role("button", name="Create VM").first.click()
    dialog = seat.page.get_by_role("dialog")
    dialog.get_by_label("Name").fill(name)
    return dialog


def go_on(dialog: Locator, steps: int = 1) -> None:
    for _ in range(steps):
        dialog.get_by_role("button", name="Next", exact=True).click()


def test_create_and_shut_down(seat: Seat) -> None:
    page = seat.page
    dialog = wizard(seat, "made1")
    go_on(dialog, 2)
    expect(dialog.get_by_text("It can be made")).to_be_visible()
    expect(
        dialog.get_by_text("millpond vm create made1 --pool pool1 --template tiny")
    ).to_be_visible()
    dialog.get_by_role("button", name="Create", exact=True).click()
    row = page.get_by_role("row").filter(has_text="made1")
    expect(row.get_by_text("running", exact=True)).to_be_visible()
    vm = str(seat.system.api("GET", "/vms/made1")["id"])
    assert len(guests(seat, vm)) == 1

    row.get_by_role("link", name="made1").click()
    page.get_by_role("button", name="Actions").click()
    page.get_by_role("menuitem", name="Power off").click()
    expect(page.get_by_text("what it has not written to disk is lost")).to_be_visible()
    page.get_by_role("dialog").get_by_role("button", name="Power off").click()
    expect(page.get_by_role("main").get_by_text("stopped", exact=True)).to_be_visible()
    assert guests(seat, vm) == []


def test_what_others_do_shows_by_itself(seat: Seat) -> None:
    vm = seat.vm("other1", start=False)
    seat.page.goto("/ui/vms?name=other1")
    row = seat.page.get_by_role("row").filter(has_text="other1")
    expect(row.get_by_text("stopped", exact=True)).to_be_visible()
    seat.system.api.do("POST", f"/vms/{vm}/start")
    expect(row.get_by_text("running", exact=True)).to_be_visible()
    seat.system.api.do("POST", f"/vms/{vm}/kill")
    seat.system.api.do("DELETE", f"/vms/{vm}")
    expect(row).to_have_count(0)


def test_filters_are_in_the_address(seat: Seat) -> None:
    seat.vm("Filter1", start=False)  # whose capital is not typed
    seat.vm("filter2")
    page = seat.page
    page.goto("/ui/vms")
    page.get_by_label("Filter by name").fill("filter")
    page.get_by_label("State").select_option("stopped")
    expect(page.get_by_role("link", name="Filter1")).to_be_visible()
    expect(page.get_by_role("link", name="filter2")).to_have_count(0)
    expect(page).to_have_url(re.compile("name=filter.*power=stopped"))
    page.reload()
    expect(page.get_by_role("link", name="Filter1")).to_be_visible()
    expect(page.get_by_role("link", name="filter2")).to_have_count(0)


def test_several_at_once(seat: Seat) -> None:
    ids = [seat.vm(f"bulk{n}", start=False) for n in range(3)]
    page = seat.page
    page.goto("/ui/vms?name=bulk")
    page.get_by_role("checkbox", name="Select all that are shown").check()
    page.get_by_role("button", name="Start", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Start", exact=True).click()
    expect(page.get_by_role("row").get_by_text("running", exact=True)).to_have_count(3)
    assert all(len(guests(seat, vm)) == 1 for vm in ids)


def test_a_refusal_is_told_with_its_fix(seat: Seat) -> None:
    seat.vm("taken1", start=False)
    page = seat.page
    dialog = wizard(seat, "taken1")
    go_on(dialog, 2)
    expect(dialog.get_by_text("What to do")).to_be_visible()
    expect(dialog.get_by_text("object.exists")).to_be_visible()
    expect(dialog.get_by_role("button", name="Create", exact=True)).to_be_disabled()
    dialog.get_by_role("button", name="Made of").click()
    expect(dialog.get_by_label("Name")).to_have_value("taken1")  # to be mended, not typed again
    dialog.get_by_label("Name").fill("free1")
    go_on(dialog, 2)
    dialog.get_by_role("button", name="Create", exact=True).click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_role("row").filter(has_text="free1")).to_be_visible()


def whole_tick(screen: Locator) -> int:
    """The last that another has followed. The screen is empty when the line has just come back."""
    deadline = time.monotonic() + PATIENCE / 1000
    while len(found := re.findall(r"millpond tick (\d+)", screen.inner_text())) < 2:
        assert time.monotonic() < deadline, found
        time.sleep(0.1)
    return int(found[-2])


def test_the_console_stays_while_the_guest_moves(seat: Seat) -> None:
    vm = seat.vm("moves1")
    (source,) = guests(seat, vm)
    (target,) = {"srv1", "srv2"} - {source}
    page = seat.page
    page.goto(f"/ui/vms/{vm}/console")
    screen = page.locator(".xterm-accessibility-tree")
    expect(screen).to_contain_text(re.compile(r"millpond tick \d+"))
    page.get_by_role("button", name="Migrate", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("To server").select_option(target)
    dialog.get_by_role("button", name="Migrate", exact=True).click()
    expect(page.get_by_role("heading", level=1).locator("..")).to_contain_text(target)
    until(lambda: guests(seat, vm) == [target], PATIENCE / 1000)
    expect(page.locator(".mp-console")).to_have_attribute("data-line", "connected")
    before = whole_tick(screen)
    expect(screen).to_contain_text(f"millpond tick {before + 3}")


def test_a_manager_that_was_away(seat: Seat) -> None:
    seat.page.goto("/ui/vms")
    expect(seat.page.get_by_role("heading", level=1, name="Virtual machines")).to_be_visible()
    seat.system.manager.kill()
    expect(seat.page.get_by_text("The manager does not answer")).to_be_visible()
    seat.system.manager.start()
    seat.system.manager.wait_ready()
    expect(seat.page.get_by_text("The manager does not answer")).to_have_count(0)
    expect(seat.page.get_by_role("heading", level=1, name="Virtual machines")).to_be_visible()
    seat.complaints.clear()  # of the connections that failed
