"""High availability of a pool: its status and settings, what it promises, what it has done."""

from typing import Annotated

import typer

from millpond.cli.client import Client, Json, path
from millpond.cli.errors import CliError, ExitCode, usage
from millpond.cli.jobs import run
from millpond.cli.options import (
    ForceOption,
    OutputOption,
    PoolName,
    PoolOption,
    WaitOption,
    WatchOption,
    complete_pool,
)
from millpond.cli.output import Block, Column, Fields, Output, Rows, table
from millpond.cli.output import show as show_value
from millpond.cli.session import connect
from millpond.cli.sizes import show_seconds, show_time
from millpond.cli.watch import present
from millpond.domain.ha.settings import Isolation

app = typer.Typer()

_HOSTS = (
    Column("SERVER", "name"),
    Column("STATE", "state", fixed=True),
    Column("NETWORK", lambda h: _age(h["network_age"]), fixed=True, right=True),
    Column("STORAGE", lambda h: _age(h["storage_age"]), fixed=True, right=True),
    Column("FENCES", "devices", fixed=True, right=True),
    Column("WATCHDOG", "watchdog"),
)
_SENTENCES = (Column("WHAT", "what"),)
_FAILOVERS = (
    Column("WHEN", lambda f: show_time(f["silent"]), fixed=True),
    Column("SERVER", "server.name"),
    Column("VMS", lambda f: len(f["vms"]), fixed=True, right=True),
    Column("TOOK", lambda f: show_seconds(f["measured"]), fixed=True, right=True),
    Column("PROMISED", lambda f: show_seconds(f["promised"]), fixed=True, right=True),
    Column("ID", lambda f: f["id"][:8], fixed=True),
    Column("HOW", "how", wide=True),
    Column("FULL ID", "id", wide=True, fixed=True),
)
_TIMELINE = (
    Column("AFTER", "after", fixed=True, right=True),
    Column("WHAT", "what"),
)
_SETTINGS = (
    Column("ENGINE", "engine", fixed=True),
    Column("SETTING", "setting"),
    Column("VALUE", lambda v: f"{v['value']:g} {v['unit']}", fixed=True, right=True),
    Column("WHAT", "meaning"),
)
_CHAIN = (
    Column("ORDER", "name"),
    Column("SECONDS", lambda o: f"{o['left']:g}, {o['right']:g}", fixed=True),
    Column("HOLDS", "holds", fixed=True),
    Column("BECAUSE", "why"),
)


def _age(seconds: float | None) -> str:
    return "never" if seconds is None else f"{show_seconds(seconds)} ago"


def ha_words(settings: Json) -> str:
    """A pool's HA in a few words."""
    if not settings["enabled"]:
        return "off"
    room = settings["tolerate"]
    kept = f"room kept for {room} server failure{'s' if room != 1 else ''}"
    return f"{'on' if settings['armed'] else 'disarmed: watches, does nothing'}; {kept}"


def _sentences(found: list[str], heading: str) -> list[Block]:
    rows = [{"what": sentence} for sentence in found]
    return [Rows(_SENTENCES, rows, heading)] if rows else []


def _status_view(ha: Json) -> list[Block]:
    settings = ha["settings"]
    alarms = [*ha["alarms"], *(f"{h['name']}: {a}" for h in ha["hosts"] for a in h["alarms"])]
    return [
        Fields(
            [
                ("Pool", ha["pool"]["name"]),
                ("HA", ha_words(settings)),
                ("Master", f"{ha['master']['name']}, term {ha['term']}"),
                ("Now", ha["sentence"]),
                ("Isolation", settings["isolation"]),
                ("Promised", f"{ha['promised_fenced']:g} s, if a fence device confirms"),
                ("", f"{ha['promised_by_leases']:g} s, if none does"),
                *_measured(ha),
            ]
        ),
        Rows(_HOSTS, ha["hosts"], "Servers"),
        *_sentences(ha["waiting"], "Waiting for room"),
        *_sentences(alarms, "Alarms"),
    ]


