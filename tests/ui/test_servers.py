"""A server's page: what it says of itself, tab by tab."""

import pytest
from playwright.sync_api import expect

from tests.ui.browser import photograph
from tests.ui.conftest import Seat
from tests.ui.test_devices import agree, shown
from tests.ui.test_screens import serious

pytestmark = [pytest.mark.slow, pytest.mark.whole, pytest.mark.thorough]


def test_a_server_is_looked_at_and_taken_into_maintenance(seat: Seat) -> None:
    page, api = seat.page, seat.system.api
    seat.vm("here1", on="srv2")
    bridges = [bridge["name"] for bridge in api("GET", "/servers/srv2/inventory")["bridges"]]
    assert bridges
    page.goto("/ui/servers/srv2")
    expect(page.get_by_text("Last heard of")).to_be_visible()
    told = {
        "VMs": ["here1"],
        "Bridges": bridges,
        "Storage": [str(seat.system.root)],
        "Performance": [],
    }
    for tab, rows in told.items():
        page.get_by_role("tab", name=tab, exact=True).click()
        expect(page.get_by_label("Loading")).to_have_count(0)
        for row in rows:
            expect(page.get_by_role("row").filter(has_text=row)).to_have_count(1)
        assert serious(seat) == []
        photograph(page, f"server-{tab}")

    page.get_by_role("tab", name="Storage").click()
    expect(page.get_by_text("usable", exact=True)).to_be_visible()
    page.reload()  # the address says which tab
    expect(page.get_by_text("usable", exact=True)).to_be_visible()

    page.get_by_role("button", name="Enter maintenance").click()
    agree(page.get_by_role("dialog"), "Enter maintenance")
    expect(page.get_by_role("button", name="Leave maintenance")).to_be_visible()
    page.get_by_role("tab", name="VMs", exact=True).click()
    expect(page.get_by_text("It has no VMs")).to_be_visible()
    page.get_by_role("button", name="Leave maintenance").click()
    expect(page.get_by_role("button", name="Enter maintenance")).to_be_enabled()


def test_what_a_server_that_is_down_would_have_to_say_is_not_made_up(seat: Seat) -> None:
    page = seat.page
    seat.system.agents["srv2"].kill()
    try:
        page.goto("/ui/servers/srv2/bridges")
        expect(page.get_by_text("What to do")).to_be_visible()
        page.get_by_role("tab", name="Storage").click()
        expect(page.get_by_text("no answer", exact=True)).to_be_visible()
    finally:
        seat.system.agents["srv2"].start()
        seat.system.agents["srv2"].wait_ready()


def test_a_server_is_added_given_another_token_and_forgotten(seat: Seat) -> None:
    page = seat.page
    dialog = shown(seat, "servers", "Add server")
    dialog.get_by_label("Name").fill("srv9")
    dialog.get_by_label("Address").fill("192.0.2.19")
    dialog.get_by_role("button", name="Add server").click()
    command = page.locator("pre").filter(has_text="millpond-agent enrol - <<< mp1.")
    expect(command).to_be_visible()
    assert serious(seat) == []
    first = command.inner_text()
    page.get_by_role("dialog").get_by_role("button", name="Close").last.click()

    page.get_by_role("link", name="srv9", exact=True).click()
    actions = page.get_by_role("button", name="Actions", exact=True)
    actions.click()
    expect(page.get_by_role("menuitem", name="Reboot")).to_be_disabled()  # it is in no pool
    page.get_by_role("menuitem", name="New enrolment token").click()
    page.get_by_role("dialog").get_by_role("button", name="New enrolment token").click()
    expect(command).to_be_visible()
    assert command.inner_text() != first
    page.get_by_role("dialog").get_by_role("button", name="Close").last.click()

    actions.click()
    page.get_by_role("menuitem", name="Forget server").click()
    page.get_by_role("dialog").get_by_role("textbox").fill("srv9")
    agree(page.get_by_role("dialog"), "Forget server")
    expect(page.get_by_role("link", name="srv1", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="srv9", exact=True)).to_have_count(0)
    assert len(seat.system.api("GET", "/servers")["items"]) == 2


def test_a_reboot_says_what_becomes_of_the_vms(seat: Seat) -> None:
    page = seat.page
    page.goto("/ui/servers/srv2")
    page.get_by_role("button", name="Actions", exact=True).click()
    expect(page.get_by_role("menuitem", name="Forget server")).to_be_disabled()
    page.get_by_role("menuitem", name="Reboot").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("Its VMs are moved away first")).to_be_visible()
    expect(dialog.get_by_role("button", name="Reboot")).to_be_disabled()  # its name is not typed
    dialog.get_by_role("button", name="Commands").click()
    expect(dialog.get_by_text("millpond server reboot srv2 --return")).to_be_visible()
