"""Images come by the browser: sent piece by piece, inspected, approved; then a VM can be made of them."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Route, expect

from tests.ui.conftest import Seat
from tests.ui.test_devices import agree, shown
from tests.ui.test_screens import serious

pytestmark = [pytest.mark.slow, pytest.mark.whole, pytest.mark.thorough]

MIB = 1 << 20


def test_a_file_is_uploaded_though_a_piece_is_lost_and_approved(seat: Seat, tmp_path: Path) -> None:
    page, file = seat.page, tmp_path / "data.raw"
    file.write_bytes(os.urandom(2 * MIB + 512))
    lost: list[str] = []

    def lose(route: Route) -> None:
        """The second piece, once: the connection breaks off."""
        if not lost and f"offset={MIB}" in route.request.url:
            lost.append(route.request.url)
            route.abort()
        else:
            route.continue_()

    page.route("**/uploads/*offset=*", lose)
    dialog = shown(seat, "templates", "Import image")
    dialog.locator("input[type=file]").set_input_files(file)
    expect(dialog.get_by_label("Format")).to_have_value("raw")  # its name says so
    dialog.get_by_role("textbox", name="Name", exact=True).fill("data")
    dialog.get_by_label("Kind").select_option("disk")
    dialog.get_by_role("button", name="Commands").click()
    said = "millpond image import pool1 data data.raw --kind disk --format raw"
    expect(dialog.get_by_text(said)).to_be_visible()
    agree(dialog, "Import image")
    row = page.get_by_role("row").filter(has_text="disk (qcow2)")
    expect(row).to_contain_text("waits for approval")
    assert lost
    assert serious(seat) == []
    (image,) = seat.system.api("GET", "/pools/pool1/images")["items"]
    assert (image["name"], image["state"]) == ("data", "pending")
    assert image["facts"]["received"] == file.stat().st_size

    row.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("dialog").get_by_text(image["facts"]["sha256"])).to_be_visible()
    agree(page.get_by_role("dialog"), "Approve")
    expect(row).to_contain_text("approved")
    row.get_by_role("button", name="Delete").click()
    agree(page.get_by_role("dialog"), "Delete")
    expect(row).to_have_count(0)
    assert seat.system.api("GET", "/pools/pool1/images")["items"] == []


def test_an_upload_that_is_refused_can_be_given_up(seat: Seat, tmp_path: Path) -> None:
    """What the manager refuses is told where the file is sent, with a way out."""
    page, file = seat.page, tmp_path / "full.iso"
    file.write_bytes(bytes(4096))
    error = {"code": "storage.full", "subject": "upload", "message": "no room", "fix": "make room"}
    page.route(
        "**/api/v1/pools/*/uploads",
        lambda route: route.fulfill(status=409, json={"error": error}),
    )
    dialog = shown(seat, "templates", "Import image")
    dialog.locator("input[type=file]").set_input_files(file)
    dialog.get_by_role("textbox", name="Name", exact=True).fill("full")
    agree(dialog, "Import image")
    expect(page.get_by_text("make room")).to_be_visible()
    page.get_by_role("button", name="Give up").click()
    expect(page.get_by_text("Uploading full.iso")).to_have_count(0)
