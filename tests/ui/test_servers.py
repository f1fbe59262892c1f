"""A server's page: what it says of itself, tab by tab."""

import pytest
from playwright.sync_api import expect

from tests.ui.browser import photograph
from tests.ui.conftest import Seat
from tests.ui.test_devices import agree
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
