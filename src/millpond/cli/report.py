"""Errors on the terminal: what, why, and the fix on a line of its own."""

import sys

from millpond.cli.errors import CliError
from millpond.cli.output import Block, Column, Output, Rows, visible, write

_DIFFERENCES = (
    Column("SERVER", "server"),
    Column("SUBJECT", "subject"),
    Column("EXPECTED", "expected", wide=True),
    Column("FOUND", "found"),
    Column("FIX", "fix"),
    Column("BLOCKS", "blocking", fixed=True),
)
_VERDICTS = (
    Column("SERVER", "server"),
    Column("SUITABLE", "suitable", fixed=True),
    Column("REASON", "reason"),
)


def difference_table(differences: list[dict[str, object]], heading: str = "") -> Rows:
    """A preflight's findings: per server what differs, and the fix."""
    return Rows(_DIFFERENCES, differences, heading, empty="no differences")


def verdict_table(verdicts: list[dict[str, object]], heading: str = "") -> Rows:
    """Placement, explained server by server."""
    return Rows(_VERDICTS, verdicts, heading, empty="no servers")


def print_error(error: CliError) -> None:
    """To stderr. What and why are one line, however long: people search for these words."""
    code = f" ({error.code})" if error.code else ""
    what = f"{visible(error.what)}: " if error.what else ""
    sys.stderr.write(f"Error: {what}{visible(error.why)}{code}\n")
    blocks: list[Block] = []
    if differences := error.details.get("differences"):
        blocks.append(difference_table(differences))
    if verdicts := error.details.get("verdicts"):
        blocks.append(verdict_table(verdicts))
    if blocks:
        write(blocks, Output.TABLE, sys.stderr)
    if error.fix:
        sys.stderr.write(f"Fix: {visible(error.fix)}\n")
