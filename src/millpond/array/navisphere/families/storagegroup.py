"""``storagegroup``: which host sees which LUN."""

from millpond.array.model import groups, initiators, session_snapshots
from millpond.array.model.state import State
from millpond.array.model.types import Initiator, StorageGroup
from millpond.array.navisphere.context import Context
from millpond.array.navisphere.families import common
from millpond.array.navisphere.grammar import Command, CommandError, Kind, Need, Option, Run, Values
from millpond.array.navisphere.output import Builder, Output, Row, Table

GNAME = Option("-gname", Kind.TEXT, "The group's name or UID", required=True)
HOST = Option("-host", Kind.TEXT, "The host's name", required=True)
PATHS = (
    Option("-arraycommpath", Kind.NUMBER, "Kept and shown", ("0", "1")),
    Option("-failovermode", Kind.NUMBER, "1 passive not ready, 4 ALUA"),
    Option("-unitserialnumber", Kind.TEXT, "Taken; it always is the array's", ("array", "lun")),
    Option("-type", Kind.NUMBER, "Taken, and of no effect"),
)


def create(context: Context, values: Values) -> Output:
    name = values.text("-gname") or ""
    context.change(lambda state, usage: groups.create(state, name))
    return Output()


def rename(context: Context, values: Values) -> Output:
    name, new = values.text("-gname") or "", values.text("-newgname") or ""
    context.change(lambda state, usage: groups.rename(state, name, new))
    return Output()


def destroy(context: Context, values: Values) -> Output:
    name = values.text("-gname") or ""
    context.change(lambda state, usage: groups.destroy(state, name))
    return Output()


def addhlu(context: Context, values: Values) -> Output:
    name, hlus, alus = values.text("-gname") or "", values.numbers("-hlu"), values.numbers("-alu")
    if len(hlus) != len(alus):
        raise CommandError("Error: storagegroup command failed\nEach -hlu goes with one -alu.")

    def command(state: State, usage: object) -> State:
        for hlu, alu in zip(hlus, alus, strict=True):
            state = groups.add_hlu(state, name, hlu, alu)
        return state

    context.change(command)
    return Output()


def removehlu(context: Context, values: Values) -> Output:
    name, hlus = values.text("-gname") or "", values.numbers("-hlu")

    def command(state: State, usage: object) -> State:
        for hlu in hlus:
            state = groups.remove_hlu(state, name, hlu)
        return state

    context.change(command)
    return Output()


def addsnapshot(context: Context, values: Values) -> Output:
    name, hlu = values.text("-gname") or "", values.number("-hlu") or 0
    snapshot = values.text("-snapshotname") or ""
    context.change(
        lambda state, _: groups.add_hlu(
            state, name, hlu, session_snapshots.find(state, snapshot).number
        )
    )
    return Output()


def removesnapshot(context: Context, values: Values) -> Output:
    name, snapshot = values.text("-gname") or "", values.text("-snapshotname") or ""
    context.change(
        lambda state, _: groups.remove_alu(
            state, name, session_snapshots.find(state, snapshot).number
        )
    )
    return Output()


def connecthost(context: Context, values: Values) -> Output:
    name, host = values.text("-gname") or "", values.text("-host") or ""
    context.change(lambda state, usage: groups.connect_host(state, name, host))
    return Output()


def disconnecthost(context: Context, values: Values) -> Output:
    name, host = values.text("-gname") or "", values.text("-host") or ""
    context.change(lambda state, usage: groups.disconnect_host(state, name, host))
    return Output()


def sethost(context: Context, values: Values) -> Output:
    host = values.text("-host") or ""
    mode, path = common.failover_mode(values), values.number("-arraycommpath")
    context.change(lambda state, usage: initiators.set_host(state, host, mode, path))
    return Output()


def setpath(context: Context, values: Values) -> Output:
    sp, port = common.sp(values) or "A", values.number("-spport") or 0
    mode = common.failover_mode(values)
    context.change(
        lambda state, usage: initiators.register(
            state,
            values.text("-hbauid") or "",
            sp,
            port,
            group=values.text("-gname"),
            host=values.text("-host"),
            ip=values.text("-ip"),
            vport=values.number("-spvport"),
            failover_mode=mode,
            arraycommpath=values.number("-arraycommpath"),
        )
    )
    return Output()


def list_(context: Context, values: Values) -> Output:
    state, name = context.state, values.text("-gname")
    found = [groups.find(state, name)] if name else list(state.groups.values())
    out = context.builder()
    for group in found:
        _group(state, group, out, details="-host" in values)
        out.blank()
    return out.done()


