"""The web interface on real servers: click, then ask virsh."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.lab.pool import PoolLab, pool_lab
from tests.lab.traces import eventually
from tests.support.truth import runs_on, virsh
from tests.ui.browser import chromium, photograph, sign_in, window

pytestmark = [pytest.mark.lab, pytest.mark.slow]

PASSWORD = "four random plain words"
TICK = re.compile(r"millpond tick (\d+)")
WINDOW = {"width": 1280, "height": 800}
BOOT = 120_000
"""ms a guest may take to count, emulated on two busy cores."""
LIT = """() => {
  const canvas = document.querySelector(".mp-console canvas");
  if (!canvas || canvas.width < 640) return false;
  const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return data.filter((value, at) => at % 4 < 3 && value > 100).length > 1000;
}"""
"""Whether the screen shows something: the text that the guest's firmware wrote, at least."""


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PoolLab]:
    with pool_lab(tmp_path_factory.mktemp("web")) as found:
        found.api("POST", "/users", {"name": "anna", "password": PASSWORD})
        yield found


def test_a_guest_moves_while_its_console_is_watched(pool: PoolLab) -> None:
    vm = pool.create("watched", on="srv1")
    with chromium() as browser, window(browser, pool.api.url, viewport=WINDOW) as page:
        sign_in(page, PASSWORD, "anna")
        page.goto("/ui/vms")
        row = page.get_by_role("row").filter(has_text=vm)
        expect(row.get_by_text("running", exact=True)).to_be_visible()
        expect(row.get_by_role("link", name="srv1")).to_be_visible()
        assert runs_on(pool.lab, vm) == ["srv1"]
        photograph(page, "vms")

        row.get_by_role("link", name=vm).click()
        page.get_by_role("tab", name="Console").or_(
            page.get_by_role("link", name="Console")
        ).click()
        screen = page.locator(".xterm-accessibility-tree")
        expect(screen).to_contain_text(TICK, timeout=BOOT)

        page.get_by_role("button", name="Screen (VNC)").click()
        expect(page.locator(".mp-console")).to_have_attribute("data-line", "connected")
        for _ in eventually("the screen shows something", BOOT / 1000):
            if page.evaluate(LIT):  # evaluated here: the page's policy lets no polling in
                break
        page.get_by_role("button", name="Serial console").click()
        expect(screen).to_contain_text(TICK, timeout=BOOT)

        pool.counter(vm).arriving("srv2")
        page.get_by_role("button", name="Migrate", exact=True).click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("To server").select_option("srv2")
        photograph(page, "migrate")
        dialog.get_by_role("button", name="Migrate", exact=True).click()
        heading = page.get_by_role("heading", level=1).locator("..")
        expect(heading).to_contain_text("srv2", timeout=BOOT)
        assert runs_on(pool.lab, vm) == ["srv2"]
        before = pool.counter(vm).ticks()[-1]
        expect(screen).to_contain_text(f"millpond tick {before + 2}", timeout=BOOT)
        photograph(page, "console")
    assert pool.counter(vm).unbroken()
    pool.remove(vm)


def test_a_failover_is_watched_on_the_picture(pool: PoolLab) -> None:
    vm = pool.create("guarded", on="srv3")
    pool.api.do("PATCH", f"/vms/{vm}", {"ha": True})
    with chromium() as browser, window(browser, pool.api.url, viewport=WINDOW) as page:
        sign_in(page, PASSWORD, "anna")
        photograph(page, "overview")
        page.goto("/ui/picture")
        server, guest = (
            page.locator(".mp-box").filter(has=page.get_by_role("link", name=name, exact=True))
            for name in ("srv3", vm)
        )
        expect(server).to_have_attribute("data-look", "good")
        expect(guest).to_have_attribute("data-look", "good")
        photograph(page, "picture")
        pool.lab.crash("srv3")
        expect(server).to_have_attribute("data-look", "bad", timeout=BOOT)
        for _ in eventually("it runs elsewhere", BOOT / 1000):
            told = pool.api("GET", f"/vms/{vm}")
            there = told["server"] and told["server"]["name"]
            if there not in (None, "srv3") and told["power"] == "running":
                break
        assert vm in virsh(pool.lab, there, "list", "--name").split()
        photograph(page, "picture-of-a-crash")
        expect(guest).to_have_attribute("data-look", "good", timeout=BOOT)

        page.goto(f"/ui/vms/{vm}")
        expect(page.get_by_role("heading", level=1).locator("..")).to_contain_text(there)
        for _ in eventually("its failover is over", BOOT / 1000):
            if pool.api("GET", "/pools/pool1/failovers?limit=1")["items"][0]["ended"]:
                break
        page.goto("/ui/failovers")
        story = page.get_by_role("listitem").filter(has_text=vm)
        expect(story.first).to_be_visible()
        expect(page.get_by_text("Within the promise").first).to_be_visible()
        photograph(page, "failovers")
    pool.remove(vm)
