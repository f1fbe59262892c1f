"""``millpond vm cloud-init``: what guests are told at their first boot."""

from pathlib import Path
from typing import Annotated

import typer

from millpond.cli.client import Json, path
from millpond.cli.crypt import hash_password
from millpond.cli.errors import usage
from millpond.cli.jobs import run
from millpond.cli.login import read_password
from millpond.cli.options import OutputOption, VmName, WaitOption, WatchOption
from millpond.cli.output import Block, Fields, Output
from millpond.cli.session import connect
from millpond.cli.sizes import show_bytes
from millpond.cli.watch import present

app = typer.Typer(no_args_is_help=True, help="What a VM's guest is told at its first boot.")

HostnameOption = Annotated[
    str | None, typer.Option(help="The guest's host name; the VM's if left out.")
]
UserOption = Annotated[
    str | None, typer.Option("--user", help="A user to make in the guest, who may become root.")
]
SshKeyOption = Annotated[
    list[Path] | None,
    typer.Option("--ssh-key", help="File with public keys that may sign in. Repeat for more."),
]
UserPasswordOption = Annotated[
    bool,
    typer.Option("--password-stdin", help="Read that user's password from the standard input."),
]
NetworkOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="dhcp|ADDRESS/PREFIX[,gateway=..,dns=..,search=..]",
        help="Addresses of the VM's first network interface, such as "
        "192.0.2.10/24,gateway=192.0.2.1. Repeat for the others.",
    ),
]
UserDataOption = Annotated[
    Path | None,
    typer.Option(help="File with user-data: #cloud-config, a script, or a multipart message."),
]

_SETTINGS = ("gateway", "dns", "search")
_FORM = "write it as dhcp or 192.0.2.10/24,gateway=192.0.2.1,dns=192.0.2.53"


def cloud_init(
    hostname: str | None,
    user: str | None,
    ssh_key: list[Path] | None,
    password_stdin: bool,
    network: list[str] | None,
    user_data: Path | None,
) -> Json | None:
    """What the options say, as the API takes it; None if they say nothing."""
    keys = [line for file in ssh_key or [] for line in _read(file).splitlines()]
    body: Json = {
        "hostname": hostname,
        "user": user,
        "password_hash": hash_password(read_password(True)) if password_stdin else None,
        "ssh_keys": [line for line in map(str.strip, keys) if line and not line.startswith("#")],
        "networks": [_network(text) for text in network or []],
        "user_data": None if user_data is None else _read(user_data),
    }
    return {key: value for key, value in body.items() if value not in (None, [])} or None


def _network(text: str) -> Json:
    words = text.split(",")
    found: Json = {}
    for word in words:
        key, equals, value = word.partition("=")
        if key in _SETTINGS and value and not (key == "gateway" and key in found):
            found[key] = value if key == "gateway" else [*found.get(key, []), value]
        elif "/" in word and not equals:
            found["addresses"] = [*found.get("addresses", []), word]
        elif word != "dhcp" or len(words) > 1:
            raise usage(f"{word!r} in {text!r} is no address and no setting", _FORM)
    return found


def _read(file: Path) -> str:
    try:
        return file.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise usage(f"cannot read {file}: {error}", "name a text file") from error


@app.command()
def show(vm: VmName, output: OutputOption = Output.TABLE, watch: WatchOption = False) -> None:
    """Show what the guest is told, but for what may be secret.

    Example: millpond vm cloud-init show web1
    """
    with connect() as client:
        present(
            client, lambda: client.get(path("vms", vm, "cloud-init")), _view, output, watch=watch
        )


@app.command("set")
def set_(
    vm: VmName,
    hostname: HostnameOption = None,
    user: UserOption = None,
    ssh_key: SshKeyOption = None,
    password_stdin: UserPasswordOption = False,
    network: NetworkOption = None,
    user_data: UserDataOption = None,
    wait: WaitOption = True,
    output: OutputOption = Output.TABLE,
) -> None:
    """Replace all that the guest of a VM is told; the VM is off. At its next boot it takes itself for new.

    Example: millpond vm cloud-init set web1 --user anna --ssh-key ~/.ssh/id_ed25519.pub
    """
    body = cloud_init(hostname, user, ssh_key, password_stdin, network, user_data) or {}
    with connect() as client:
        job = client.submit("PUT", path("vms", vm, "cloud-init"), body)
        run(client, job, output, wait=wait)


@app.command()
def detach(vm: VmName, wait: WaitOption = True, output: OutputOption = Output.TABLE) -> None:
    """Take the CD with the data out of a VM that is off, and remove it.

    Example: millpond vm cloud-init detach web1
    """
    with connect() as client:
        run(client, client.submit("DELETE", path("vms", vm, "cloud-init")), output, wait=wait)


def _view(seed: Json) -> list[Block]:
    data = f"{seed['user_data_kind']}, {show_bytes(seed['user_data_size'])}"
    fields: list[tuple[str, object]] = [
        ("Host name", seed["hostname"]),
        ("Instance", seed["instance"]),
        ("User-data", data),
        ("Network", seed["network_config"].strip() or "as the image has it"),
    ]
    return [Fields(fields)]
