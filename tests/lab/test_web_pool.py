"""From servers in no pool to a guest that runs, all by clicks; virsh has the last word."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from millpond.adapters.templates.tiny import MEMORY_MIB, build_tiny
from tests.lab.pool import PoolLab, lab_without_pool, wait_until
from tests.support.truth import runs_on
from tests.ui.browser import chromium, photograph, sign_in, window

pytestmark = [pytest.mark.lab, pytest.mark.slow, pytest.mark.thorough, pytest.mark.timeout(900)]

PASSWORD = "four random plain words"
LONG = 240_000
"""ms that a job may take, on two busy cores."""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PoolLab]:
    with lab_without_pool(tmp_path_factory.mktemp("webpool")) as found:
        found.api("POST", "/users", {"name": "anna", "password": PASSWORD})
        yield found


def test_a_pool_is_made_and_runs_what_was_imported(lab: PoolLab, tmp_path: Path) -> None:
    build_tiny(tmp_path)
    wait_until(lambda: all(s["up"] for s in lab.api.items("/servers")), 120, "all agents answer")
    size = {"width": 1280, "height": 900}
    with chromium() as browser, window(browser, lab.api.url, viewport=size) as page:
        sign_in(page, PASSWORD, "anna")
        make_pool(page)
        (pool,) = lab.api.items("/pools")
        assert [m["name"] for m in pool["members"]] == ["srv1", "srv2"]
        assert lab.api("GET", "/servers/srv3")["pool"] is None
        assert (lab.lab.shared / "running_pool").is_dir()

        import_image(page, tmp_path / "system.img")
        (image,) = lab.api.items("/pools/made1/images")
        assert image["state"] == "approved"

        page.goto("/ui/vms")
        page.get_by_role("button", name="Create VM").first.click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Name").fill("first1")
        expect(dialog.get_by_role("combobox", name="Template")).to_have_value("tiny2")
        step = dialog.get_by_role("button", name="Next", exact=True)
        step.click()
        dialog.get_by_role("textbox", name="Memory", exact=True).fill(f"{MEMORY_MIB}M")
        dialog.get_by_label("Start it at once").uncheck()
        step.click()
        expect(dialog.get_by_text("It can be made")).to_be_visible(timeout=LONG)
        dialog.get_by_role("button", name="Create", exact=True).click()
        page.get_by_role("link", name="first1").click(timeout=LONG)
        start = page.get_by_role("button", name="Start", exact=True)
        expect(start).to_be_enabled(timeout=LONG)
        assert runs_on(lab.lab, "first1") == []
        start.click()
        heading = page.get_by_role("heading", level=1).locator("..")
        expect(heading).to_contain_text("running", timeout=LONG)
        (server,) = runs_on(lab.lab, "first1")
        expect(heading).to_contain_text(server)
        lab.counts_on("first1")
        photograph(page, "first-vm")


def make_pool(page: Page) -> None:
    page.goto("/ui/pools")
    page.get_by_role("button", name="Create pool").first.click()
    dialog = page.get_by_role("dialog")
    step = dialog.get_by_role("button", name="Next", exact=True)
    expect(dialog.get_by_label("srv1: pool master")).to_be_checked()
    dialog.get_by_label("srv3: VM server").uncheck()
    step.click()
    dialog.get_by_label("Name").fill("made1")
    dialog.get_by_label("Cluster root").fill("/no/such/place")
    step.click()
    expect(dialog.get_by_text("The servers do not fit together")).to_be_visible(timeout=LONG)
    expect(dialog.get_by_role("button", name="Create pool")).to_be_disabled()
    dialog.get_by_role("button", name="Back").click()
    dialog.get_by_label("Cluster root").fill("/OVS")
    step.click()
    expect(dialog.get_by_text("The servers fit together")).to_be_visible(timeout=LONG)
    dialog.get_by_role("button", name="Create pool").click()
    row = page.get_by_role("row").filter(has_text="made1")
    expect(row).to_contain_text("2 / 2", timeout=LONG)
    expect(page.get_by_text("pool.create: made1")).to_have_count(0, timeout=LONG)  # done, and gone


def import_image(page: Page, file: Path) -> None:
    page.goto("/ui/templates")
    page.get_by_role("button", name="Import image").click()
    dialog = page.get_by_role("dialog")
    dialog.locator("input[type=file]").set_input_files(file)
    dialog.get_by_role("textbox", name="Name", exact=True).fill("tiny2")
    dialog.get_by_label("Format").select_option("raw")
    dialog.get_by_role("button", name="Import image", exact=True).click()
    row = page.get_by_role("row").filter(has_text="tiny2").filter(has_text="template (")
    expect(row).to_contain_text("waits for approval", timeout=LONG)
    row.get_by_role("button", name="Approve").click()
    page.get_by_role("dialog").get_by_role("button", name="Approve", exact=True).click()
    expect(row).to_contain_text("approved", timeout=LONG)
