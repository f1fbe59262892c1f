"""The one way to the manager: HTTPS with its CA, a bearer token, errors as ``CliError``."""

import json
import ssl
import time
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import quote, urljoin, urlsplit
from uuid import uuid4

import httpx

from millpond.cli.config import Config
from millpond.cli.errors import CliError, ExitCode, from_reply, usage

Json = dict[str, Any]

PREFIX = "/api/v1"
PAGE = 1000
"""Objects asked for at once: the most the manager gives."""
STREAM_TIMEOUT = httpx.Timeout(None, connect=10.0)
STREAMED = 1 << 18
"""Bytes of a file taken at once."""
RETRIES = (0.5, 1.0, 2.0)
"""Seconds before each repetition of a call that may be repeated safely."""


def path(*parts: str) -> str:
    """``path("vms", name, "start")``: each part quoted, so that no name can leave its place. A slash
    is refused here, for servers decode it before they look for the page."""
    for part in parts:
        if part in ("", ".", "..") or "/" in part:
            raise usage(f"{part!r} is not a name")
    return "/" + "/".join(quote(part, safe="") for part in parts)


class Streamed(NamedTuple):
    """A piece of a file with the ``etag`` that this has now."""

    data: bytes
    etag: str


class Client:
    """Calls are relative to ``/api/v1``. Use as a context manager."""

    def __init__(self, config: Config, timeout: float = 60.0) -> None:
        scheme = urlsplit(config.url).scheme
        if scheme not in ("http", "https") or not urlsplit(config.url).hostname:
            raise usage(
                f"{config.url!r} is not the address of a manager",
                "give it as https://HOST:PORT",
            )
        self.config = config
        self.tls = _tls(config.ca) if scheme == "https" else None
        self._http = httpx.Client(
            base_url=config.url.rstrip("/") + PREFIX,
            verify=self.tls or False,
            timeout=httpx.Timeout(timeout, connect=min(timeout, 10.0)),
            headers={"Authorization": f"Bearer {config.token}"} if config.token else {},
        )

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def get(self, where: str, **params: Any) -> Any:
        """The decoded reply. Parameters that are None are left out."""
        return self._json("GET", where, params=params, repeat=True)

    def items(self, where: str, **params: Any) -> list[Json]:
        """All pages of a list, or its first ``limit`` objects if that parameter is given."""
        limit = params.pop("limit", None)
        found: list[Json] = []
        while True:
            page = self.get(where, **params, limit=min(limit or PAGE, PAGE))
            found += page["items"]
            if not page.get("next") or (limit is not None and len(found) >= limit):
                return found[:limit]
            params["after"] = page["next"]

    def text(self, where: str, **params: Any) -> str:
        return self._send("GET", where, params=params, repeat=True).text

    def call(self, method: str, where: str, body: Any = None, **params: Any) -> Any:
        """A change that is no job; None where the reply has no body."""
        return self._json(method, where, body=body, params=params)

    def put(self, where: str, content: bytes, **params: Any) -> Any:
        """Send bytes as they are, to a place where the same may be sent again."""
        return self._json("PUT", where, content=content, params=params, repeat=True)

    def submit(
        self,
        method: str,
        where: str,
        body: Any = None,
        *,
        if_match: str | None = None,
        **params: Any,
    ) -> Json:
        """Ask for an operation; the accepted job. The idempotency key makes it safe to repeat the
        call when the connection breaks before the answer."""
        headers = {"Idempotency-Key": str(uuid4())}
        if if_match is not None:
            headers["If-Match"] = if_match
        job: Json = self._json(
            method, where, body=body, params=params, headers=headers, repeat=True
        )
        return job

    def etag(self, where: str) -> tuple[Json, str | None]:
        """An object and its ETag, for a change that must not overwrite another's."""
        response = self._send("GET", where, repeat=True)
        return response.json(), response.headers.get("ETag")

    def events(self, after: int | None = None) -> Iterator[Json]:
        """Events as they happen, for ever; the first ``None``-kind event says the stream is open.

        Raises ``CliError`` when the stream ends or breaks.
        """
        headers = {"Accept": "text/event-stream"}
        if after is not None:
            headers["Last-Event-ID"] = str(after)
        try:
            with self._http.stream(
                "GET", "/events", headers=headers, timeout=STREAM_TIMEOUT
            ) as response:
                if response.is_error:
                    response.read()
                    raise refusal(response.status_code, response.content)
                yield {"kind": None}
                yield from _server_sent(response.iter_lines())
        except httpx.TransportError as error:
            raise self._unreachable(error) from error
        raise self._unreachable("the manager closed the event stream")

    def stream(self, where: str, headers: dict[str, str]) -> Iterator[Streamed]:
        """A file, piece by piece. Raises ``CliError``, also if the connection breaks."""
        try:
            with self._http.stream("GET", where, headers=headers) as response:
                if response.is_error:
                    response.read()
                    raise refusal(response.status_code, response.content)
                etag = response.headers["ETag"]
                for data in response.iter_raw(STREAMED):
                    yield Streamed(data, etag)
        except httpx.TransportError as error:
            raise self._unreachable(error) from error

    def websocket_url(self, url: str) -> str:
        """``url`` from a reply, absolute or not, as this client must dial it."""
        base = urlsplit(self.config.url)
        found = urlsplit(urljoin(self.config.url + "/", url))
        scheme = "wss" if base.scheme == "https" else "ws"
        return found._replace(scheme=scheme, netloc=base.netloc).geturl()

    def _json(self, method: str, where: str, **how: Any) -> Any:
        response = self._send(method, where, **how)
        if not response.content:
            return None
        try:
            return response.json()
        except json.JSONDecodeError as error:
            raise CliError(
                ExitCode.INTERNAL,
                self.config.url,
                "what answers there is not a Millpond manager",
                "check the address: millpond login https://HOST:PORT",
            ) from error

    def _send(
        self,
        method: str,
        where: str,
        *,
        body: Any = None,
        content: bytes | None = None,
        params: Json | None = None,
        headers: dict[str, str] | None = None,
        repeat: bool = False,
    ) -> httpx.Response:
        query = {key: value for key, value in (params or {}).items() if value is not None}
        waits = iter(RETRIES if repeat else ())
        while True:
            try:
                response = self._http.request(
                    method, where, json=body, content=content, params=query, headers=headers
                )
            except httpx.TransportError as error:
                wait = None if _hopeless(error) else next(waits, None)
                if wait is None:
                    raise self._unreachable(error) from error
                time.sleep(wait)
                continue
            if response.is_error:
                raise refusal(response.status_code, response.content)
            return response

    def _unreachable(self, cause: object) -> CliError:
        url = self.config.url
        words = str(cause) or type(cause).__name__
        if "CERTIFICATE_VERIFY_FAILED" in words:
            return CliError(
                ExitCode.UNREACHABLE,
                url,
                f"its certificate cannot be trusted: {words}",
                "copy the manager's pki/ca.pem here and sign in with: "
                f"millpond login {url} --ca ca.pem",
            )
        return CliError(
            ExitCode.UNREACHABLE,
            url,
            f"the manager does not answer: {words}",
            "check that millpond-manager runs there, and the address: millpond login URL",
        )


