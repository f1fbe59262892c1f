"""SP ports and registered initiators: ``port``, ``connection``."""

from millpond.array.model import initiators, ports
from millpond.array.model.fault_types import FaultKind, key
from millpond.array.model.state import State
from millpond.array.model.types import Port
from millpond.array.navisphere.context import Context
from millpond.array.navisphere.families import common, performance
from millpond.array.navisphere.grammar import Command, Kind, Need, Option, Values
from millpond.array.navisphere.output import Builder, Output, Row


def list_(context: Context, values: Values) -> Output:
    """Without a choice, everything."""
    which = values.names() & {"-sp", "-hba"}
    everything = not which
    out = context.builder(21)
    if "-sp" in which or everything:
        _ports(context, out)
    if "-hba" in which or everything:
        _hbas(context.state, out)
    return out.done()


def _ports(context: Context, out: Builder) -> None:
    state, statistics = context.state, context.statistics()
    for port in state.ports.values():
        registered = sum(
            (p.sp, p.port) == (port.sp, port.number) for p in state.initiators.values()
        )
        out.row("SP Name", f"SP {port.sp}")
        out.row("SP Port ID", port.number)
        out.row("SP UID", port.iqn)
        linked = key(FaultKind.PORT, f"{port.sp}{port.number}") not in state.faults
        out.row("Link Status", "Up" if port.address and linked else "Down")
        out.row("Port Status", "Online" if port.address else "Disabled")
        out.row("Switch Present", "NO")
        out.parts.append(Row("Registered Initiators", str(registered), 30))
        performance.of_port(statistics, port, out)
        out.blank()


def hbas(context: Context, values: Values) -> Output:
    out = context.builder()
    _hbas(context.state, out)
    return out.done()


def _hbas(state: State, out: Builder) -> None:
    uids = dict.fromkeys(path.uid for path in state.initiators.values())
    for uid in uids:
        paths = initiators.of(state, uid)
        out.heading("Information about each HBA:")
        out.blank()
        for label, value in (
            ("HBA UID", uid),
            ("Server Name", paths[0].host),
            ("Server IP Address", paths[0].ip or "UNKNOWN"),
        ):
            out.parts.append(Row(label, value, 25))
        out.blank()
        out.heading("Information about each port of this HBA:")
        for path in paths:
            out.blank()
            group = state.groups[path.group].name if path.group else "None"
            for label, value in (
                ("    SP Name", f"SP {path.sp}"),
                ("    SP Port ID", str(path.port)),
                ("    Trusted", "NO"),
                ("    Defined", "YES"),
                ("    Initiator Type", "3"),
                ("    Failover Mode", str(path.failover_mode)),
                ("    StorageGroup Name", group),
            ):
                out.parts.append(Row(label, value, 28))
        out.blank()


def remove_hba(context: Context, values: Values) -> Output:
    uid = values.text("-hbauid") or ""
    context.change(lambda state, usage: initiators.remove(state, uid))
    return Output()


def getport(context: Context, values: Values) -> Output:
    sp, number = common.sp(values), values.number("-portid")
    found = [
        port
        for port in context.state.ports.values()
        if sp in (None, port.sp) and number in (None, port.number)
    ]
    out = context.builder(24)
    for port in found:
        _connection(port, out)
        out.blank()
    return out.done()


def _connection(port: Port, out: Builder) -> None:
    out.row("SP", port.sp)
    out.row("Port ID", port.number)
    out.row("Port WWN", port.iqn)
    out.row("iSCSI Alias", f"{port.sp.lower()}{port.number}")
    out.row("Current MTU", 1500)
    out.row("Auto-Negotiate", "N/A")
    out.row("Available Window Sizes", "N/A")
    out.blank()
    out.row("Virtual Port ID", 0)
    out.row("VLAN ID", "Disabled")
    out.row("IP Address", port.address or "N/A")
    out.row("Subnet Mask", port.netmask or "N/A")
    out.row("Gateway Address", port.gateway or "N/A")
    out.row("Initiator Authentication", "NO")


def setport(context: Context, values: Values) -> Output:
    sp, number = common.sp(values) or "A", values.number("-portid") or 0
    address, mask = values.text("-address") or "", values.text("-subnetmask") or ""
    gateway = values.text("-gateway") or ""
    context.change(lambda state, usage: ports.configure(state, sp, number, address, mask, gateway))
    return Output()


def delport(context: Context, values: Values) -> Output:
    sp, number = common.sp(values) or "A", values.number("-portid") or 0
    context.change(lambda state, usage: ports.clear(state, sp, number))
    return Output()


PORT = (
    Option("-sp", Kind.SP, "The SP", required=True),
    Option("-portid", Kind.NUMBER, "Its port", required=True),
    Option("-vportid", Kind.NUMBER, "There is one", ("0",)),
)

COMMANDS = (
    Command(
        ("port", "-list"),
        "SP ports and registered initiators.",
        list_,
        (
            Option("-sp", help="The SPs' ports alone"),
            Option("-hba", help="The initiators alone"),
            Option("-all", help="Everything about them"),
        ),
    ),
    Command(
        ("port", "-removeHBA"),
        "Forget an initiator and all of its paths.",
        remove_hba,
        (Option("-hbauid", Kind.TEXT, "Its iSCSI name", required=True),),
        need=Need.CHANGE,
        confirm=True,
    ),
    Command(
        ("connection", "-getport"),
        "Addresses of the iSCSI ports.",
        getport,
        (
            Option("-sp", Kind.SP, "This SP alone"),
            Option("-portid", Kind.NUMBER, "This port alone"),
            Option("-vportid", Kind.NUMBER, "There is one", ("0",)),
            Option("-all", help="Everything"),
        ),
    ),
    Command(
        ("connection", "-setport"),
        "Give an iSCSI port an address. It is used when the SP starts next.",
        setport,
        (
            *PORT,
            Option("-iscsi", help="Taken: all ports are"),
            Option("-address", Kind.TEXT, "IPv4 address", required=True),
            Option("-subnetmask", Kind.TEXT, "Its mask", required=True),
            Option("-gateway", Kind.TEXT, "The gateway", required=True),
        ),
        need=Need.CHANGE,
        confirm=True,
    ),
    Command(
        ("connection", "-delport"),
        "Take a port's address away.",
        delport,
        PORT,
        need=Need.CHANGE,
        confirm=True,
    ),
)
