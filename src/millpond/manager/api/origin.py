"""Whose page is it that asks? Browsers say so in Origin (RFC 6454); other programs send none."""

from urllib.parse import urlsplit

from starlette.requests import HTTPConnection


def from_elsewhere(connection: HTTPConnection) -> bool:
    """Whether a page of another site makes the call."""
    origin = connection.headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != connection.headers.get("host")


def from_our_page(connection: HTTPConnection) -> bool:
    """Whether a page of this manager makes the call, and says so."""
    return "origin" in connection.headers and not from_elsewhere(connection)
