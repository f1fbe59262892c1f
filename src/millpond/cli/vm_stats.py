"""``millpond vm stats``: what a VM uses."""

import typer

from millpond.cli.client import Json, path
from millpond.cli.options import OutputOption, VmName, WatchOption
from millpond.cli.output import Block, Fields, Output
from millpond.cli.session import connect
from millpond.cli.sizes import show_bytes, show_time
from millpond.cli.watch import present

app = typer.Typer()


def stats_view(samples: Json) -> list[Block]:
    """The newest figures."""
    known = [n for n, busy in enumerate(samples["cpu"]) if busy is not None]
    if not known:
        return [Fields([("Measured", "nothing yet: a VM has figures a minute after its start")])]
    newest = known[-1]

    def rate(figure: str) -> str:
        return f"{show_bytes(samples[figure][newest])}/s"

    return [
        Fields(
            [
                ("Measured", show_time(samples["start"] + newest * samples["step"])),
                ("CPU", f"{samples['cpu'][newest]:.1f}%"),
                ("Memory used", show_bytes(samples["memory"][newest])),
                ("Disk read", rate("disk_read")),
                ("Disk written", rate("disk_write")),
                ("Received", rate("net_rx")),
                ("Sent", rate("net_tx")),
            ]
        )
    ]


@app.command()
def stats(vm: VmName, output: OutputOption = Output.TABLE, watch: WatchOption = False) -> None:
    """Show what a VM used of CPU, memory, disks and network when that was last measured. With
    ``--output json`` those of the whole last hour.

    Example: millpond vm stats web1
    """
    with connect() as client:
        # No event tells of new figures: they are asked for again.
        present(
            None,
            lambda: client.get(path("vms", vm, "samples")),
            stats_view,
            output,
            watch=watch,
        )
