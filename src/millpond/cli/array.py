"""``millpond array``: the storage arrays that LUNs come from."""

from typing import Annotated

import typer

from millpond.cli import software_array
from millpond.cli.client import Json, path
from millpond.cli.login import read_password
from millpond.cli.options import OutputOption, WatchOption, YesOption, complete_array
from millpond.cli.output import Block, Column, Draw, Fields, Output, Rows, table
from millpond.cli.output import show as show_value
from millpond.cli.session import connect
from millpond.cli.sizes import show_bytes
from millpond.cli.watch import present
from millpond.domain.array import ArrayKind

app = typer.Typer(no_args_is_help=True, help="Storage arrays: their health, capacity and LUNs.")
software_array.add_to(app)

_ARRAYS = (
    Column("NAME", "name"),
    Column("KIND", "kind", fixed=True),
    Column("ADDRESSES", "addresses"),
    Column("USER", "user"),
    Column("ID", "id", wide=True, fixed=True),
)
_POOLS = (
    Column("POOL", "name"),
    Column("FREE", lambda p: show_bytes(p["free"]), fixed=True, right=True),
    Column("TOTAL", lambda p: show_bytes(p["size"]), fixed=True, right=True),
    Column("PROMISED", lambda p: show_bytes(p["subscribed"]), fixed=True, right=True),
    Column("STATE", "state"),
)
_LUNS = (
    Column("NUMBER", "number", fixed=True, right=True),
    Column("NAME", "name"),
    Column("SIZE", lambda lun: show_bytes(lun["size"]), fixed=True, right=True),
    Column("USED", lambda lun: show_bytes(lun["used"]), fixed=True, right=True),
    Column("POOL", "pool"),
    Column("THIN", "thin", fixed=True),
    Column("SP", "owner", fixed=True),
    Column("STATE", "state"),
    Column("UID", "uid", wide=True, fixed=True),
)

_PORTS = (
    Column("SP", "sp", fixed=True),
    Column("PORT", "number", fixed=True, right=True),
    Column("ADDRESS", "address", fixed=True),
    Column("IQN", "iqn"),
)

_GROUPS = (
    Column("GROUP", "name"),
    Column("HOSTS", lambda group: [host["name"] or host["initiator"] for host in group["hosts"]]),
    Column("HLU=LUN", lambda group: [f"{one['hlu']}={one['lun']}" for one in group["luns"]]),
    Column("INITIATORS", lambda g: [host["initiator"] for host in g["hosts"]], wide=True),
)

_SNAPSHOTS = (
    Column("NAME", "name"),
    Column("KIND", "kind", fixed=True),
    Column("LUNS", "luns"),
    Column("CREATED", "created", fixed=True),
    Column("SHOWN AS", "shown_as"),
    Column("CONSISTENCY GROUP", "group", wide=True),
)

_MIRRORS = (
    Column("NAME", "name"),
    Column("KIND", "kind", fixed=True),
    Column("LUN", "lun", fixed=True, right=True),
    Column("HERE", lambda m: "primary" if m["primary"] else "secondary", fixed=True),
    Column("IMAGE", lambda m: [_image(image) for image in m["images"]]),
    Column("STATUS", "status", wide=True),
    Column("FAULTED", "faulted", wide=True, fixed=True),
)

_MIGRATIONS = (
    Column("SOURCE", lambda m: f"{m['source']} ({m['source_name']})"),
    Column("DESTINATION", lambda m: f"{m['destination']} ({m['destination_name']})"),
    Column("RATE", "rate", fixed=True),
    Column("STATE", "state"),
    Column("DONE", lambda m: f"{m['progress']} %", fixed=True, right=True),
    Column("LEFT", "left"),
)

_POLICIES = (
    Column("POLICY", "name"),
    Column("RUNNING", "running", fixed=True),
    Column("CLASSES", "classes"),
    Column("ON FAILURE", "on_failure"),
)

