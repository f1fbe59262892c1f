"""What hosts did: ``setstats``, and the counters that other commands show."""

from millpond.array.exports import SpName
from millpond.array.model import identity
from millpond.array.model.types import SPS, Lun, Port
from millpond.array.navisphere.context import Context
from millpond.array.navisphere.grammar import Command, CommandError, Need, Option, Values
from millpond.array.navisphere.output import Builder, Output, Row
from millpond.array.statistics import Statistics, summed, total

LUN_LABELS = ("Read Requests", "Write Requests", "Blocks Read", "Blocks Written")
"""In the order of ``Sum``; each is shown as a whole and for each SP."""
RESPONSE = "Average Response Time (ms)"


def of_lun(statistics: Statistics, lun: Lun, out: Builder) -> None:
    by_sp = {
        sp: total(row for row in counted if row.wwn == lun.wwn)
        for sp, counted in statistics.items()
    }
    if not by_sp:
        return
    whole = summed(by_sp.values())
    for column, label in enumerate(LUN_LABELS):
        out.row(label, whole[column])
        for sp in SPS:
            out.row(f"{label} SP {sp}", by_sp[sp][column] if sp in by_sp else 0)
    out.row(RESPONSE, f"{whole.response:.6f}")


def shows() -> tuple[str, ...]:
    """The labels of ``of_lun``."""
    each = [(label, *(f"{label} SP {sp}" for sp in SPS)) for label in LUN_LABELS]
    return (*(label for labels in each for label in labels), RESPONSE)


def of_port(statistics: Statistics, port: Port, out: Builder) -> None:
    if port.sp in statistics:
        done = total(row for row in statistics[port.sp] if row.port == port.number)
        for label, value in zip(
            ("Reads", "Writes", "Blocks Read", "Blocks Written"), done, strict=False
        ):
            out.parts.append(Row(label, str(value), 30))


def of_sp(statistics: Statistics, sp: SpName, out: Builder) -> None:
    """As ``getcontrol`` names it."""
    if sp in statistics:
        done = total(statistics[sp])
        out.row("Total Reads", done.reads)
        out.row("Total Writes", done.writes)
        out.row("Read_requests", done.reads)
        out.row("Write_requests", done.writes)
        out.row("Blocks_read", done.blocks_read)
        out.row("Blocks_written", done.blocks_written)


def setstats(context: Context, values: Values) -> Output:
    on, off = "-on" in values, "-off" in values
    if on and off:
        raise CommandError("Error: setstats command failed\nSpecify -on or -off, not both.")
    if on or off:
        context.change(lambda state, usage: identity.log_statistics(state, on))
        return Output()
    return Output([Row("Statistics logging is " + logging(context), "", colon=False)])


def logging(context: Context) -> str:
    return "ON" if context.state.array.statistics else "OFF"


COMMANDS = (
    Command(
        ("setstats",),
        "Whether commands show what hosts did; counting itself never stops.",
        setstats,
        (Option("-on", help="They do"), Option("-off", help="They do not")),
        need=Need.CHANGE,
    ),
)
