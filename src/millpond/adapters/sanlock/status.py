"""What sanlock's daemon says of itself: ``sanlock client status``, which has no other interface."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from millpond.adapters.lease_errors import silent

_SECONDS = 5.0


@dataclass(frozen=True)
class DaemonStatus:
    """``host`` is its name in delta leases."""

    host: str
    uses_watchdog: bool


async def read() -> DaemonStatus:
    """Raises ``Refused(lease.daemon)``."""
    process = await asyncio.create_subprocess_exec(
        "sanlock",
        "client",
        "status",
        "-D",
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(_SECONDS):
            output, _ = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        raise silent(f"did not answer within {_SECONDS:g} s") from None
    if process.returncode:
        raise silent("does not answer")
    return _parse(output.decode(errors="replace"))


def _parse(text: str) -> DaemonStatus:
    """Lines such as ``daemon srv1`` and ``    use_watchdog=1``."""
    lines = text.splitlines()
    names = [rest for word, _, rest in (line.partition(" ") for line in lines) if word == "daemon"]
    return DaemonStatus(names[0] if names else "", "    use_watchdog=1" in lines)


def watchdog_device() -> str | None:
    """The device that wdmd(8) keeps from firing; while it guards nothing, the one it would open.
    None if wdmd does not run or there is no device."""
    daemon = next((p for p in Path("/proc").glob("[0-9]*") if _name(p) == "wdmd"), None)
    if daemon is None:
        return None
    devices = sorted(str(p) for p in Path("/dev").glob("watchdog*"))
    opened = {_target(fd) for fd in (daemon / "fd").glob("*")}
    return next((d for d in devices if d in opened), devices[0] if devices else None)


def _name(process: Path) -> str:
    try:
        return (process / "comm").read_text().strip()
    except OSError:
        return ""


def _target(link: Path) -> str:
    try:
        return str(link.readlink())
    except OSError:
        return ""
