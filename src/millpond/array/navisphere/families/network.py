"""Where the SPs answer: ``networkadmin``, ``domain``."""

from millpond.array.model.types import SPS
from millpond.array.navisphere.context import Context
from millpond.array.navisphere.families import common
from millpond.array.navisphere.grammar import Command, Kind, Option, Values
from millpond.array.navisphere.output import Output
from millpond.array.navisphere.wire import PORT


def get(context: Context, values: Values) -> Output:
    sp = common.sp(values) or context.sp
    out = context.builder(37)
    out.row("Storage Processor", f"SP {sp}")
    out.row("Storage Processor Network Name", f"{context.state.array.name}-{sp}")
    out.row("Storage Processor IP Address", context.state.array.management[sp])
    return out.done()


def domain(context: Context, values: Values) -> Output:
    array = context.state.array
    out = context.builder(21)
    out.row("Node", array.serial)
    for sp in SPS:
        master = " (Master)" if sp == "A" else ""
        out.row("IP Address", f"{array.management[sp]}{master}")
        out.row("Name", f"{array.name}_SP{sp}")
        out.row("Port", "N/A")
        out.row("Secure Port", PORT)
    return out.done()


COMMANDS = (
    Command(
        ("networkadmin", "-get"),
        "The address that an SP takes commands at.",
        get,
        (
            Option("-sp", Kind.SP, "The SP; the one that is asked if not given"),
            Option("-all", help="Everything"),
        ),
    ),
    Command(("domain", "-list"), "The array and its SPs.", domain),
)