_CLASSES = (
    Column("CLASS", "name"),
    Column("RUNNING", "running", fixed=True),
    Column("LUNS", lambda one: "all" if one["luns"] is None else one["luns"]),
    Column("COMMANDS", "io_type", fixed=True),
    Column("SIZES", "sizes"),
    Column("CONTROL", "control", fixed=True),
    Column("GOAL", "goal"),
)

_LOADS = (
    Column("NUMBER", "number", fixed=True, right=True),
    Column("NAME", "name"),
    Column("READS/S", lambda one: f"{one['reads']:.1f}", fixed=True, right=True),
    Column("WRITES/S", lambda one: f"{one['writes']:.1f}", fixed=True, right=True),
    Column("READ/S", lambda one: show_bytes(round(one["bytes_read"])), fixed=True, right=True),
    Column(
        "WRITTEN/S", lambda one: show_bytes(round(one["bytes_written"])), fixed=True, right=True
    ),
    Column(
        "RESPONSE",
        lambda one: "-" if one["response"] is None else f"{one['response']:.2f} ms",
        fixed=True,
        right=True,
    ),
)


def _image(image: Json) -> str:
    """A secondary image, as far as it is known."""
    percent, minutes = image["progress"], image["behind"]
    told = (
        image["state"],
        image["condition"],
        percent is not None and f"{percent} %",
        minutes is not None and f"{minutes} min behind",
    )
    return ", ".join(each for each in told if each)


ArrayName = Annotated[
    str, typer.Argument(metavar="ARRAY", help="Name or id.", autocompletion=complete_array)
]


def _view(found: Json) -> list[Block]:
    health = found["health"]
    fields = Fields(
        [
            ("Name", found["name"]),
            ("Id", found["id"]),
            ("Kind", found["kind"]),
            ("Model", health["model"]),
            ("Serial", health["serial"]),
            ("Well", found["well"]),
            ("Answers", [a for a, answers in health["answers"].items() if answers]),
            ("No answer", [a for a, answers in health["answers"].items() if not answers]),
            ("Faults", health["faults"]),
            ("User", found["user"]),
        ]
    )
    return [fields, Rows(_POOLS, found["pools"], empty="no pools")]


@app.command("list")
def list_(output: OutputOption = Output.TABLE, watch: WatchOption = False) -> None:
    """List the arrays that the manager knows.

    Example: millpond array list
    """
    with connect() as client:
        present(
            client,
            lambda: client.items("/arrays"),
            table(_ARRAYS, "no arrays"),
            output,
            watch=watch,
        )


@app.command()
def show(array: ArrayName, output: OutputOption = Output.TABLE, watch: WatchOption = False) -> None:
    """Show how an array is, and the room in its pools, as it says itself.

    Example: millpond array show cx4
    """
    with connect() as client:
        present(client, lambda: client.get(path("arrays", array)), _view, output, watch=watch)


def _list(array: str, what: str, draw: Draw, output: Output, *, watch: bool) -> None:
    """What the array itself says it has of ``what``, a part of its address in the API."""
    with connect() as client:
        present(
            client, lambda: client.items(path("arrays", array, what)), draw, output, watch=watch
        )


@app.command()
def luns(array: ArrayName, output: OutputOption = Output.TABLE, watch: WatchOption = False) -> None:
    """List the LUNs of an array's pools, whoever made them.

    Example: millpond array luns cx4
    """
    _list(array, "luns", table(_LUNS, "no LUNs"), output, watch=watch)


@app.command()
def ports(
    array: ArrayName, output: OutputOption = Output.TABLE, watch: WatchOption = False
) -> None:
    """List the ports that hosts reach an array's LUNs through, by iSCSI.

    Example: millpond array ports cx4
    """
    _list(array, "ports", table(_PORTS, "no ports with an address"), output, watch=watch)


