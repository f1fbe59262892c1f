"""High availability and fence devices of a pool: click, then ask the manager."""

import pytest
from playwright.sync_api import expect

from tests.ui.conftest import Seat
from tests.ui.test_devices import agree, shown
from tests.ui.test_screens import serious

pytestmark = [pytest.mark.slow, pytest.mark.whole]


def test_a_pool_keeps_room_for_a_failure(seat: Seat) -> None:
    page = seat.page
    dialog = shown(seat, "pools/pool1/ha", "Change high availability")
    dialog.get_by_label("Server failures").fill("17")
    expect(dialog.get_by_role("button", name="Change high availability")).to_be_disabled()
    dialog.get_by_label("Server failures").fill("1")
    dialog.get_by_label("Restart the VMs").check()
    dialog.get_by_label("A server that hears no").select_option("shutdown")
    dialog.get_by_role("button", name="Commands").click()
    said = "millpond pool ha pool1 --enable --tolerate 1 --isolation shutdown"
    expect(dialog.get_by_text(said)).to_be_visible()
    agree(dialog, "Change high availability")
    expect(page.get_by_text("shuts its VMs down")).to_be_visible()
    ha = seat.system.api("GET", "/pools/pool1/ha")["settings"]
    assert (ha["enabled"], ha["tolerate"], ha["isolation"]) == (True, 1, "shutdown")

    page.get_by_role("button", name="Timing: what").click()
    row = page.get_by_role("row").filter(has_text="io_timeout")
    expect(row.first).to_contain_text("sanlock")
    assert serious(seat) == []


def test_a_fence_device_is_set_checked_and_deleted(seat: Seat) -> None:
    """Nobody answers at its address, and that is what its check says."""
    page = seat.page
    dialog = shown(seat, "pools/pool1/fencing", "Add fence device: srv2")
    dialog.get_by_label("Name").fill("ipmi1")
    dialog.get_by_label("Fence agent").select_option("fence_ipmilan")
    dialog.get_by_role("textbox", name="ip", exact=True).fill("127.254.9.9")
    dialog.get_by_role("textbox", name="username", exact=True).fill("admin")
    dialog.get_by_role("textbox", name="password", exact=True).fill("calvin1")
    dialog.get_by_role("textbox", name="Timeout", exact=True).fill("2")
    dialog.get_by_role("button", name="Commands").click()
    cli, curl = dialog.locator("pre").all_inner_texts()
    assert cli == (
        "millpond fence set srv2 ipmi1 --agent fence_ipmilan --timeout 2"
        " --argument ip=127.254.9.9 --argument username=admin --secret password"
    )
    assert "calvin1" not in curl
    agree(dialog, "Add fence device")
    row = page.get_by_role("row").filter(has_text="ipmi1")
    expect(row).to_contain_text("ip=127.254.9.9 username=admin password=***")

    page.get_by_role("button", name="Check: srv2").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("ipmi1").first).to_be_visible()
    expect(dialog.get_by_text("All of them answer")).to_have_count(0)
    assert serious(seat) == []
    dialog.get_by_role("button", name="Close").click()

    row.get_by_role("button", name="Change").click()
    page.get_by_role("dialog").get_by_role("textbox", name="Level", exact=True).fill("2")
    agree(page.get_by_role("dialog"), "Change")
    expect(row.locator("td[data-label=Level]")).to_have_text("2")
    (device,) = seat.system.api("GET", "/servers/srv2/fencing")["devices"]
    assert device["secrets"] == {"password": "***"}  # it was not typed again, and stayed
    row.get_by_role("button", name="Delete").click()
    agree(page.get_by_role("dialog"), "Delete")
    expect(row).to_have_count(0)
    assert seat.system.api("GET", "/servers/srv2/fencing")["devices"] == []
