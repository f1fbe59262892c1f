"""``millpond-array``: make a software array, and run one of its storage processors."""

import asyncio
import ipaddress
import logging
import re
import secrets
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from millpond.array import faulty
from millpond.array.exports import SpName
from millpond.array.model import identity, users
from millpond.array.model.refusals import Refusal
from millpond.array.model.state import State, Usage
from millpond.array.model.types import Role, Secret, Tier
from millpond.array.model.units import BLOCKS

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="The software array: make one, and run its storage processors.",
)
Directory = Annotated[Path, typer.Argument(metavar="DIR", help="Where the array is.")]
_DISKS = re.compile(r"(\d{1,4})x(\d{1,9})(mb|gb|tb)(?::(flash|fc|sas|sata))?", re.IGNORECASE)
MetricsPort = Annotated[
    int | None,
    typer.Option(min=1, max=65535, help="Tell Prometheus, here; nothing is told if none is given."),
]
FIRST_USER = "admin"


def main() -> None:
    app()


@app.command()
def create(
    directory: Directory,
    disks: Annotated[
        list[str], typer.Option(help="COUNTxSIZE:TIER, as in 10x100gb:sas; once for each tier.")
    ],
    sp_a: Annotated[str, typer.Option(help="Address at which SP A takes commands.")],
    sp_b: Annotated[str, typer.Option(help="Address at which SP B takes commands.")],
    name: Annotated[str, typer.Option(help="The array's name.")] = "array",
    password_file: Annotated[
        Path | None,
        typer.Option(help="The first user's password; - reads it. One is made if none is given."),
    ] = None,
) -> None:
    """Make an array in DIR, with a user admin."""
    management: dict[SpName, str] = {"A": _address(sp_a), "B": _address(sp_b)}
    if sp_a == sp_b:
        _leave(2, "the SPs need two addresses, for both take commands at the same port")
    chosen = [disk for text in disks for disk in _disks(text)]
    password = _password(password_file)
    try:
        serial = _make(directory, name, management, chosen, password)
    except (Refusal, OSError) as error:
        _leave(1, str(error))
    typer.echo(f"array {serial} with {len(chosen)} disks made in {directory}")
    if password_file is None:
        typer.echo(f"user {FIRST_USER}, password {password}")


@app.command()
def serve(
    directory: Directory,
    sp: Annotated[str, typer.Option(help="Which SP to be: a or b.")],
    address: Annotated[
        str | None, typer.Option(help="Where to take commands; the SP's own if none is given.")
    ] = None,
    metrics_port: MetricsPort = None,
) -> None:
    """Be a storage processor of the array in DIR: iSCSI for hosts, commands of naviseccli."""
    import uvloop

    from millpond.array.serve import serve as be

    if sp.lower() not in ("a", "b"):
        _leave(2, "--sp is a or b")
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    try:
        uvloop.run(be(directory, "A" if sp.lower() == "a" else "B", address, metrics_port))
    except BlockingIOError:
        _leave(1, f"SP {sp.upper()} of {directory} runs already")
    except OSError as error:
        _leave(1, str(error))
    except KeyboardInterrupt:
        raise typer.Exit(0) from None


@app.command()
def run(directory: Directory, metrics_port: MetricsPort = None) -> None:
    """Run both storage processors of the array in DIR, and start again one that ends."""
    from millpond.array import supervise

    options = () if metrics_port is None else ("--metrics-port", str(metrics_port))
    try:
        asyncio.run(supervise.run(directory, options))
    except OSError as error:
        _leave(1, str(error))


@app.command()
def demo(
    directory: Directory,
    sp_a: Annotated[str, typer.Option(help="SP A's address, for everything.")] = "127.0.0.11",
    sp_b: Annotated[str, typer.Option(help="SP B's.")] = "127.0.0.12",
    initiator: Annotated[
        list[str] | None, typer.Option(help="Who sees its LUN as well; QEMU and libiscsi do.")
    ] = None,
) -> None:
    """Make an array to try in DIR, say how to reach it, and run it until Ctrl-C."""
    from millpond.array import demo as demonstration
    from millpond.array import supervise
    from millpond.array.store.store import Store

    addresses: dict[SpName, str] = {"A": _address(sp_a), "B": _address(sp_b)}
    password = _password(None)
    try:
        _make(directory, "demo", addresses, demonstration.DISKS, password)
        made = Store(directory).change(
            lambda state, usage: demonstration.furnished(state, usage, initiator or ()),
            time.time(),
        )
        typer.echo(demonstration.told(made, FIRST_USER, password))
        asyncio.run(supervise.run(directory))
    except (Refusal, OSError) as error:
        _leave(1, str(error))


