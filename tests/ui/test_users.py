"""One's own password and API tokens."""

import time

import pytest
from playwright.sync_api import expect

from tests.ui.browser import sign_in, window
from tests.ui.conftest import PASSWORD, Seat
from tests.ui.test_devices import agree, shown
from tests.ui.test_screens import serious

pytestmark = [pytest.mark.slow, pytest.mark.whole, pytest.mark.thorough]

OTHER = "five other plain words"
DAY = 86_400


def test_a_token_expires_and_is_shown_once(seat: Seat) -> None:
    page = seat.page
    dialog = shown(seat, "users", "Create token")
    dialog.get_by_label("What it is for").fill("backup-script")
    dialog.get_by_label("Days until").fill("0")
    expect(dialog.get_by_role("button", name="Create")).to_be_disabled()
    dialog.get_by_label("Days until").fill("90")
    dialog.get_by_role("button", name="Commands").click()
    expect(dialog.get_by_text("millpond token create backup-script --days 90")).to_be_visible()
    dialog.get_by_role("button", name="Create", exact=True).click()
    expect(page.locator("pre").filter(has_text="mpt_")).to_be_visible()
    page.get_by_role("dialog").get_by_role("button", name="Close").last.click()
    expect(page.get_by_role("row").filter(has_text="backup-script")).to_be_visible()
    (token,) = page.request.get("/api/v1/tokens").json()["items"]
    assert 89 * DAY < token["expires"] - time.time() < 91 * DAY


def test_a_password_is_changed_and_signed_in_with(seat: Seat) -> None:
    dialog = shown(seat, "users", "Change password")
    dialog.get_by_label("Present password").fill(PASSWORD)
    dialog.get_by_label("New password (").fill(OTHER)
    dialog.get_by_label("New password, once more").fill(OTHER[:-1])
    button = dialog.get_by_role("button", name="Change password")
    expect(button).to_be_disabled()
    dialog.get_by_label("New password, once more").fill(OTHER)
    dialog.get_by_role("button", name="Commands").click()
    cli, curl = dialog.locator("pre").all_inner_texts()
    assert cli == "millpond user password"
    assert PASSWORD not in curl
    assert OTHER not in curl
    assert serious(seat) == []
    agree(dialog, "Change password")
    browser = seat.page.context.browser
    assert browser is not None
    with window(browser, seat.system.api.url) as page:
        sign_in(page, OTHER, "anna")
