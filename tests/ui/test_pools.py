"""The wizard that makes a pool: what is in the way is a table, and the pool is there afterwards."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.support.system import System
from tests.ui.browser import photograph
from tests.ui.conftest import PASSWORD, Seat
from tests.ui.test_screens import serious

pytestmark = [pytest.mark.slow, pytest.mark.whole, pytest.mark.thorough]


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """Two servers that are in no pool."""
    with System(tmp_path_factory.mktemp("pools") / "run", servers=2) as found:
        found.api("POST", "/users", {"name": "anna", "password": PASSWORD})
        yield found


def test_a_pool_is_made_of_servers_that_fit(seat: Seat) -> None:
    page = seat.page
    page.goto("/ui/pools")
    page.get_by_role("button", name="Create pool").first.click()
    dialog = page.get_by_role("dialog")
    step = dialog.get_by_role("button", name="Next", exact=True)
    expect(dialog.get_by_label("srv1: pool master")).to_be_checked()
    dialog.get_by_label("srv2: pool master").check()
    expect(dialog.get_by_label("srv1: pool master")).not_to_be_checked()  # there is but one
    step.click()

    dialog.get_by_label("Name").fill("made1")
    dialog.get_by_label("Cluster root").fill("/no/such/place")
    step.click()
    expect(dialog.get_by_text("The servers do not fit together")).to_be_visible()
    row = dialog.get_by_role("row").filter(has_text="/no/such/place")
    expect(row.first.get_by_text("in the way")).to_be_visible()
    expect(dialog.get_by_role("button", name="Create pool")).to_be_disabled()
    assert serious(seat) == []
    photograph(page, "preflight")

    dialog.get_by_role("button", name="Back").click()
    dialog.get_by_label("Cluster root").fill(str(seat.system.root))
    step.click()
    expect(dialog.get_by_text("The servers fit together")).to_be_visible()
    expect(dialog.get_by_text("millpond pool create made1 -s srv1:utility,vm")).to_be_visible()
    dialog.get_by_role("button", name="Create pool").click()
    expect(page.get_by_role("link", name="made1").first).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="made1")).to_contain_text("2 / 2")
    (pool,) = seat.system.api("GET", "/pools")["items"]
    assert pool["master"]["name"] == "srv2"
