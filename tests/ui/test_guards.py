"""Command lines that a page shows are one command, and no list is older than what was heard."""

import json
import shlex
import time

import pytest
from playwright.sync_api import expect

from tests.ui.conftest import Seat

pytestmark = [pytest.mark.slow, pytest.mark.whole]


def test_command_lines_are_one_command(seat: Seat) -> None:
    name = "it's; $(reboot)"
    page = seat.page
    page.goto("/ui/users")
    page.get_by_role("button", name="Add user").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill(name)
    dialog.get_by_role("button", name="Commands").click()
    cli, curl = (shlex.split(text) for text in dialog.locator("pre").all_inner_texts())
    assert cli == ["millpond", "user", "add", name]
    assert json.loads(curl[curl.index("--json") + 1])["name"] == name


def test_a_schedule_that_fails_shows_by_itself(seat: Seat) -> None:
    """A suspended VM has no snapshots."""
    vm = seat.vm("planned1")
    seat.system.api.do("POST", f"/vms/{vm}/suspend")
    page = seat.page
    page.goto("/ui/events")
    page.get_by_label("Kind").select_option("schedule")
    expect(page.get_by_text("Nothing has happened yet")).to_be_visible()
    daily = {"name": "daily", "first": time.time() - 60, "every": 86_400, "keep": 2, "memory": True}
    seat.system.api.do("POST", f"/vms/{vm}/schedules", daily)
    expect(page.get_by_role("row").filter(has_text="schedule")).to_have_count(1)