def _measured(ha: Json) -> list[tuple[str, object]]:
    """The last failover, and the worst, against what was promised; nothing where there was none."""
    rows: list[tuple[str, object]] = []
    for label, which in (("Measured", "last"), ("", "worst")):
        if (failover := ha[which]) is not None:
            seconds = failover["seconds"]
            took = "a VM never started" if seconds is None else f"{seconds:.1f} s"
            verdict = f"{failover['promised']:g} s promised: {_verdict(failover['kept'])}"
            about = f"{failover['server']}, {failover['failover'][:8]}"
            rows.append((label, f"{which}: {took}, {verdict} ({about})"))
    return rows


def _verdict(kept: bool | None) -> str:
    return "open" if kept is None else "kept" if kept else "NOT KEPT"


@app.command()
def ha(
    pool: PoolName,
    enable: Annotated[
        bool | None, typer.Option("--enable/--disable", help="Guard the VMs that ask for it.")
    ] = None,
    tolerate: Annotated[
        int | None, typer.Option(min=0, max=16, help="Server failures to keep room for.")
    ] = None,
    isolation: Annotated[
        Isolation | None,
        typer.Option(help="What a server that hears no master does with its HA VMs."),
    ] = None,
    force: ForceOption = False,
    wait: WaitOption = True,
    output: OutputOption = Output.TABLE,
    watch: WatchOption = False,
) -> None:
    """Show a pool's high availability, or change it. A VM is guarded if it asks for it, too.

    Example: millpond pool ha pool1 --enable --tolerate 1
    """
    changes: Json = {"enabled": enable, "tolerate": tolerate, "isolation": isolation}
    changes = {key: value for key, value in changes.items() if value is not None}
    with connect() as client:
        if changes:
            body = {"ha": changes}
            job = client.submit("PATCH", path("pools", pool), body, force=force or None)
            run(client, job, output, wait=wait)
        else:
            where = path("pools", pool, "ha")
            present(client, lambda: client.get(where), _status_view, output, watch=watch)


@app.command()
def arm(pool: PoolName, wait: WaitOption = True, output: OutputOption = Output.TABLE) -> None:
    """Let high availability act again after works.

    Example: millpond pool arm pool1
    """
    with connect() as client:
        run(client, client.submit("POST", path("pools", pool, "arm")), output, wait=wait)


@app.command()
def disarm(pool: PoolName, wait: WaitOption = True, output: OutputOption = Output.TABLE) -> None:
    """Let high availability watch and do nothing: before works on the network or the storage.

    Example: millpond pool disarm pool1
    """
    with connect() as client:
        run(client, client.submit("POST", path("pools", pool, "disarm")), output, wait=wait)


def _timing_view(timing: Json) -> list[Block]:
    return [
        Fields(
            [
                ("Storage outage", f"{timing['outage']:g} s have no consequences"),
                ("Silent after", f"{timing['detection']:g} s"),
                ("Promised", f"{timing['promised_fenced']:g} s, if a fence device confirms"),
                ("", f"{timing['promised_fenced_ocfs2']:g} s, if disks are files on OCFS2"),
                ("", f"{timing['promised_by_leases']:g} s, if no device confirms"),
            ]
        ),
        Rows(_SETTINGS, timing["settings"], "What follows from it"),
        Rows(_CHAIN, timing["chain"], "In this order"),
    ]


