"""A web server with an image on it, which can be told to misbehave."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LOOPBACK = "127.0.0.0/8"


@dataclass
class Site:
    """``content`` by its path. ``cut`` hangs up after so many bytes of the first replies, ``ranges``
    says whether parts can be asked for. ``asked`` are the requests: path and Range."""

    content: dict[str, bytes]
    ranges: bool = True
    etag: str = '"v1"'
    cut: list[int] = field(default_factory=list)
    redirect: dict[str, str] = field(default_factory=dict)
    endless: bool = False
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    port: int = 0

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"


@contextmanager
def serving(site: Site) -> Iterator[Site]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(site))
    site.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _handler(site: Site) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Quiet."""

        def do_GET(self) -> None:
            wanted = self.headers.get("Range")
            site.asked.append((self.path, wanted))
            if self.path in site.redirect:
                self.send_response(302)
                self.send_header("Location", site.redirect[self.path])
                self.end_headers()
                return
            body = site.content[self.path]
            start = 0
            if wanted and site.ranges and self.headers.get("If-Range") == site.etag:
                start = int(wanted.removeprefix("bytes=").removesuffix("-"))
            self.send_response(206 if start else 200)
            self.send_header("ETag", site.etag)
            if not site.endless:
                self.send_header("Content-Length", str(len(body) - start))
            self.end_headers()
            end = start + site.cut.pop(0) if site.cut else len(body)
            try:
                self.wfile.write(body[start:end])
                while site.endless:
                    self.wfile.write(bytes(65536))
            except OSError:
                return

    return Handler
