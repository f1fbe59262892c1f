"""A whole Millpond with fake guests, and a browser on it."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page

from tests.support.system import System
from tests.ui.browser import ROOT, chromium, sign_in, window

PASSWORD = "four random plain words"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    assert (ROOT / "ui" / "dist" / "index.html").exists(), "not built: make ui"
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """Two servers, pool ``pool1``, and a user with a password that is known."""
    with System(tmp_path_factory.mktemp("ui") / "run", servers=2) as found:
        found.make_pool()
        found.api("POST", "/users", {"name": "anna", "password": PASSWORD})
        yield found


@dataclass
class Seat:
    """Somebody signed in. ``complaints``: what the policy stopped and what no code caught."""

    page: Page
    system: System
    complaints: list[str] = field(default_factory=list)

    def heard(self, message: ConsoleMessage) -> None:
        # What xterm.js tries is stopped, and applied in another way; replies that are no success are
        # the browser's own notes.
        ours = "style" not in message.text and "Failed to load resource" not in message.text
        if message.type == "error" and ours:
            self.complaints.append(message.text)

    def vm(self, name: str, **more: object) -> str:
        """A VM made behind the browser's back; its id."""
        body = {"pool": "pool1", "name": name, "template": "tiny", "start": True, **more}
        self.system.api.do("POST", "/vms", body)
        return str(self.system.api("GET", f"/vms/{name}")["id"])


@pytest.fixture
def seat(browser: Browser, system: System) -> Iterator[Seat]:
    with window(browser, system.api.url, viewport={"width": 1280, "height": 900}) as page:
        found = Seat(page, system)
        page.on("console", found.heard)
        page.on("pageerror", lambda error: found.complaints.append(str(error)))
        sign_in(page, PASSWORD, "anna")
        yield found
        assert found.complaints == []
