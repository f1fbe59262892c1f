"""Disks and faults: ``getdisk``, ``getcrus``, ``faults``, ``ndu``, ``getlog``."""

import time

from millpond.array.model import alerts, redundancy
from millpond.array.model.state import State
from millpond.array.model.types import SPS, Disk, LunKind
from millpond.array.model.units import megabytes
from millpond.array.navisphere.context import Context
from millpond.array.navisphere.families.array import REVISION
from millpond.array.navisphere.grammar import Command, CommandError, Kind, Option, Values
from millpond.array.navisphere.output import Builder, Output, Row

FEATURES = ("-ThinProvisioning", "-VNXSnapshots")
"""Names of the enablers that clients look for, of what is there."""


def getdisk(context: Context, values: Values) -> Output:
    wanted = [disk.upper() for disk in values.list("DISK")]
    found = [d for d in context.state.disks.values() if not wanted or d.id in wanted]
    if not found:
        raise CommandError(f"Bus, enclosure or disk not found: {' '.join(wanted)}")
    out = context.builder(25)
    for disk in found:
        _disk(context.state, disk, out)
        out.blank()
    return out.done()


def _disk(state: State, disk: Disk, out: Builder) -> None:
    group = next((g for g in state.raid_groups.values() if disk.id in g.disks), None)
    spare = group is not None and group.raid_type == "hot_spare"
    status = redundancy.condition(state, disk.id)
    out.heading(disk.place)
    out.row("Vendor Id", "MILLPOND")
    out.row("Product Id", f"{megabytes(disk.blocks) // 1024}GB CLAR")
    numbers = _luns_on(state, disk)
    out.row("Lun", " ".join(map(str, numbers)) or "Unbound")
    out.row("State", status)
    out.row("Hot Spare", "YES" if spare else "NO")
    percent = redundancy.rebuilt(state, [disk.id], time.time())
    out.row("Prct Rebuilt", " ".join(f"{number}: {percent}" for number in numbers) or "N/A")
    out.row("Serial Number", disk.serial)
    out.row("Capacity", megabytes(disk.blocks))
    out.row("User Capacity", f"{megabytes(disk.blocks) / 1024:.3f}")
    out.row("Number of Luns", len(numbers))
    out.row(
        "Raid Group ID",
        group.number if group else "This disk does not belong to a RAIDGroup",
    )
    out.row("Drive Type", disk.tier.value)


def _luns_on(state: State, disk: Disk) -> list[int]:
    """Numbers of the LUNs whose pool or RAID group has the disk."""
    found = []
    for lun in state.luns.values():
        homes = state.raid_groups if lun.kind is LunKind.CLASSIC else state.pools
        if lun.kind is not LunKind.SNAPSHOT and disk.id in homes[lun.home].disks:
            found.append(lun.number)
    return sorted(found)


def getcrus(context: Context, values: Values) -> Output:
    out = context.builder(28)
    out.heading("SPE")
    for sp in SPS:
        out.row(f"SP {sp} State", "Present" if context.alive(sp) else "Faulted")
    shelves = sorted({tuple(map(int, disk.split("_")[:2])) for disk in context.state.disks})
    for bus, enclosure in shelves:
        out.blank()
        out.heading(f"DAE{bus}_{enclosure} Bus {bus} Enclosure {enclosure}")
        inside = [d for d in context.state.disks.values() if d.id.startswith(f"{bus}_{enclosure}_")]
        for disk in inside:
            out.row(f"{disk.place} State", redundancy.condition(context.state, disk.id))
    return out.done()


def faults(context: Context, values: Values) -> Output:
    found = [f"Faulted Subsystem:  SP {sp}" for sp in SPS if not context.alive(sp)]
    found += alerts.alerts(context.state, context.usage)
    lines = found or ["The array is operating normally."]
    return Output([Row("", line) for line in lines])


def ndu_list(context: Context, values: Values) -> Output:
    name = values.text("-name")
    packages = [("Millpond-Block-Operating-Environment", REVISION, True)]
    packages += [(feature, "-", False) for feature in FEATURES]
    found = [p for p in packages if name is None or p[0].lower() == name.lower()]
    if not found:
        raise CommandError(f"The package {name} is not installed.")
    out = context.builder(40)
    for package, revision, system in found:
        out.row("Name of the software package", package)
        out.row("Revision of the software package", revision)
        out.row("Commit Required", "NO")
        out.row("Revert Possible", "NO")
        out.row("Active State", "YES")
        out.row("Is installation completed", "YES")
        out.row("Is this System Software", "YES" if system else "NO")
        out.blank()
    return out.done()


def getlog(context: Context, values: Values) -> Output:
    events = context.state.events
    lines = []
    for number in sorted(events)[-(values.number("-n") or len(events)) :]:
        event = events[number]
        stamp = time.strftime("%m/%d/%y %H:%M:%S", time.localtime(event.moment))
        lines.append(Row("", f"{stamp} {event.sp or 'Array':<6} {event.text}"))
    return Output(lines)


COMMANDS = (
    Command(
        ("getdisk",),
        "Disks: what they are and what they belong to.",
        getdisk,
        arguments=(Option("DISK", Kind.DISKS, "These alone"),),
        options=(Option("-all", help="Everything"),),
        shows={
            "-vendor": ("Vendor Id",),
            "-product": ("Product Id",),
            "-lun": ("Lun",),
            "-state": ("State",),
            "-rb": ("Prct Rebuilt",),
            "-hs": ("Hot Spare",),
            "-serial": ("Serial Number",),
            "-capacity": ("Capacity",),
            "-usercapacity": ("User Capacity",),
            "-rg": ("Raid Group ID",),
            "-drivetype": ("Drive Type",),
        },
    ),
    Command(
        ("getcrus",),
        "SPs and disks that are there.",
        getcrus,
        options=(Option("-all", help="Everything"),),
    ),
    Command(
        ("faults", "-list"),
        "What is wrong: SPs that do not run, disks that failed, pools that are full or above their threshold.",
        faults,
    ),
    Command(
        ("ndu", "-list"),
        "Software packages, as which enablers show too.",
        ndu_list,
        options=(Option("-name", Kind.TEXT, "This one alone"),),
    ),
    Command(
        ("getlog",),
        "The event log, oldest first.",
        getlog,
        options=(Option("-n", Kind.NUMBER, "The last ones alone"),),
    ),
)
