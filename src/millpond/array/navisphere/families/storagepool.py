"""``storagepool``: pools, thin and thick."""

from millpond.array.model import disks, pool_luns, pools, redundancy
from millpond.array.model.raid import POOL_TYPES
from millpond.array.model.state import State, Usage
from millpond.array.model.types import LunKind, Pool
from millpond.array.model.units import gigabytes, percent
from millpond.array.navisphere.context import Context
from millpond.array.navisphere.grammar import Command, CommandError, Kind, Need, Option, Values
from millpond.array.navisphere.output import Builder, Output, Row

WHICH = (Option("-id", Kind.NUMBER, "The pool's id"), Option("-name", Kind.TEXT, "The pool's name"))
DISKS = Option("-disks", Kind.DISKS, "Disks that are free", required=True)
THRESHOLD = Option("-prcntFullThreshold", Kind.NUMBER, "Percent at which to warn, 1 to 84")
DESCRIPTION = Option("-description", Kind.TEXT, "What it is for")


def _chosen(state: State, values: Values) -> Pool:
    if "-id" not in values and "-name" not in values:
        raise CommandError("Error: storagepool command failed\nSpecify the pool: -id or -name.")
    return pools.find(state, values.number("-id"), values.text("-name"))


def create(context: Context, values: Values) -> Output:
    context.change(
        lambda state, usage: pools.create(
            state,
            values.text("-name") or _free_name(state),
            values.list("-disks"),
            values.text("-rtype") or "r_5",
            values.number("-prcntFullThreshold") or 70,
            values.text("-description") or "",
        )
    )
    return Output()


def _free_name(state: State) -> str:
    names = {pool.name for pool in state.pools.values()}
    return next(n for n in (f"Pool {i}" for i in range(len(names) + 1)) if n not in names)


def expand(context: Context, values: Values) -> Output:
    context.change(
        lambda state, usage: pools.expand(
            state, _chosen(state, values).number, values.list("-disks")
        )
    )
    return Output()


def modify(context: Context, values: Values) -> Output:
    context.change(
        lambda state, usage: pools.modify(
            state,
            _chosen(state, values).number,
            values.text("-newName"),
            values.number("-prcntFullThreshold"),
            values.text("-description"),
        )
    )
    return Output()


def destroy(context: Context, values: Values) -> Output:
    context.change(lambda state, usage: pools.destroy(state, _chosen(state, values).number))
    return Output()


def list_(context: Context, values: Values) -> Output:
    state, usage = context.state, context.usage
    chosen = values.names() & {"-id", "-name"}
    found = [_chosen(state, values)] if chosen else list(state.pools.values())
    out = context.builder()
    for pool in found:
        _pool(state, usage, pool, out)
        out.blank()
    return out.done()


def _pool(state: State, usage: Usage, pool: Pool, out: Builder) -> None:
    capacity = pools.capacity(state, pool, usage)
    tiers = [tier for tier, _ in pools.tiers(state, pool)]
    health = redundancy.health(state, pool)
    faulted = health is redundancy.Health.FAULTED
    out.row("Pool Name", pool.name, always=True)
    out.row("Pool ID", pool.number, always=True)
    out.row("Raid Type", pool.raid_type)
    out.row("Percent Full Threshold", pool.threshold)
    out.row("Description", pool.description)
    out.row("Disk Type", tiers[0].value if len(tiers) == 1 else "Mixed")
    out.row("State", "Faulted" if faulted else "Ready")
    above = pools.above_threshold(pool, capacity.consumed, capacity.user)
    troubles = {
        "Faulted": faulted,
        "Storage Pool is full": pools.is_full(state, pool, usage),
        "Degraded": health is redundancy.Health.DEGRADED,
        "Above threshold": above,
    }
    out.row("Status", next((text for text, true in troubles.items() if true), "OK(0x0)"))
    out.row("Current Operation", "None")
    out.row("Current Operation State", "N/A")
    out.row("Current Operation Status", "N/A")
    out.row("Current Operation Percent Completed", 0)
    for label, blocks in (
        ("Raw Capacity", capacity.raw),
        ("User Capacity", capacity.user),
        ("Consumed Capacity", capacity.consumed),
        ("Available Capacity", capacity.available),
    ):
        out.row(f"{label} (Blocks)", blocks)
        out.row(f"{label} (GBs)", gigabytes(blocks))
    out.row("Percent Full", percent(capacity.consumed, capacity.user))
    out.row("Total Subscribed Capacity (Blocks)", capacity.subscribed)
    out.row("Total Subscribed Capacity (GBs)", gigabytes(capacity.subscribed))
    out.row("Percent Subscribed", percent(capacity.subscribed, capacity.user))
    out.row("Oversubscribed by (Blocks)", capacity.oversubscribed)
    out.row("Oversubscribed by (GBs)", gigabytes(capacity.oversubscribed))
    if out.shown is None:
        _tiers(state, pool, out)
    if out.shown is None or "Disks" in out.shown:
        out.heading("Disks:")
        for disk in pool.disks:
            out.parts.append(Row("", state.disks[disk].place))
    out.row("LUNs", ", ".join(str(lun.number) for lun in pools.luns(state, pool)))
    out.row("FAST Cache", "Disabled")