@app.command()
def groups(
    array: ArrayName, output: OutputOption = Output.TABLE, watch: WatchOption = False
) -> None:
    """List an array's storage groups: which hosts see which LUN, under which number.

    Example: millpond array groups cx4
    """
    _list(array, "groups", table(_GROUPS, "no storage groups"), output, watch=watch)


@app.command()
def snapshots(
    array: ArrayName, output: OutputOption = Output.TABLE, watch: WatchOption = False
) -> None:
    """List an array's snapshots and SnapView sessions, and where hosts find them.

    Example: millpond array snapshots cx4
    """
    _list(array, "snapshots", table(_SNAPSHOTS, "no snapshots"), output, watch=watch)


@app.command()
def mirrors(
    array: ArrayName, output: OutputOption = Output.TABLE, watch: WatchOption = False
) -> None:
    """List an array's mirrors: where their images are, and how far these are like the primary.

    Example: millpond array mirrors cx4
    """
    _list(array, "mirrors", table(_MIRRORS, "no mirrors"), output, watch=watch)


@app.command()
def migrations(
    array: ArrayName, output: OutputOption = Output.TABLE, watch: WatchOption = False
) -> None:
    """List the LUNs of an array whose data is moving, and how far it is.

    Example: millpond array migrations cx4
    """
    _list(array, "migrations", table(_MIGRATIONS, "no LUN is moving"), output, watch=watch)


@app.command()
def performance(
    array: ArrayName, output: OutputOption = Output.TABLE, watch: WatchOption = False
) -> None:
    """List what hosts did to an array's LUNs in the last minute.

    Example: millpond array performance cx4
    """
    none = "nothing is known yet: the manager asks once a minute"
    _list(array, "performance", table(_LOADS, none), output, watch=watch)


def _qos(found: Json) -> list[Block]:
    return [
        Rows(_POLICIES, found["policies"], empty="no policies"),
        Rows(_CLASSES, found["classes"], empty="no I/O classes"),
    ]


@app.command()
def qos(array: ArrayName, output: OutputOption = Output.TABLE, watch: WatchOption = False) -> None:
    """Show an array's quality of service: its policies, and the I/O classes they hold to goals.

    Example: millpond array qos cx4
    """
    with connect() as client:
        present(client, lambda: client.get(path("arrays", array, "qos")), _qos, output, watch=watch)


@app.command()
def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it shall be called here.")],
    address: Annotated[
        list[str] | None,
        typer.Option("--address", "-a", help="Of an SP, for commands; one for each SP."),
    ] = None,
    user: Annotated[str, typer.Option(help="Who may administer it.")] = "",
    scope: Annotated[int, typer.Option(min=0, max=2, help="0 global, 1 local, 2 LDAP.")] = 0,
    kind: Annotated[ArrayKind, typer.Option(help="How it is administered.")] = ArrayKind.NAVISPHERE,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
    output: OutputOption = Output.TABLE,
) -> None:
    """Register an array. It is asked how it is first; its password is kept encrypted.

    Example: millpond array add cx4 --address 192.0.2.31 --address 192.0.2.32 --user admin
    """
    body: Json = {"name": name, "kind": kind.value}
    if kind is not ArrayKind.PLAIN:
        password = read_password(password_stdin, f"Password of {user} at the array: ")
        body |= {"addresses": address or [], "user": user, "password": password, "scope": scope}
    with connect() as client:
        show_value([client.call("POST", "/arrays", body)], table(_ARRAYS, "no arrays"), output)


@app.command()
def remove(array: ArrayName, yes: YesOption = False) -> None:
    """Forget an array. Nothing changes on it, nor for those who use its LUNs.

    Example: millpond array remove cx4
    """
    if not yes:
        typer.confirm(f"Forget array {array}?", abort=True, err=True)
    with connect() as client:
        client.call("DELETE", path("arrays", array))
    typer.echo(f"array {array} forgotten")
