"""How VMs and plans look."""

from rich.text import Text

from millpond.cli.client import Json
from millpond.cli.output import Block, Column, Fields, Rows, cell
from millpond.cli.report import verdict_table
from millpond.cli.sizes import show_bytes, show_mib, show_seconds


def _state(vm: Json) -> str:
    """Its power, or what is being done to it."""
    busy = vm.get("busy")
    return f"{vm['power']} ({busy['kind'].partition('.')[2]})" if busy else str(vm["power"])


def _guarded(vm: Json) -> str | None:
    """``off``: the VM asks for it, its pool does not grant it now."""
    return "yes" if vm["guarded"] else "off" if vm["config"]["ha"] else None


def _ha_words(vm: Json) -> str:
    config = vm["config"]
    if not config["ha"]:
        return "no"
    off = "" if vm["guarded"] else f"; pool {vm['pool']['name']} has it off or disarmed"
    return f"yes, restart priority {config['restart_priority']}{off}"


def _pending(vm: Json) -> str:
    return ", ".join(vm.get("pending") or {})


COLUMNS = (
    Column("NAME", "name"),
    Column("POOL", "pool.name"),
    Column("SERVER", "server.name"),
    Column("POWER", _state),
    Column("HA", _guarded, fixed=True),
    Column("MEMORY", lambda vm: show_mib(vm["config"]["memory"]), fixed=True, right=True),
    Column("VCPUS", "config.vcpus", fixed=True, right=True),
    Column("UPTIME", lambda vm: show_seconds((vm["guest"] or {}).get("uptime")), wide=True),
    Column("PENDING", _pending, wide=True),
    Column("REPOSITORY", lambda vm: (vm["repository"] or {"name": "root"})["name"], wide=True),
    Column("TAGS", "config.tags", wide=True),
    Column("DESCRIPTION", "config.description", wide=True),
    Column("ID", "id", wide=True, fixed=True),
)


def _mode(disk: Json) -> str:
    words = "read" if disk.get("readonly") else "write"
    return f"{words}, shared" if disk.get("sharable") else words


def _limits(disk: Json) -> str | None:
    found = []
    if disk.get("iops_limit"):
        found.append(f"{disk['iops_limit']} a second")
    if disk.get("rate_limit"):
        found.append(f"{show_bytes(disk['rate_limit'] * 1024)}/s")
    return ", ".join(found) or None


def _source(disk: Json) -> str:
    return "no CD" if disk["source"] == "iso:" else str(disk["source"])


DISK_COLUMNS = (
    Column("TARGET", "target", fixed=True),
    Column("SIZE", lambda d: show_bytes(d["size"]), fixed=True, right=True),
    Column("FORMAT", "format", fixed=True),
    Column("MODE", _mode, fixed=True),
    Column("SOURCE", _source),
    Column("LIMITS", _limits, wide=True),
)

VIF_COLUMNS = (
    Column("MAC", "mac", fixed=True),
    Column("BRIDGE", "bridge"),
    Column("MODEL", "model", fixed=True),
    Column(
        "RATE LIMIT",
        lambda v: f"{show_bytes(v['rate_limit'] * 1024)}/s" if v.get("rate_limit") else None,
    ),
)


def vm_view(vm: Json) -> list[Block]:
    """One VM; each value that waits for the next start is marked."""
    config, pending = vm["config"], vm.get("pending") or {}

    def marked(value: object, *fields: str) -> Text:
        text = cell(value)
        if any(field in pending for field in fields):
            text.append("  <- pending: takes effect at the next start", style="yellow")
        return text

    memory = f"{show_mib(config['memory'])} of at most {show_mib(config['max_memory'])}"
    vcpus = f"{config['vcpus']} of at most {config['max_vcpus']}"
    cap = f"{config['cpu_cap']}% of a CPU" if config["cpu_cap"] else "none"
    return [
        Fields(
            [
                ("Name", marked(vm["name"], "name")),
                ("Id", vm["id"]),
                ("Pool", vm["pool"]["name"]),
                ("Server", (vm["server"] or {}).get("name")),
                ("Repository", (vm["repository"] or {"name": "root"})["name"]),
                *([("Problem", vm["problem"])] if vm["problem"] else []),
                ("Power", vm["power"]),
                ("Wanted", vm["wanted"]),
                ("Busy", _busy(vm)),
                ("Memory", marked(memory, "memory", "max_memory")),
                ("vCPUs", marked(vcpus, "vcpus", "max_vcpus")),
                ("CPU weight", marked(config["cpu_weight"], "cpu_weight")),
                ("CPU cap", marked(cap, "cpu_cap")),
                ("Disk weight", marked(config["io_weight"], "io_weight")),
                ("Boot order", marked(config["boot"], "boot")),
                ("Keyboard", marked(config["keyboard"], "keyboard")),
                ("HA", _ha_words(vm)),
                ("Prefers", config["preferred_servers"]),
                ("Tags", config["tags"]),
                ("Description", config["description"]),
                ("Generation", vm["generation"]),
                *_guest(vm.get("guest")),
            ]
        ),
        Rows(DISK_COLUMNS, config["disks"], _heading("Disks", "disks" in pending), "no disks"),
        Rows(
            VIF_COLUMNS,
            config["vifs"],
            _heading("Network interfaces", "vifs" in pending),
            "no network interfaces",
        ),
    ]


def _heading(words: str, waits: bool) -> str:
    return f"{words} <- pending: takes effect at the next start" if waits else words


def _busy(vm: Json) -> str | None:
    busy = vm.get("busy")
    return f"{busy['kind']} (job {busy['job']})" if busy else None


def _guest(guest: Json | None) -> list[tuple[str, object]]:
    if guest is None:
        return []
    return [
        ("Uptime", show_seconds(guest["uptime"])),
        ("CPU time", show_seconds(guest["cpu_time"])),
        ("Memory now", show_mib(guest["memory"])),
        ("Reason", guest["reason"]),
    ]


def plan_view(plans: Json | list[Json]) -> list[Block]:
    """Where a VM would go, or each of several, and why, server by server."""
    found = plans if isinstance(plans, list) else [plans]
    return [block for plan in found for block in _plan(plan)]


def _plan(plan: Json) -> list[Block]:
    placement = plan.get("placement") or {}
    config = plan["before"]["config"]
    return [
        Fields(
            [
                ("VM", config["name"]),
                ("Would go to", placement.get("server_name")),
                ("Memory", show_mib(config["max_memory"])),
                ("Disks", [f"{d['target']} {show_bytes(d['size'])}" for d in config["disks"]]),
                ("Bridges", [v["bridge"] for v in config["vifs"]]),
            ]
        ),
        verdict_table(list(placement.get("verdicts", ()))),
    ]
