"""Running a fence agent: arguments on its standard input, bounded in time, its words made fit to
be shown."""

import asyncio
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from millpond.adapters.children import WITH_US, end

ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",  # ssh looks for known_hosts
    "LC_ALL": "C",
}

IPMITOOL = Path(__file__).with_name("ipmitool")

_PREFIX = re.compile(r"^[0-9]{4}-[0-9-]+ [0-9:,]+ [A-Z]+: ")
_NOISE = ("Please use '-h' for usage",)
_LONGEST = 500


@dataclass(frozen=True)
class Answer:
    """What a program's run came to; ``said`` is one line, without secrets."""

    code: int
    output: bytes
    said: str


async def run(
    program: Path,
    arguments: list[str],
    plain: Mapping[str, str],
    secrets: Mapping[str, str],
    ipmitool_password: str | None = None,
) -> Answer:
    """Run ``program`` with ``plain`` and ``secrets`` as ``name=value`` lines on its standard input.
    ``ipmitool_password`` reaches the ``IPMITOOL`` it calls by no other way than a file descriptor.

    Cancelling kills it with all its children, so callers bound it with ``asyncio.timeout``. Raises
    ``OSError`` if it cannot be started.
    """
    lines = "".join(f"{name}={_quoted(v)}\n" for name, v in {**plain, **secrets}.items())
    hidden = [*secrets.values(), *([ipmitool_password] if ipmitool_password else [])]
    with _descriptor(ipmitool_password) as (handles, environment):
        process = await asyncio.create_subprocess_exec(
            *(*WITH_US, str(program), *arguments),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=environment,
            pass_fds=handles,
            start_new_session=True,
        )
        try:
            output, errors = await process.communicate(lines.encode())
        finally:
            await end(process)
    assert process.returncode is not None
    return Answer(process.returncode, output, _said(output, errors, hidden))


def _quoted(value: str) -> str:
    """fencing.py strips blanks and one pair of double quotes from a value."""
    return f'"{value}"' if value != value.strip() or value[:1] == '"' else value


@contextmanager
def _descriptor(password: str | None) -> Iterator[tuple[list[int], dict[str, str]]]:
    """A file in memory with the password, for a child to inherit, and its environment."""
    if password is None:
        yield [], ENVIRONMENT
        return
    handle = os.memfd_create("password")
    try:
        os.write(handle, password.encode() + b"\n")
        yield [handle], {**ENVIRONMENT, "MILLPOND_PASSWORD_FD": str(handle)}
    finally:
        os.close(handle)


def _said(output: bytes, errors: bytes, hidden: list[str]) -> str:
    """What it complained about, else the last thing it said."""
    lines = errors.decode(errors="replace").splitlines()
    complaints = [_PREFIX.sub("", line).strip() for line in lines if _PREFIX.match(line)]
    said = "; ".join(c for c in complaints if c and c not in _NOISE)
    if not said:
        spoken = [*lines, *output.decode(errors="replace").splitlines()]
        said = next((line.strip() for line in reversed(spoken) if line.strip()), "")
    for secret in filter(None, hidden):
        said = said.replace(secret, "***")
    return said[:_LONGEST]