def _hopeless(error: httpx.TransportError) -> bool:
    """Trying again cannot help: the certificate or the address is wrong."""
    return "CERTIFICATE_VERIFY_FAILED" in str(error) or isinstance(error, httpx.UnsupportedProtocol)


def _tls(ca: str) -> ssl.SSLContext:
    """Trusts ``ca`` alone, or the system's authorities if it is ""."""
    try:
        return ssl.create_default_context(cafile=ca or None)
    except OSError as error:
        raise CliError(
            ExitCode.USAGE,
            f"CA file {ca}",
            f"cannot be used: {error}",
            "name the manager's ca.pem with --ca or MILLPOND_CA",
        ) from error


def refusal(status: int, body: bytes | bytearray) -> CliError:
    """The exception for an error reply, whoever sent it: a proxy's page has no error object."""
    try:
        found = json.loads(body)["error"]
        error = found | {"code": found["code"]}
    except (ValueError, KeyError, TypeError):
        error = {"message": f"the reply was HTTP {status}"}
    return from_reply(status, error)


def _server_sent(lines: Iterator[str]) -> Iterator[Json]:
    """Events of a stream (WHATWG HTML, 9.2.6): their JSON data, with kind and seq filled in."""
    fields: dict[str, str] = {}
    for line in lines:
        if line:
            name, _, value = line.partition(":")
            value = value.removeprefix(" ")
            fields[name] = (
                f"{fields[name]}\n{value}" if name == "data" and name in fields else value
            )
        elif fields:
            if "data" in fields:
                event = json.loads(fields["data"])
                event.setdefault("kind", fields.get("event", ""))
                if fields.get("id", "").isdigit():
                    event.setdefault("seq", int(fields["id"]))
                yield event
            fields = {}
