"""The web interface's files, as ``make ui`` built them."""

import mimetypes
from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import FileResponse, HTMLResponse, Response

import millpond

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
"""Content-Security-Policy (W3C CSP 3) of a page: nothing inline, nothing from elsewhere."""

HASHED = "assets/"
"""Vite puts here what has a hash of its content in its name."""

_NOT_BUILT = """<!doctype html><html lang="en"><title>Millpond</title>
<h1>The web interface is not built</h1>
<p>This manager has no files of it. In its checkout, run <code>make ui</code>, or set
<code>web_dir</code> to where they are. The API and the command line work without it.</p></html>
"""


def default_directory() -> Path:
    """``ui/dist`` of the checkout that this program runs from, else where packages put it."""
    built = Path(millpond.__file__).parents[2] / "ui" / "dist"
    return built if built.is_dir() else Path("/usr/share/millpond/ui")


def answer(directory: Path, path: str, headers: Headers) -> Response:
    """The file ``path``, or the page that knows what every other path means. 404 for a hashed file
    that is not there: it belongs to another version."""
    page = directory / "index.html"
    if not page.is_file():
        return HTMLResponse(_NOT_BUILT, 503)
    hashed = path.startswith(HASHED)
    wanted = _below(directory, path)
    if wanted is None and hashed:
        return Response(status_code=404)
    return _file(wanted or page, hashed, headers)


def _below(directory: Path, path: str) -> Path | None:
    """The file ``path`` of the directory; None if there is none, or if it is no file's name."""
    try:
        wanted = (directory / path).resolve()
        found = wanted.is_relative_to(directory.resolve()) and wanted.is_file()
    except (ValueError, OSError):  # such as one with a zero in it, or too long
        return None
    return wanted if found else None


def _file(wanted: Path, hashed: bool, headers: Headers) -> Response:
    sent = {
        "content-security-policy": POLICY,
        "cache-control": "public, max-age=31536000, immutable" if hashed else "no-cache",
        "vary": "Accept-Encoding",
    }
    guessed = mimetypes.guess_type(wanted.name)[0]
    media = "text/javascript" if wanted.suffix == ".js" else guessed or "text/plain"
    packed = wanted.with_name(wanted.name + ".gz")
    if "gzip" in headers.get("accept-encoding", "") and packed.is_file():
        wanted, sent = packed, sent | {"content-encoding": "gzip"}
    return FileResponse(wanted, headers=sent, media_type=media)
