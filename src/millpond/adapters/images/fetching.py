"""Fetching an image over http or https into an open file, going on where it broke off."""

import http.client
import os
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from io import FileIO
from urllib.parse import urljoin

from millpond.adapters.images import urls
from millpond.domain.errors import Failed, Refused

SILENCE = 30.0
"""Seconds without a byte after which a connection counts as broken."""

_HOPS = 5
_TRIES = 5
_PIECE = 1 << 20
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass
class Fetch:
    """One URL, from the ``origin`` it was resolved to. ``limit`` is the most bytes taken. ``validator`` is
    the ETag of what ``target`` holds the beginning of, and told anew by ``on_validator``."""

    url: str
    origin: urls.Origin
    limit: int
    validator: str = ""
    on_validator: Callable[[str], None] = lambda validator: None
    on_progress: Callable[[int, int | None], None] = lambda done, total: None
    check_room: Callable[[int], None] = lambda size: None

    def into(self, target: FileIO, unwanted: threading.Event) -> None:
        """Until it is complete, or ``unwanted`` is set. Raises ``Refused(image.url)``,
        ``Refused(image.size)`` and ``Failed``."""
        for attempt in range(_TRIES):
            try:
                self._once(target, unwanted)
                return
            except (OSError, http.client.HTTPException) as error:
                if isinstance(error, ssl.SSLError) or attempt == _TRIES - 1:
                    raise Failed("fetch", f"{self.url}: {error or type(error).__name__}") from error
                if unwanted.wait(2**attempt / 4):
                    return

    def _once(self, target: FileIO, unwanted: threading.Event) -> None:
        have = os.fstat(target.fileno()).st_size if self.validator else 0
        connection, reply = self._ask(have)
        try:
            if reply.status == 416 and have:
                return  # there is nothing behind what we have
            if reply.status not in (200, 206) or reply.getheader("Content-Encoding"):
                raise Failed(
                    "fetch", f"{self.url}: the server answers {reply.status} {reply.reason}"
                )
            have = have if reply.status == 206 else 0
            target.truncate(have)
            target.seek(have)
            self.validator = _strong(reply.getheader("ETag"))
            self.on_validator(self.validator)
            self._pour(reply, target, have, unwanted)
        finally:
            connection.close()

    def _pour(
        self, reply: http.client.HTTPResponse, target: FileIO, done: int, unwanted: threading.Event
    ) -> None:
        length = reply.length
        total = None if length is None else done + length
        self._check_size(total or 0)
        self.check_room(length or 0)
        while not unwanted.is_set():
            piece = reply.read1(_PIECE)
            if not piece:
                break
            target.write(piece)
            done += len(piece)
            self._check_size(done)
            self.on_progress(done, total)
        if total is not None and done < total and not unwanted.is_set():
            raise http.client.IncompleteRead(b"", total - done)

    def _check_size(self, size: int) -> None:
        if size > self.limit:
            raise Refused(
                "image.size",
                f"URL {self.url}",
                f"it is larger than {self.limit} bytes",
                "raise the agent's setting import_max_size, if it is what you want",
            )

    def _ask(self, have: int) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
        headers = {"Accept-Encoding": "identity", "User-Agent": "millpond"}
        if have:
            headers |= {"Range": f"bytes={have}-", "If-Range": self.validator}
        url = self.url
        for _ in range(_HOPS):
            connection = _connect(self.origin)
            try:
                connection.request("GET", urls.target(url), headers=headers)
                reply = connection.getresponse()
            except BaseException:
                connection.close()
                raise
            if reply.status not in _REDIRECTS:
                return connection, reply
            connection.close()
            url = urljoin(url, reply.getheader("Location") or "")
            if not urls.same_origin(url, self.origin):
                raise urls.refused(self.url, f"it leads on to another server: {url[:200]}")
        raise urls.refused(self.url, "it leads on and on")


def _connect(origin: urls.Origin) -> http.client.HTTPConnection:
    """To the address that was looked at, whatever the name has become since; TLS still proves the name."""
    plain = socket.create_connection((origin.address, origin.port), SILENCE)
    connection = http.client.HTTPConnection(origin.host, origin.port, timeout=SILENCE)
    if origin.scheme == "https":
        connection.default_port = http.client.HTTPS_PORT
        try:
            plain = ssl.create_default_context().wrap_socket(plain, server_hostname=origin.host)
        except BaseException:
            plain.close()
            raise
    connection.sock = plain
    return connection


def _strong(etag: str | None) -> str:
    """An ETag that means the same bytes, else "" (RFC 9110, 8.8.1)."""
    return etag if etag and etag.startswith('"') and len(etag) < 512 else ""