def _group(state: State, group: StorageGroup, out: Builder, details: bool) -> None:
    out.parts.append(Row("Storage Group Name", group.name, 23))
    out.parts.append(Row("Storage Group UID", common.spaced(group.uid), 23))
    paths = groups.paths(state, group)
    if paths:
        out.heading("HBA/SP Pairs:")
        out.blank()
        _paths(paths, out, details)
        out.blank()
    snapshots = {lun.number: lun.name for lun in session_snapshots.every(state)}
    shown = sorted(group.hlus.items())
    cells = [(str(hlu), str(alu)) for hlu, alu in shown if alu not in snapshots]
    if cells:
        out.heading("HLU/ALU Pairs:")
        out.blank()
        out.parts.append(Table((("HLU Number", 2), ("ALU Number", 17)), cells))
    out.parts.append(Row("Shareable", common.yes_no(group.shareable), 23))
    for hlu, alu in shown:
        if alu in snapshots:
            out.parts.append(Row("Snapshot Name", snapshots[alu], 23))
            out.parts.append(Row("Snapshot HLU", str(hlu), 23))


def _paths(paths: list[Initiator], out: Builder, details: bool) -> None:
    columns = (("HBA UID", 2), ("SP Name", 51), ("SPPort", 63))
    for number, path in enumerate(paths):
        cells = (path.uid, f"SP {path.sp}", str(path.port))
        out.parts.append(Table(columns, [cells], headed=number == 0))
        if details:
            out.row("Host name", path.host)
            out.row("SPPort", f"{path.sp}-{path.port}v{path.vport}")
            out.row("Initiator IP", path.ip or "N/A")
            out.row("TPGT", 1)
            out.row("ISID", "N/A")
            out.blank()


def _changing(action: str, help_: str, run: Run, *options: Option, confirm: bool = True) -> Command:
    return Command(
        ("storagegroup", action),
        help_,
        run,
        options,
        need=Need.CHANGE,
        confirm=confirm,
        wraps=True,
    )


HLU = Option("-hlu", Kind.NUMBERS, "Numbers that the hosts see", required=True)
SNAPSHOT = Option("-snapshotname", Kind.TEXT, "The snapshot's name", required=True)
QUIET = Option("-o", help="Taken, and of no effect")

COMMANDS = (
    _changing("-create", "Make a storage group.", create, GNAME, QUIET, confirm=False),
    _changing(
        "-chgname",
        "Give a storage group another name.",
        rename,
        GNAME,
        Option("-newgname", Kind.TEXT, "New name", required=True),
    ),
    _changing("-destroy", "Remove a storage group that no host is in.", destroy, GNAME),
    _changing(
        "-addhlu",
        "Show LUNs to the group's hosts.",
        addhlu,
        GNAME,
        HLU,
        Option("-alu", Kind.NUMBERS, "Numbers of the LUNs", required=True),
        QUIET,
        confirm=False,
    ),
    _changing("-removehlu", "Show LUNs no longer.", removehlu, GNAME, HLU),
    _changing(
        "-addsnapshot",
        "Show a SnapView snapshot to the group's hosts.",
        addsnapshot,
        GNAME,
        SNAPSHOT,
        Option("-hlu", Kind.NUMBER, "The number that the hosts see", required=True),
        QUIET,
        confirm=False,
    ),
    _changing("-removesnapshot", "Show a snapshot no longer.", removesnapshot, GNAME, SNAPSHOT),
    _changing("-connecthost", "Put a host into a group.", connecthost, GNAME, HOST),
    _changing("-disconnecthost", "Take a host out of a group.", disconnecthost, GNAME, HOST),
    _changing("-sethost", "Change all paths of a host.", sethost, HOST, *PATHS),
    _changing(
        "-setpath",
        "Register a path, and put it into a group.",
        setpath,
        Option("-gname", Kind.TEXT, "The group that it goes into"),
        Option("-hbauid", Kind.TEXT, "The initiator's iSCSI name", required=True),
        Option("-sp", Kind.SP, "The SP", required=True),
        Option("-spport", Kind.NUMBER, "The SP's port", required=True),
        Option("-spvport", Kind.NUMBER, "Kept and shown", ("0",)),
        Option("-ip", Kind.TEXT, "The host's address"),
        Option("-host", Kind.TEXT, "The host's name"),
        *PATHS,
    ),
    Command(
        ("storagegroup", "-list"),
        "Storage groups, or one of them.",
        list_,
        (
            Option("-gname", Kind.TEXT, "This one alone"),
            Option("-host", help="With the hosts"),
            Option("-iscsiAttributes", help="Taken: it is shown with -host"),
            Option("-messner", help="Taken, and of no effect"),
        ),
        wraps=True,
    ),
)
