"""Every screen: it shows what the manager has, complains of nothing, and can be read by anybody."""

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.support.system import System
from tests.ui.browser import ROOT, window
from tests.ui.conftest import PASSWORD, Seat

pytestmark = [pytest.mark.slow, pytest.mark.whole, pytest.mark.thorough]

AXE = ROOT / "ui" / "node_modules" / "axe-core" / "axe.min.js"
SCREENS = {
    "overview": "Overview",
    "picture": "Live picture",
    "vms": "Virtual machines",
    "servers": "Servers",
    "pools": "Pools",
    "templates": "Templates and images",
    "repositories": "Repositories",
    "arrays": "Arrays",
    "networks": "Networks",
    "jobs": "Jobs",
    "events": "Events",
    "failovers": "Failovers",
    "users": "Users and tokens",
    "about": "About Millpond",
}
SERIOUS = """async () => {
  const late = new Promise((_, no) => setTimeout(() => no(new Error("axe is late")), 60000));
  const run = axe.run(document, {resultTypes: ["violations"], preload: false});
  const found = await Promise.race([run, late]);
  return found.violations
    .filter((v) => v.impact === "serious" || v.impact === "critical")
    .map((v) => v.id + ": " + v.nodes.map((n) => n.html).join(" | ").slice(0, 600));
}"""


def serious(seat: Seat) -> list[str]:
    """What axe finds; evaluated, since the page's policy lets no other script in."""
    seat.page.evaluate(AXE.read_text())
    found: list[str] = seat.page.evaluate(SERIOUS)
    return found


def look(seat: Seat, screen: str) -> list[str]:
    seat.page.goto(f"/ui/{screen}")
    expect(
        seat.page.get_by_role("heading", name=SCREENS[screen], exact=True, level=1)
    ).to_be_visible()
    expect(seat.page.get_by_label("Loading")).to_have_count(0)
    return serious(seat)


@pytest.mark.parametrize("screen", SCREENS)
def test_a_screen_can_be_read_by_anybody(seat: Seat, screen: str) -> None:
    assert look(seat, screen) == []


@pytest.mark.parametrize("screen", ["overview", "vms", "jobs"])
def test_a_dark_screen_can_be_read_by_anybody(seat: Seat, screen: str) -> None:
    seat.page.get_by_role("button", name="Dark theme").click()
    assert look(seat, screen) == []


def test_a_wrong_password_is_told_with_its_fix(browser: Browser, system: System) -> None:
    with window(browser, system.api.url) as page:
        page.goto("/ui/vms?power=running")
        page.get_by_label("User name").fill("anna")
        page.get_by_label("Password").fill("not that one at all")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_text("the user name or the password is wrong")).to_be_visible()
        expect(page.get_by_text("a new password is set with")).to_be_visible()
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", level=1, name="Virtual machines")).to_be_visible()
        assert page.url.endswith("/ui/vms?power=running")  # where the link led


def test_german(seat: Seat) -> None:
    seat.page.get_by_role("button", name="Deutsch").click()
    expect(seat.page.get_by_role("heading", name="Übersicht")).to_be_visible()
    seat.page.goto("/ui/servers")
    expect(seat.page.get_by_role("columnheader", name="Rollen")).to_be_visible()
    expect(seat.page.locator("html")).to_have_attribute("lang", "de")


def test_strings_from_outside_are_text(seat: Seat) -> None:
    hostile = (
        "<img src=x onerror=\"document.title='taken'\"> <script>document.title='taken'</script>"
    )
    vm = seat.vm("hostile1", description=hostile, start=False)
    seat.page.goto(f"/ui/vms/{vm}")
    expect(seat.page.get_by_text(hostile)).to_be_visible()
    expect(seat.page).to_have_title(re.compile("hostile1"))


def test_an_address_of_nothing(seat: Seat) -> None:
    seat.page.goto("/ui/no/such/page")
    expect(seat.page.get_by_text("There is nothing here")).to_be_visible()
