"""The array as a whole: ``getagent``, ``arrayname``, ``getsp``, ``getcontrol``, ``getcache``."""

import os
import signal
import threading
import time

from millpond import __version__
from millpond.array.model import alerts, identity
from millpond.array.model.types import SPS
from millpond.array.navisphere.context import Context
from millpond.array.navisphere.families import performance
from millpond.array.navisphere.grammar import Command, Kind, Need, Option, Values
from millpond.array.navisphere.output import Output, Row

REVISION = "05.33.000.5.001"
"""Of the operating environment whose commands these are: clients choose by it what they may ask for."""


def getagent(context: Context, values: Values) -> Output:
    array = context.state.array
    out = context.builder(21)
    out.row("Agent Rev", f"7.33.0 ({__version__})")
    for label, value in (
        ("Name", array.name),
        ("Desc", ""),
        ("Node", f"{context.sp}-{array.serial}"),
        ("Physical Node", array.name),
        ("Signature", _signature(context, context.sp)),
        ("Peer Signature", _signature(context, "B" if context.sp == "A" else "A")),
        ("Revision", REVISION),
        ("SCSI Id", 0),
        ("Model", "Millpond"),
        ("Model Type", "Software"),
        ("Prom Rev", "N/A"),
        ("SP Memory", _memory()),
        ("Serial No", array.serial),
        ("SP Identifier", context.sp),
        ("Cabinet", "N/A"),
    ):
        out.row(label, value)
    return out.done()


def arrayname(context: Context, values: Values) -> Output:
    name = values.text("NAME")
    if name is None:
        return Output([Row("Array Name", context.state.array.name)])
    context.change(lambda state, usage: identity.rename(state, name))
    return Output()


def getarrayuid(context: Context, values: Values) -> Output:
    seed = context.state.array.seed
    pairs = ":".join(seed[i : i + 2] for i in range(0, 8, 2)).upper()
    return Output([Row("Array UID", f"50:06:01:60:{pairs}", 21)])


def getsp(context: Context, values: Values) -> Output:
    out, statistics = context.builder(29), context.statistics()
    for sp in SPS:
        out.heading(f"SP {sp}")
        out.blank()
        out.row("Cabinet", "N/A")
        out.row("Signature For The SP", _signature(context, sp))
        out.row("Signature For The Peer SP", _signature(context, "B" if sp == "A" else "A"))
        out.row("Revision Number For the SP", REVISION)
        out.row("Serial Number For The SP", f"{context.state.array.serial}-{sp}")
        out.row("Memory Size For The SP", _memory())
        out.row("SP SCSI ID if Available", 0)
        performance.of_sp(statistics, sp, out)
        out.blank()
    return out.done()


def getcontrol(context: Context, values: Values) -> Output:
    now = time.localtime()
    out = context.builder(29)
    well = all(map(context.alive, SPS)) and not alerts.alerts(context.state, context.usage)
    out.row("System Fault LED", "OFF" if well else "ON")
    out.row("Statistics Logging", performance.logging(context))
    performance.of_sp(context.statistics(), context.sp, out)
    out.row("System Date", time.strftime("%m/%d/%Y", now))
    out.row("Day of the week", time.strftime("%A", now))
    out.row("System Time", time.strftime("%H:%M:%S", now))
    return out.done()


def getcache(context: Context, values: Values) -> Output:
    """An SP has no cache of its own: what it acknowledged is with the file system."""
    rows = [
        ("SP Read Cache State", "Disabled"),
        ("SP Write Cache State", "Disabled"),
    ]
    found = [Row(label, value, 36, colon=False) for label, value in rows]
    return Output([*found, Row("Write Cache Mirrored", "NO", 36)])


def _signature(context: Context, sp: str) -> int:
    return int(context.state.array.seed, 16) // 2 * 2 + (sp == "B")


def _memory() -> int:
    """MiB of this machine."""
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2**20


def reboot(context: Context, values: Values) -> Output:
    """Once the answer is on its way. Whoever started the SP starts it again."""
    threading.Timer(REBOOT_DELAY, os.kill, (os.getpid(), signal.SIGTERM)).start()
    return Output()


REBOOT_DELAY = 0.5
"""Seconds."""

COMMANDS = (
    Command(
        ("getagent",),
        "The SP that answers, its agent and its array.",
        getagent,
        shows={
            "-ver": ("Agent Rev",),
            "-rev": ("Revision",),
            "-prom": ("Prom Rev",),
            "-model": ("Model",),
            "-type": ("Model Type",),
            "-mem": ("SP Memory",),
            "-serial": ("Serial No",),
            "-spid": ("SP Identifier",),
            "-name": ("Name",),
            "-node": ("Node",),
            "-cabinet": ("Cabinet",),
            "-signature": ("Signature",),
            "-peer": ("Peer Signature",),
        },
    ),
    Command(
        ("arrayname",),
        "The array's name, or give it another.",
        arrayname,
        arguments=(Option("NAME", Kind.TEXT, "The new name"),),
        options=(Option("-o", help="Do not ask."),),
        need=Need.CHANGE,
    ),
    Command(("getarrayuid",), "The array's unique id.", getarrayuid),
    Command(("getsp",), "Both SPs.", getsp),
    Command(
        ("getcontrol",),
        "The SP's state and clock, and what hosts did through it.",
        getcontrol,
    ),
    Command(
        ("rebootSP",),
        "End the SP that is asked; `millpond-array run` starts it again.",
        reboot,
        need=Need.CHANGE,
        confirm=True,
    ),
    Command(("getcache",), "The SPs' caches: there are none.", getcache),
)
