"""Each screen looks as its picture in the docs does: light and dark, in a small window and in a large one."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.system import System
from tests.ui.browser import sign_in, window
from tests.ui.conftest import PASSWORD
from tests.ui.pictures import judge
from tests.ui.test_screens import SCREENS

pytestmark = [pytest.mark.slow, pytest.mark.whole, pytest.mark.thorough]

SIZES = ((1280, 900), (1920, 1080))
PAGES = {
    "vm": "vms/web1",
    "vm-ha": "vms/web1/ha",
    "vm-disks": "vms/web1/disks",
    "vm-networks": "vms/web1/networks",
    "vm-snapshots": "vms/web1/snapshots",
    "vm-backups": "vms/web1/backups",
    "vm-migration": "vms/web1/migration",
    "vm-description": "vms/web1/description?as=vm.cfg",
    "vm-events": "vms/web1/events",
    "server": "servers/srv1",
    "server-guests": "servers/srv1/guests",
    "server-bridges": "servers/srv1/bridges",
    "server-storage": "servers/srv1/storage",
    "pool": "pools/pool1",
    "pool-ha": "pools/pool1/ha",
    "pool-luns": "pools/pool1/luns",
    "pool-fencing": "pools/pool1/fencing",
    "array": "arrays/cx4",
    "array-pools": "arrays/cx4/pools",
    "array-luns": "arrays/cx4/luns",
    "array-groups": "arrays/cx4/groups",
    "array-mirrors": "arrays/cx4/mirrors",
    "array-qos": "arrays/cx4/qos",
    "array-ports": "arrays/cx4/ports",
}
"""Those of one thing, by the names of their pictures."""
STEADY = {"events": "events?kind=user"}
"""Where what is shown differs from run to run."""


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """A small pool that somebody uses."""
    env = {"MILLPOND_MANAGER_FAKE_ARRAYS": "true"}
    with System(tmp_path_factory.mktemp("ui") / "run", servers=2, manager_env=env) as found:
        found.make_pool()
        do = found.api.do
        for name, on in (("web1", "srv1"), ("web2", "srv2"), ("db1", "srv1")):
            vm = {"pool": "pool1", "name": name, "template": "tiny", "start": True, "on": on}
            do("POST", "/vms", vm | {"ha": name == "db1", "vifs": [{"bridge": "xenbr0"}]})
        do("POST", "/vms/web2/kill")
        do("POST", "/vms/web1/snapshots", {"snapshot": "before-update"})
        found.api("POST", "/users", {"name": "anna", "password": PASSWORD})
        array = {"addresses": ["192.0.2.1", "192.0.2.2"], "user": "admin", "password": PASSWORD}
        found.api("POST", "/arrays", {"name": "cx4", **array})
        for name, size in (("data1", 100), ("data2", 40)):
            lun = {"name": name, "array": "cx4", "array_pool": "pool", "size": size << 30}
            do("POST", "/pools/pool1/luns", lun)
        yield found


@pytest.fixture(scope="module")
def page(browser: Browser, furnished: System) -> Iterator[Page]:
    with window(browser, furnished.api.url) as found:
        sign_in(found, PASSWORD, "anna")
        yield found


@pytest.mark.parametrize(("name", "path"), [*((s, s) for s in SCREENS), *PAGES.items()])
def test_a_screen_looks_as_it_is_shown(page: Page, name: str, path: str) -> None:
    page.goto(f"/ui/{STEADY.get(path, path)}")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_label("Loading")).to_have_count(0)
    wrong = []
    for theme, other in (("light", "Dark theme"), ("dark", "Light theme")):
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            if name == "picture":
                page.get_by_role("button", name="Fit View").click()
            wrong.append(judge(page, f"{name}-{theme}-{width}.png"))
        page.get_by_role("button", name=other).click()
    assert not any(wrong), wrong