def _make(
    directory: Path,
    name: str,
    addresses: dict[SpName, str],
    disks: Sequence[tuple[Tier, int, str]],
    password: str,
) -> str:
    """A new array with its first user; its serial number. Raises ``Refusal``, OSError."""
    from millpond.array.navisphere import passwords
    from millpond.array.store import store

    serial = f"MPD{secrets.randbelow(10**11):011d}"
    state = identity.new(serial, name, secrets.token_hex(4), addresses, disks)
    hashed = passwords.hashed(password)
    store.create(directory, users.add(state, FIRST_USER, Role.ADMINISTRATOR, "global", hashed))
    return serial


@app.command()
def fault(
    directory: Directory,
    kind: faulty.Kinds,
    subject: faulty.Subject,
    initiator: faulty.Initiator = "",
    delay: Annotated[int, typer.Option(help="Milliseconds that a slow disk takes longer.")] = 50,
) -> None:
    """Let something fail: a disk, a path, a port, an SP; a disk become slow, a pool full; a link be cut."""
    _fail_or_repair(lambda: faulty.inject(directory, kind, subject, initiator, delay))


@app.command()
def repair(
    directory: Directory,
    kind: faulty.Kinds,
    subject: faulty.Subject,
    initiator: faulty.Initiator = "",
) -> None:
    """Undo what ``fault`` did. A disk is replaced, and rebuilt if it has to be."""
    _fail_or_repair(lambda: faulty.repair(directory, kind, subject, initiator))


def _fail_or_repair(change: Callable[[], None]) -> None:
    try:
        change()
    except (Refusal, OSError, ValueError) as error:
        _leave(1, str(error))


@app.command()
def link(
    directory: Directory,
    with_: Annotated[
        Path | None,
        typer.Option("--with", help="What the other array's link command printed; - reads it."),
    ] = None,
    remove: Annotated[
        str, typer.Option(metavar="SERIAL", help="Link to that array no longer.")
    ] = "",
) -> None:
    """Print what another array has to know to link to this one, or link to another one: for mirrors."""
    from millpond.array import linking

    try:
        if remove:
            linking.unlink(directory, remove)
        elif with_ is not None:
            text = sys.stdin.read() if str(with_) == "-" else with_.read_text()
            typer.echo(f"linked to array {linking.link(directory, text)}")
        else:
            typer.echo(linking.described(directory))
    except (Refusal, OSError, ValueError) as error:
        _leave(1, str(error))


@app.command()
def chap(
    directory: Directory,
    initiator: Annotated[str, typer.Argument(help="Its iSCSI name.")],
    user: Annotated[
        str, typer.Option(help="The name that it proves; none: nothing to prove.")
    ] = "",
    secret_file: Annotated[Path | None, typer.Option(help="Its secret; - reads it.")] = None,
    mutual_user: Annotated[str, typer.Option(help="The name that the array proves.")] = "",
    mutual_secret_file: Annotated[Path | None, typer.Option(help="The array's secret.")] = None,
) -> None:
    """Set what an initiator has to prove when it logs in next (CHAP)."""
    from millpond.array.model import secrets as initiator_secrets
    from millpond.array.store.store import Store

    if bool(user) != bool(secret_file) or bool(mutual_user) != bool(mutual_secret_file):
        _leave(2, "a user and a file with a secret go together")
    secret = Secret(
        user=user,
        secret=_password(secret_file) if secret_file else "",
        mutual_user=mutual_user,
        mutual_secret=_password(mutual_secret_file) if mutual_secret_file else "",
    )

    def command(state: State, _usage: Usage) -> State:
        if user:
            return initiator_secrets.put(state, initiator, secret)
        return initiator_secrets.remove(state, initiator)

    try:
        Store(directory).change(command, time.time())
    except (Refusal, OSError) as error:
        _leave(1, str(error))


def _disks(text: str) -> list[tuple[Tier, int, str]]:
    found = _DISKS.fullmatch(text)
    if found is None:
        _leave(2, f"--disks {text} is not like 10x100gb:sas")
    count, size, unit, tier = found.groups()
    tier = (tier or "sas").lower()
    disk = (Tier[tier.upper()], int(size) * BLOCKS[unit.lower()], f"data/{tier}")
    return [disk] * int(count)


def _address(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        _leave(2, f"{text} is not an IP address")


def _password(path: Path | None) -> str:
    if path is None:
        return secrets.token_urlsafe(12)
    return (sys.stdin.readline() if str(path) == "-" else path.read_text()).strip()


def _leave(status: int, text: str) -> NoReturn:
    typer.echo(text, err=True)
    raise typer.Exit(status)


if __name__ == "__main__":
    main()
