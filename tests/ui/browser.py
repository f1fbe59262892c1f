"""Debian's Chromium on the web interface of a manager."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

CHROMIUM = "/usr/bin/chromium"
ROOT = Path(__file__).parents[2]
PATIENCE = 30_000
"""ms that anything on a page may take, on two busy cores."""

expect.set_options(timeout=PATIENCE)


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        # No sandbox: Chromium's needs another user than root.
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"], timeout=120_000
        )
        yield browser
        browser.close()


@contextmanager
def window(browser: Browser, url: str, **how: object) -> Iterator[Page]:
    """A page of its own session, whose complaints are collected in ``page.complaints``: what the
    content security policy stopped and what no code caught."""
    context = browser.new_context(
        base_url=url,
        ignore_https_errors=True,
        locale="en-GB",
        **how,  # type: ignore[arg-type]
    )
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    yield page
    context.close()


def photograph(page: Page, name: str) -> None:
    """For the tutorial, into the directory ``MILLPOND_PICTURES``, if that is set."""
    if into := os.environ.get("MILLPOND_PICTURES"):
        page.screenshot(path=Path(into) / f"{name}.png")


def sign_in(page: Page, password: str, user: str = "admin") -> None:
    page.goto("/ui/")
    page.get_by_label("User name").fill(user)
    page.get_by_label("Password").fill(password)
    photograph(page, "sign-in")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Overview", exact=True)).to_be_visible()