def _tiers(state: State, pool: Pool, out: Builder) -> None:
    out.row("Auto-Tiering", "Disabled")
    for tier, blocks in pools.tiers(state, pool):
        out.blank()
        out.row("Tier Name", tier.label)
        out.row("Raid Type", pool.raid_type)
        out.row("User Capacity (GBs)", gigabytes(blocks))
    out.row("Rebalance Percent Complete", "N/A")
    out.blank()


def feature(context: Context, values: Values) -> Output:
    state = context.state
    pooled = [lun for pool in state.pools.values() for lun in pools.luns(state, pool)]
    thin = sum(lun.kind is LunKind.THIN for lun in pooled)
    out = context.builder()
    out.row("Is Virtual Provisioning Supported", "true")
    out.row("Max. Pools", len(state.disks) // 3)
    out.row("Max. Disks Per Pool", len(state.disks))
    out.row("Max. Disks for all Pools", len(state.disks))
    out.row("Max. Disks Per Operation", len(state.disks))
    out.row("Max. Pool LUNs", 8192)
    out.row("Min. Pool LUN Size(Blocks)", 1)
    out.row("Max. Pool LUN Size(Blocks)", pool_luns.MOST_BLOCKS)
    out.row("Max. Pool LUN Size(GBs)", gigabytes(pool_luns.MOST_BLOCKS))
    out.row("Total Number of Pools", len(state.pools))
    out.row("Total Number of Pool LUNs", len(pooled))
    out.row("Total Number of all Pool LUNs that are thin", thin)
    out.row("Total Number of all Pool LUNs that are non-thin", len(pooled) - thin)
    out.row("Number of Disks used in Pools", sum(len(p.disks) for p in state.pools.values()))
    if out.shown is None or "Available Disks" in out.shown:
        out.heading("Available Disks:")
        for disk in disks.free(state):
            out.parts.append(Row("", disk.place))
    return out.done()


_CAPACITIES = {
    f"-{name}Cap": (f"{label} (Blocks)", f"{label} (GBs)")
    for name, label in (
        ("raw", "Raw Capacity"),
        ("user", "User Capacity"),
        ("consumed", "Consumed Capacity"),
        ("available", "Available Capacity"),
        ("subscribed", "Total Subscribed Capacity"),
        ("oversubscribed", "Oversubscribed by"),
    )
}

COMMANDS = (
    Command(
        ("storagepool", "-create"),
        "Make a pool of free disks.",
        create,
        (
            DISKS,
            Option(
                "-rtype", Kind.TEXT, "How its disks are protected; r_5 if not given", POOL_TYPES
            ),
            Option("-name", Kind.TEXT, "Its name"),
            DESCRIPTION,
            THRESHOLD,
            Option("-skiprules", help="Taken, and of no effect: any number of disks goes"),
        ),
        need=Need.CHANGE,
    ),
    Command(
        ("storagepool", "-expand"),
        "Give a pool more disks.",
        expand,
        (*WHICH, DISKS, Option("-skiprules", help="Taken, and of no effect")),
        need=Need.CHANGE,
        confirm=True,
    ),
    Command(
        ("storagepool", "-modify"),
        "Change a pool's name, description or threshold.",
        modify,
        (*WHICH, Option("-newName", Kind.TEXT, "New name"), DESCRIPTION, THRESHOLD),
        need=Need.CHANGE,
        confirm=True,
    ),
    Command(
        ("storagepool", "-destroy"),
        "Remove a pool that has no LUNs.",
        destroy,
        WHICH,
        need=Need.CHANGE,
        confirm=True,
    ),
    Command(
        ("storagepool", "-list"),
        "Pools, or one of them.",
        list_,
        (*WHICH, Option("-all", help="Everything")),
        shows={
            **_CAPACITIES,
            "-prcntFull": ("Percent Full",),
            "-prcntFullThreshold": ("Percent Full Threshold",),
            "-prcntSubscribed": ("Percent Subscribed",),
            "-state": ("State",),
            "-status": ("Status",),
            "-rtype": ("Raid Type",),
            "-diskType": ("Disk Type",),
            "-description": ("Description",),
            "-disks": ("Disks",),
            "-luns": ("LUNs",),
            "-fastcache": ("FAST Cache",),
        },
    ),
    Command(
        ("storagepool", "-feature", "-info"),
        "What pools can be made, and how many there are.",
        feature,
        shows={
            "-isVirtualProvisioningSupported": ("Is Virtual Provisioning Supported",),
            "-maxPools": ("Max. Pools",),
            "-maxDiskDrivesPerPool": ("Max. Disks Per Pool",),
            "-maxDiskDrivesAllPools": ("Max. Disks for all Pools",),
            "-maxDiskDrivesPerOp": ("Max. Disks Per Operation",),
            "-maxPoolLUNs": ("Max. Pool LUNs",),
            "-minPoolLUNSize": ("Min. Pool LUN Size(Blocks)",),
            "-maxPoolLUNSize": ("Max. Pool LUN Size(Blocks)", "Max. Pool LUN Size(GBs)"),
            "-numPools": ("Total Number of Pools",),
            "-numPoolLUNs": ("Total Number of Pool LUNs",),
            "-numThinLUNs": (
                "Total Number of all Pool LUNs that are thin",
                "Total Number of all Pool LUNs that are non-thin",
            ),
            "-numDiskDrivesAllPools": ("Number of Disks used in Pools",),
            "-availableDisks": ("Available Disks",),
        },
    ),
)
