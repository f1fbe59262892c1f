"""``millpond event``: what happened, and what happens."""

import sys
from typing import Annotated

import typer

from millpond.cli.client import Client, Json
from millpond.cli.options import OutputOption, WatchOption
from millpond.cli.output import Column, Output, document, table, visible
from millpond.cli.session import connect
from millpond.cli.sizes import show_time
from millpond.cli.watch import present

app = typer.Typer(no_args_is_help=True, help="Events: what happened to VMs, servers, pools, jobs.")


def _told(event: Json) -> str:
    """The event in one line; what is left out stands in the JSON."""
    data = event.get("data") or {}
    if event["kind"] == "job":
        words = [f"{data.get('kind')} {data.get('subject_name') or ''}: {data.get('state')}"]
        if data.get("state") == "running" and data.get("step"):
            words.append(f"({data['step']})")
        if error := data.get("error"):
            words.append(f"- {error.get('message') or error.get('cause')}")
        return " ".join(words)
    if "what" in data:
        return str(data["what"])
    return " ".join(
        f"{key}={value}"
        for key, value in data.items()
        if value not in (None, "") and not isinstance(value, dict | list)
    )


_COLUMNS = (
    Column("TIME", lambda e: show_time(e["time"]), fixed=True),
    Column("KIND", "kind", fixed=True),
    Column("SUBJECT", "subject", wide=True),
    Column("WHAT", _told),
    Column("SEQ", "seq", wide=True, fixed=True, right=True),
)


@app.command("list")
def list_(
    limit: Annotated[int, typer.Option(help="At most so many, the newest.", min=1)] = 50,
    output: OutputOption = Output.TABLE,
    watch: WatchOption = False,
) -> None:
    """List the latest events.

    Example: millpond event list --limit 20
    """
    with connect() as client:
        present(
            client,
            lambda: client.items("/events/log", limit=limit),
            table(_COLUMNS, "no events"),
            output,
            watch=watch,
        )


@app.command()
def watch(output: OutputOption = Output.TABLE) -> None:
    """Print events as they happen, until Ctrl-C.

    Example: millpond event watch --output json
    """
    with connect() as client:
        try:
            _print(client, output)
        except KeyboardInterrupt:
            sys.stderr.write("\n")


def _print(client: Client, output: Output) -> None:
    for event in client.events():
        if event["kind"] is None:
            continue
        if output in (Output.JSON, Output.YAML):
            line = document(event, output, compact=True)
        else:
            line = visible(
                f"{show_time(event['time'])} {event['kind']} {event['subject']} {_told(event)}"
            )
            line = f"{line.rstrip()}\n"
        sys.stdout.write(line)
        sys.stdout.flush()
