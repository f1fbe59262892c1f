"""Fetching an exported file from the manager, going on where the connection broke off."""

import hashlib
import sys
import time
from pathlib import Path

from millpond.cli.client import RETRIES, Client
from millpond.cli.errors import CliError, ExitCode, usage
from millpond.cli.output import console
from millpond.cli.sizes import show_bytes

UNFINISHED = ".partial"
"""What the file's name ends in until it is complete."""


def download(client: Client, where: str, to: Path, wanted: str | None = None) -> str:
    """Fetch ``where`` into the file ``to``, which must not be there; its SHA-256. Raises ``CliError``, too
    if that is not the one ``wanted``: then no file is left."""
    if to.exists():
        raise usage(f"{to} is there already", "name another file")
    making = to.with_name(to.name + UNFINISHED)
    try:
        with making.open("wb"):
            found = _fetch(client, where, making)
        if wanted not in (None, found):
            raise CliError(
                ExitCode.FAILED,
                str(to),
                f"its SHA-256 is {found}, not {wanted}",
                "download it again",
            )
        making.replace(to)
    except OSError as error:
        raise usage(f"{to} cannot be written: {error.strerror}", "name another file") from error
    finally:
        making.unlink(missing_ok=True)
    return found


def _fetch(client: Client, where: str, making: Path) -> str:
    digest, etag, waits = hashlib.sha256(), "", iter(RETRIES)
    progress = console(stream=sys.stderr)
    with making.open("wb") as target, progress.status("downloading") as status:
        while True:
            headers = {"Range": f"bytes={target.tell()}-", "If-Range": etag} if etag else {}
            try:
                for piece in client.stream(where, headers):
                    if piece.etag != etag and etag:
                        raise CliError(
                            ExitCode.FAILED, where, "it was changed meanwhile", "download it again"
                        )
                    etag, waits = piece.etag, iter(RETRIES)
                    target.write(piece.data)
                    digest.update(piece.data)
                    status.update(f"downloading: {show_bytes(target.tell())}")
            except CliError as error:
                wait = next(waits, None)
                if error.exit_code is not ExitCode.UNREACHABLE or wait is None:
                    raise
                time.sleep(wait)
            else:
                return digest.hexdigest()
