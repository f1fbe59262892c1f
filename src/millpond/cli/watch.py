"""``--watch``: draw again whenever the manager reports a change."""

import queue
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from rich.live import Live

from millpond.cli.client import Client
from millpond.cli.errors import CliError, ExitCode
from millpond.cli.output import Draw, Output, console, document, render, show

GATHER = 0.2
"""Seconds to gather further events after one, so that a burst causes one redraw."""

INTERVAL = 1.0
"""Seconds between two looks at what no manager reports."""

PATIENCE = 60.0
"""Seconds to look for a manager that went away before giving up."""


def present(
    client: Client | None,
    fetch: Callable[[], Any],
    draw: Draw,
    output: Output = Output.TABLE,
    *,
    watch: bool = False,
) -> None:
    """Print what ``fetch`` returns; with ``watch`` again after every change, until Ctrl-C.

    ``client`` tells of changes; None for what no manager knows of, such as a lab.
    """
    if not watch:
        show(fetch(), draw, output)
        return
    try:
        if output in (Output.TABLE, Output.WIDE) and sys.stdout.isatty():
            _live(_moments(client), fetch, draw, output)
        else:
            _stream(_moments(client), fetch, draw, output)
    except KeyboardInterrupt:
        pass


def _moments(client: Client | None) -> Iterator[None]:
    """One item each time something may have changed."""
    return changes(client) if client else _looks()


def _looks() -> Iterator[None]:
    while True:
        yield
        time.sleep(INTERVAL)


def changes(client: Client) -> Iterator[None]:
    """One item at once, then one for each burst of events; survives a manager's restart."""
    arrived: queue.Queue[CliError | None] = queue.Queue()
    threading.Thread(target=_listen, args=(client, arrived), daemon=True).start()
    while True:
        item = arrived.get()
        time.sleep(GATHER)
        while item is None and not arrived.empty():
            item = arrived.get()
        if item is not None:
            raise item
        yield


def _listen(client: Client, arrived: "queue.Queue[CliError | None]") -> None:
    after: int | None = None
    lost: float | None = None
    while True:
        try:
            for event in client.events(after):
                lost = None
                after = event.get("seq", after)
                arrived.put(None)
        except CliError as error:
            lost = lost or time.monotonic()
            if error.exit_code is not ExitCode.UNREACHABLE or time.monotonic() - lost > PATIENCE:
                arrived.put(error)
                return
            time.sleep(1)
        except Exception as error:
            arrived.put(CliError(ExitCode.INTERNAL, "event stream", f"{error!r}"))
            return


def _live(moments: Iterator[None], fetch: Callable[[], Any], draw: Draw, output: Output) -> None:
    value: Any = None
    try:
        with Live(console=console(output), screen=True, auto_refresh=False) as live:
            for _ in moments:
                value = fetch()
                live.update(render(draw(value), output), refresh=True)
    finally:
        if value is not None:
            show(value, draw, output)


def _stream(moments: Iterator[None], fetch: Callable[[], Any], draw: Draw, output: Output) -> None:
    """For pipes: the whole again each time it differs; JSON one document a line."""
    last: Any = None
    for _ in moments:
        value = fetch()
        if value == last:
            continue
        if output in (Output.JSON, Output.YAML):
            sys.stdout.write(document(value, output, compact=True))
        else:
            if last is not None:
                sys.stdout.write("\n")
            show(value, draw, output)
        sys.stdout.flush()
        last = value
