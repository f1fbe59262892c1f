"""The wizard that makes a pool: what is in the way is a table, and the pool is there afterwards."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.support.system import System
from tests.ui.browser import photograph
from tests.ui.conftest import PASSWORD, Seat
from tests.ui.test_devices import agree, shown
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


def test_a_pool_is_changed_and_its_members_are_given_roles(seat: Seat) -> None:
    """Of the pool that was made above."""
    page, api = seat.page, seat.system.api
    page.goto("/ui/pools/made1")
    page.get_by_role("button", name="Actions", exact=True).click()
    page.get_by_role("menuitem", name="Change pool").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="Change pool")).to_be_disabled()  # nothing differs
    dialog.get_by_label("Description").fill("for tests")
    dialog.get_by_label("Limit of each").fill("200M")
    dialog.get_by_role("button", name="Commands").click()
    said = "millpond pool edit made1 --description 'for tests' --bandwidth 200M"
    expect(dialog.get_by_text(said, exact=True)).to_be_visible()
    assert serious(seat) == []
    agree(dialog, "Change pool")
    expect(page.get_by_text("for tests")).to_be_visible()
    pool = api("GET", "/pools/made1")
    assert (pool["description"], pool["bandwidth"]) == ("for tests", 200)

    dialog = shown(seat, "pools/made1", "Change roles: srv1")
    dialog.get_by_label("pool master").check()
    expect(dialog.get_by_text("srv2 is the pool master")).to_be_visible()
    agree(dialog, "Change roles")
    expect(page.get_by_role("button", name="Remove from pool: srv1")).to_be_disabled()
    assert api("GET", "/pools/made1")["master"]["name"] == "srv1"


def test_a_server_leaves_its_pool_and_is_added_again(seat: Seat) -> None:
    page, api = seat.page, seat.system.api
    dialog = shown(seat, "pools/made1", "Remove from pool: srv2")
    expect(dialog.get_by_role("button", name="Remove from pool")).to_be_disabled()
    dialog.get_by_role("textbox").fill("srv2")
    agree(dialog, "Remove from pool")
    expect(page.get_by_role("button", name="Change roles: srv2")).to_have_count(0)
    assert api("GET", "/servers/srv2")["pool"] is None

    dialog = shown(seat, "pools/made1", "Add server")
    dialog.get_by_label("utility").check()
    expect(dialog.get_by_label("Server", exact=True)).to_have_value("srv2")
    agree(dialog, "Add server")
    expect(page.get_by_role("button", name="Change roles: srv2")).to_be_enabled()
    assert sorted(api("GET", "/servers/srv2")["roles"]) == ["utility", "vm"]


def test_a_pool_is_dissolved(seat: Seat) -> None:
    page = seat.page
    page.goto("/ui/pools/made1")
    page.get_by_role("button", name="Actions", exact=True).click()
    page.get_by_role("menuitem", name="Dissolve pool").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox").fill("made1")
    agree(dialog, "Dissolve pool")
    expect(page.get_by_text("No pools yet")).to_be_visible()
    assert seat.system.api("GET", "/pools")["items"] == []
