"""A storage array is registered, looked at and forgotten; its two SPs are real."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.contract.mounts import xfs
from tests.support.arrays import PASSWORD, SERIAL, USER, RunningArray, furnished, keep
from tests.ui.conftest import Seat
from tests.ui.test_devices import agree, shown
from tests.ui.test_screens import serious

pytestmark = [pytest.mark.slow, pytest.mark.whole, pytest.mark.thorough]


SAMPLED = 240_000
"""ms until the manager has asked twice what hosts did, and the page has asked the manager."""


@pytest.fixture(scope="module")
def array(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningArray]:
    place = tmp_path_factory.mktemp("array")
    with xfs(place / "mnt", place / "image") as root, furnished(root) as found:
        keep(found, 3)
        for words in (
            ("mirror", "-sync", "-create", "-name", "far", "-lun", "3", "-o"),
            ("nqm", "-ioclass", "-create", "-name", "backup", "-luns", "3", "-noctrl"),
            ("nqm", "-policy", "-create", "-name", "night", "-ioclasses", "backup"),
        ):
            found.do(*words)
        yield found


def test_an_array_is_registered_looked_at_and_forgotten(seat: Seat, array: RunningArray) -> None:
    page = seat.page
    dialog = shown(seat, "arrays", "Register array")
    add = dialog.get_by_role("button", name="Register array", exact=True)
    dialog.get_by_label("Name").fill("cx4")
    dialog.get_by_label("Address of SP A").fill(array.addresses["A"])
    dialog.get_by_label("Address of SP B").fill(array.addresses["B"])
    dialog.get_by_role("textbox", name="User", exact=True).fill(USER)
    expect(add).to_be_disabled()  # without its password
    dialog.get_by_label("Password").fill(PASSWORD)
    dialog.get_by_role("button", name="Commands").click()
    cli, curl = dialog.locator("pre").all_inner_texts()
    assert cli.startswith("millpond array add cx4 --address 127.")
    assert PASSWORD not in cli + curl
    agree(dialog, "Register array")
    page.get_by_role("link", name="cx4").click()
    expect(page.get_by_text(SERIAL)).to_be_visible()
    expect(page.get_by_text("answers", exact=True)).to_have_count(2)
    assert serious(seat) == []

    for tab, told in (
        ("Pools", "gold"),
        ("LUNs", "data"),
        ("Storage groups", "erp1"),
        ("Storage groups", "data"),
        ("Snapshots", "mount point 9"),
        ("Snapshots", "noon1"),
        ("Mirrors", "Mirrored/No Secondary Images"),
        ("QoS", "night"),
        ("Ports", array.addresses["B"]),
    ):
        page.get_by_role("tab", name=tab).click()
        expect(page.get_by_role("row").filter(has_text=told)).to_have_count(1)
        assert serious(seat) == []
    page.reload()  # the address says which tab
    expect(page.get_by_role("row").filter(has_text="iqn.1992-04.com.emc")).to_have_count(1)

    page.get_by_role("tab", name="Migrations").click()
    expect(page.get_by_text("No LUN is moving")).to_be_visible()
    page.get_by_role("tab", name="Performance").click()
    row = page.get_by_role("row").filter(has_text="data")
    expect(row).to_have_count(1, timeout=SAMPLED)
    row.get_by_role("link", name="data").click()
    expect(page).to_have_url(re.compile(r"of=3$"))
    expect(page.get_by_role("figure", name="Response time")).to_be_visible(timeout=SAMPLED)
    assert serious(seat) == []

    page.get_by_role("tab", name="Overview").click()
    array.kill("A")
    try:
        page.get_by_role("button", name="Ask again").click()
        expect(page.get_by_text("no answer", exact=True)).to_be_visible()
        expect(page.get_by_text("needs attention")).to_be_visible()
    finally:
        array.start("A")
    page.get_by_role("button", name="Forget").click()
    agree(page.get_by_role("dialog"), "Forget")
    expect(page.get_by_text("No arrays yet")).to_be_visible()
    assert seat.system.api("GET", "/arrays")["items"] == []


def test_one_that_does_not_answer_is_not_registered(seat: Seat) -> None:
    dialog = shown(seat, "arrays", "Register array")
    dialog.get_by_label("Name").fill("gone")
    dialog.get_by_label("Address of SP A").fill("127.254.9.9")
    dialog.get_by_role("textbox", name="User", exact=True).fill(USER)
    dialog.get_by_label("Password").fill(PASSWORD)
    dialog.get_by_role("button", name="Register array", exact=True).click()
    expect(seat.page.get_by_text("array.unreachable")).to_be_visible()
    assert seat.system.api("GET", "/arrays")["items"] == []