@app.command()
def timing(
    pool: Annotated[
        str | None,
        typer.Argument(metavar="[POOL]", help="Name or id.", autocompletion=complete_pool),
    ] = None,
    outage: Annotated[
        int | None,
        typer.Option(min=5, max=100, help="What if: seconds the storage may be gone."),
    ] = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Print the chain of timeouts of a pool, or what a new pool would get, and what it promises.

    Example: millpond pool timing --outage 30
    """
    if (pool is None) is (outage is None):
        raise usage("name a pool or an outage", "such as: millpond pool timing --outage 20")
    with connect() as client:
        found = (
            client.get(path("pools", pool, "timing"))
            if pool
            else client.get("/timing", outage=outage)
        )
        show_value(found, _timing_view, output)


@app.command()
def failovers(
    pool: PoolName,
    limit: Annotated[int, typer.Option(help="At most so many, the newest.", min=1)] = 50,
    output: OutputOption = Output.TABLE,
    watch: WatchOption = False,
) -> None:
    """List a pool's failovers: how long each took, against what was promised.

    Example: millpond pool failovers pool1
    """
    with connect() as client:
        where = path("pools", pool, "failovers")
        present(
            client,
            lambda: client.items(where, limit=limit),
            table(_FAILOVERS, "no failovers"),
            output,
            watch=watch,
        )


def _timeline(failover: Json) -> list[Json]:
    """What happened when, in seconds since the server was last heard of."""
    steps: list[tuple[float | None, str]] = [
        (failover["silent"], f"{failover['server']['name']} was last heard of"),
        (failover["detected"], "silent on the network and on the storage"),
        (failover["decided"], "decided"),
        (failover["fenced"], f"proven dead: {failover['how']}"),
        (failover["leases_cleared"], "its leases are free"),
        *((v["started"], f"{v['name']} started on {v['server']}") for v in failover["vms"]),
        *((v["answered"], f"{v['name']} answered") for v in failover["vms"]),
        (failover["ended"], "ended"),
    ]
    return [
        {"after": f"{at - failover['silent']:.1f} s", "what": what}
        for at, what in sorted((s for s in steps if s[0] is not None), key=lambda s: s[0] or 0.0)
    ]


def _failover_view(failover: Json) -> list[Block]:
    measured, promised = failover["measured"], failover["promised"]
    verdict = None
    if measured is not None or failover["kept"] is not None:
        took = f"{measured:.1f} s" if measured is not None else "no VM started"
        verdict = f"{took}: {_verdict(failover['kept'])}"
    outcomes = [f"{v['name']}: {v['outcome']}" for v in failover["vms"] if v["outcome"]]
    return [
        Fields(
            [
                ("Id", failover["id"]),
                ("Server", failover["server"]["name"]),
                ("When", show_time(failover["silent"])),
                ("How", failover["how"]),
                ("Promised", f"{promised:g} s"),
                ("Measured", verdict),
                ("State", "under way" if failover["ended"] is None else "ended"),
            ]
        ),
        Rows(_TIMELINE, _timeline(failover), "Timeline"),
        *_sentences(outcomes, "VMs"),
    ]


@app.command()
def failover(
    id: Annotated[  # noqa: A002 - the word users see
        str, typer.Argument(metavar="ID", help="Its id, or the beginning of it.")
    ],
    pool: PoolOption = None,
    output: OutputOption = Output.TABLE,
    watch: WatchOption = False,
) -> None:
    """Show one failover as a timeline, measured from the moment the server fell silent.

    Example: millpond pool failover 4b1f09ac
    """
    with connect() as client:
        present(client, lambda: _find(client, id, pool), _failover_view, output, watch=watch)


def _find(client: Client, id_: str, pool: str | None) -> Json:
    pools = [pool] if pool else [p["id"] for p in client.items("/pools")]
    found = [
        failover
        for key in pools
        for failover in client.items(path("pools", key, "failovers"))
        if failover["id"].startswith(id_)
    ]
    if len(found) > 1:
        raise usage(f"{len(found)} failovers have ids that begin so", "give more of the id")
    if not found:
        raise CliError(
            ExitCode.NOT_FOUND,
            f"failover {id_}",
            "there is no record of it",
            "list them with: millpond pool failovers POOL",
        )
    return found[0]
