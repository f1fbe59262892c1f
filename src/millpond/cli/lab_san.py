"""``millpond lab san``: whole machines, an array with two SPs, and the networks between them."""

import sys
from dataclasses import asdict
from typing import Annotated, NoReturn, cast

import typer

from millpond.cli.client import Json
from millpond.cli.options import OutputOption, WatchOption
from millpond.cli.output import Block, Column, Output, Rows, table
from millpond.cli.watch import present
from millpond.lab.san.lab import OUTAGE, SanLab, list_san_labs
from millpond.lab.san.layout import NETS, SPS, Net, Sp

app = typer.Typer(
    no_args_is_help=True,
    help="Whole machines with their own kernels, two storage networks, and the array with two SPs.",
)

SanName = Annotated[str, typer.Option("--name", help="The SAN lab.", envvar="MILLPOND_SAN_LAB")]
NodeName = Annotated[str, typer.Argument(metavar="NODE", help="A node, such as n1.")]
Path = Annotated[str, typer.Argument(metavar="NODE:NET", help="A cable: NET is a, b or m.")]
SpName = Annotated[str, typer.Argument(metavar="SP", help="a or b.")]

_NODES = (
    Column("NODE", "name", fixed=True),
    Column("STATE", "state", fixed=True),
    Column(
        "LUNS (PATHS)", lambda n: [f"{m['alias']} ({m['active']}/{m['paths']})" for m in n["maps"]]
    ),
    Column("PULLED", "pulled"),
    Column("CONSOLE", "console", wide=True),
    Column("PID", "pid", wide=True, fixed=True, right=True),
)
_SPS = (
    Column("SP", lambda sp: sp["name"].upper(), fixed=True),
    Column("STATE", "state", fixed=True),
    Column("CUT", "cut"),
)
_LABS = (Column("NAME", "name"),)


def _view(lab: Json) -> list[Block]:
    return [Rows(_NODES, lab["nodes"]), Rows(_SPS, lab["sps"])]


@app.command()
def up(
    nodes: Annotated[int, typer.Option(help="How many nodes.", min=1)] = 2,
    failover_mode: Annotated[
        int, typer.Option(help="Of the array for the nodes: 4 (ALUA) or 1.")
    ] = 4,
    outage: Annotated[
        int, typer.Option(help="Seconds that the storage may be gone; the nodes' timers follow.")
    ] = OUTAGE,
    name: SanName = "san",
) -> None:
    """Make sure a SAN lab with so many nodes runs, each with both paths to every LUN."""
    SanLab(name, say=_say).up(nodes, failover_mode, outage)
    status(name)


@app.command()
def down(name: SanName = "san") -> None:
    """Remove a SAN lab with everything in it; the image that its nodes were made of stays."""
    SanLab(name).down()


@app.command("list")
def list_command(output: OutputOption = Output.TABLE, watch: WatchOption = False) -> None:
    """List the SAN labs of this machine."""
    present(
        None,
        lambda: [{"name": name} for name in list_san_labs()],
        table(_LABS, "no SAN labs"),
        output,
        watch=watch,
    )


@app.command()
def status(
    name: SanName = "san", output: OutputOption = Output.TABLE, watch: WatchOption = False
) -> None:
    """Show the nodes of a SAN lab, their paths, and the SPs."""
    lab = SanLab(name)
    present(None, lambda: asdict(lab.status()), _view, output, watch=watch)


@app.command(context_settings={"ignore_unknown_options": True})
def exec(  # noqa: A001 - the command's name
    node: NodeName,
    command: Annotated[list[str], typer.Argument(metavar="CMD...")],
    timeout: Annotated[float, typer.Option(help="Seconds until it is killed.")] = 600,
    name: SanName = "san",
) -> None:
    """Run a command on a node: millpond lab san exec n1 -- multipath -ll."""
    done = SanLab(name).exec(node, command, timeout)
    sys.stdout.write(done.stdout)
    sys.stderr.write(done.stderr)
    raise typer.Exit(done.returncode)


@app.command()
def crash(node: NodeName, name: SanName = "san") -> None:
    """Cut a node's power."""
    SanLab(name).crash(node)


@app.command()
def boot(
    what: Annotated[str, typer.Argument(metavar="NODE|SP", help="A node (n1), or a or b.")],
    name: SanName = "san",
) -> None:
    """Switch a node or an SP on."""
    lab = SanLab(name, say=_say)
    if what.lower() in SPS:
        lab.boot_sp(_sp(what))
    else:
        lab.boot(what)


@app.command()
def kill(sp: SpName, name: SanName = "san") -> None:
    """Cut an SP's power; boot brings it back."""
    SanLab(name).kill_sp(_sp(sp))


@app.command()
def pull(path: Path, name: SanName = "san") -> None:
    """Pull a node's cable: millpond lab san pull n1:a."""
    SanLab(name).pull(*_path(path))


@app.command()
def plug(path: Path, name: SanName = "san") -> None:
    """Put a node's cable back."""
    SanLab(name).plug(*_path(path))


@app.command()
def cut(sp: SpName, name: SanName = "san") -> None:
    """Cut an SP off from its network; no node sees a link go down."""
    SanLab(name).cut(_sp(sp))


@app.command()
def mend(sp: SpName, name: SanName = "san") -> None:
    """Put an SP back on its network."""
    SanLab(name).mend(_sp(sp))


@app.command()
def repository(name: SanName = "san") -> None:
    """Make an OCFS2 repository on the LUN ovmsr1, if it is none yet, and mount it on all nodes."""
    print(SanLab(name, say=_say).repository().mount)


def _say(text: str) -> None:
    typer.echo(text, err=True)


def _sp(text: str) -> Sp:
    if text.lower() not in SPS:
        _wrong(f"{text} is no SP: use a or b")
    return cast(Sp, text.lower())


def _path(text: str) -> tuple[str, Net]:
    node, _, net = text.partition(":")
    if net.lower() not in NETS:
        _wrong(f"{text} is no cable: use a node and a, b or m, as in n1:a")
    return node, cast(Net, net.lower())


def _wrong(text: str) -> NoReturn:
    raise typer.BadParameter(text)
