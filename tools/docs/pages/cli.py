"""The command line; the page is the CLI's own."""

from millpond.cli import reference


def text() -> str:
    return reference.page()
