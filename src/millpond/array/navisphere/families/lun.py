"""``lun``: LUNs in pools."""

from dataclasses import replace

from millpond.array.model import mount_points, ownership, pool_luns, pools, redundancy, uses
from millpond.array.model.state import State, Usage
from millpond.array.model.types import Lun, LunKind
from millpond.array.model.units import gigabytes
from millpond.array.navisphere.context import Context
from millpond.array.navisphere.families import common, performance
from millpond.array.navisphere.grammar import Command, CommandError, Kind, Need, Option, Values
from millpond.array.navisphere.output import Builder, Output

WHICH = (Option("-l", Kind.NUMBER, "The LUN's number"), Option("-name", Kind.TEXT, "Its name"))
CAPACITY = Option("-capacity", Kind.NUMBER, "Its size, in GB or the unit of -sq", required=True)
PRIMARY = (
    Option("-primaryLun", Kind.NUMBER, "Whose snapshots a mount point shows, by number"),
    Option("-primaryLunName", Kind.TEXT, "The same, by name"),
)
THRESHOLDS = Option("-ignoreThresholds", help="Even if the pool then is above its threshold")
OWNER = Option("-sp", Kind.SP, "The SP that it belongs to")
TIERS = {
    "optimizepool": "Optimize Pool",
    "highestavailable": "Highest Available",
    "lowestavailable": "Lowest Available",
}
POLICIES = {
    "autotier": "Auto Tier",
    "highestavailable": "Highest Available",
    "lowestavailable": "Lowest Available",
    "nomovement": "No Movement",
}
TIERING = (
    Option("-initialTier", Kind.TEXT, "Kept and shown: data are not moved", tuple(TIERS)),
    Option("-tieringPolicy", Kind.TEXT, "Kept and shown: data are not moved", tuple(POLICIES)),
)


def create(context: Context, values: Values) -> Output:
    if values.text("-type") == "snap":
        return _create_mount_point(context, values)
    if "-capacity" not in values:
        raise CommandError("Error: lun command failed\nSpecify the size: -capacity.")
    kind = LunKind.THIN if values.text("-type") == "thin" else LunKind.THICK
    blocks = common.blocks(values, "-capacity", "gb") or 0
    if "-poolId" not in values and "-poolName" not in values:
        raise CommandError("Error: lun command failed\nSpecify the pool: -poolId or -poolName.")

    def command(state: State, usage: Usage) -> State:
        before = state.luns
        state = pool_luns.create(
            state,
            usage,
            pools.find(state, values.number("-poolId"), values.text("-poolName")),
            blocks,
            kind=kind,
            number=values.number("-l"),
            name=values.text("-name"),
            sp=common.sp(values),
            auto_assign=values.number("-aa") == 1,
            ignore_thresholds="-ignoreThresholds" in values,
        )
        number = next(n for n in state.luns if n not in before)
        return pool_luns.modify(state, number, tiering=_tiering(values))

    context.change(command)
    return Output()


def _create_mount_point(context: Context, values: Values) -> Output:
    number, name = values.number("-primaryLun"), values.text("-primaryLunName")
    if number is None and name is None:
        raise CommandError(
            "Error: lun command failed\nSpecify the primary LUN: -primaryLun or -primaryLunName."
        )
    context.change(
        lambda state, _: mount_points.create(
            state,
            pool_luns.find(state, number, name).number,
            number=values.number("-l"),
            name=values.text("-name"),
            sp=common.sp(values),
        )
    )
    return Output()


def attach(context: Context, values: Values) -> Output:
    snap = values.text("-snapName") or ""
    context.change(lambda state, _: mount_points.attach(state, _chosen(state, values).number, snap))
    return Output()


def detach(context: Context, values: Values) -> Output:
    """What hosts have written until then is in the snapshot, and nothing after."""
    context.copy(lambda state, _: mount_points.detach(state, _chosen(state, values).number))
    return Output()


def _tiering(values: Values) -> tuple[str | None, str | None]:
    initial, policy = values.text("-initialTier"), values.text("-tieringPolicy")
    return TIERS[initial] if initial else None, POLICIES[policy] if policy else None


def _chosen(state: State, values: Values) -> Lun:
    if "-l" not in values and "-name" not in values:
        raise CommandError("Error: lun command failed\nSpecify the LUN: -l or -name.")
    return pool_luns.find(state, values.number("-l"), values.text("-name"))


def expand(context: Context, values: Values) -> Output:
    blocks = common.blocks(values, "-capacity", "gb") or 0
    ignore = "-ignoreThresholds" in values
    context.change(
        lambda state, usage: pool_luns.expand(
            state, usage, _chosen(state, values).number, blocks, ignore
        )
    )
    return Output()


def modify(context: Context, values: Values) -> Output:
    context.change(
        lambda state, usage: pool_luns.modify(
            state,
            _chosen(state, values).number,
            values.text("-newName"),
            common.sp(values),
            _tiering(values),
        )
    )
    return Output()


def destroy(context: Context, values: Values) -> Output:
    with_snaps, force = "-destroySnapshots" in values, "-forceDetach" in values

    def command(state: State, _: object) -> State:
        lun = _chosen(state, values)
        if lun.kind is LunKind.SNAP:
            return mount_points.destroy(state, lun.number, force)
        return pool_luns.destroy(state, lun.number, with_snaps)

    change = context.copy if force else context.change
    change(command)
    return Output()


def list_(context: Context, values: Values) -> Output:
    state, usage = context.state, context.usage
    kind = values.text("-showOnly")
    if values.names() & {"-l", "-name"}:
        found = [_chosen(state, values)]
    else:
        found = [lun for lun in state.luns.values() if lun.pooled]
    out, statistics = context.builder(), context.statistics()
    for lun in sorted(found, key=lambda lun: lun.number):
        if kind is None or kind == lun.kind.value.lower():
            _lun(context, usage, lun, out)
            performance.of_lun(statistics, lun, out)
            out.blank()
    return out.done()


def _lun(context: Context, usage: Usage, lun: Lun, out: Builder) -> None:
    state = context.state
    pool = state.pools[lun.home]
    consumed = pools.consumed(lun, usage)
    thin = "Yes" if lun.kind is LunKind.THIN else "No"
    out.heading("LOGICAL UNIT NUMBER", str(lun.number))
    out.row("Name", lun.name, always=True)
    out.row("UID", lun.uid)
    out.row("Current Owner", f"SP {context.owner(lun)}")
    out.row("Default Owner", f"SP {lun.default_owner}")
    out.row("Allocation Owner", f"SP {lun.default_owner}")
    out.row("User Capacity (Blocks)", lun.blocks)
    out.row("User Capacity (GBs)", gigabytes(lun.blocks))
    out.row("Consumed Capacity (Blocks)", consumed)
    out.row("Consumed Capacity (GBs)", gigabytes(consumed))
    out.row("Pool Name", pool.name)
    out.row("Raid Type", lun.raid_type)
    out.row("Offset", 0)
    out.row("Auto-Assign Enabled", "ENABLED" if lun.auto_assign else "DISABLED")
    out.row("Auto-Trespass Enabled", "DISABLED")
    faulted = redundancy.lun_health(state, lun) is redundancy.Health.FAULTED
    out.row("Current State", "Faulted" if faulted else "Ready")
    out.row("Status", "The pool of the LUN is faulted" if faulted else "OK(0x0)")
    out.row("Is Faulted", str(faulted).lower())
    out.row("Is Transitioning", "false")
    out.row("Current Operation", "None")
    out.row("Current Operation State", "N/A")
    out.row("Current Operation Status", "N/A")
    out.row("Current Operation Percent Completed", 0)
    out.row("Explicit Trespasses SP A", lun.trespasses[0])
    out.row("Explicit Trespasses SP B", lun.trespasses[1])
    out.row("Is Pool LUN", "Yes")
    out.row("Is Thin LUN", thin)
    out.row("Is Private", "No")
    out.row("Is Compressed", "No")
    out.row("Deduplication State", "Off")
    out.row("Initial Tier", lun.initial_tier)
    out.row("Tiering Policy", lun.tiering_policy)
    _snapshots(state, lun, out)


def _snapshots(state: State, lun: Lun, out: Builder) -> None:
    mine = [one.number for one in uses.showing(state, lun.number) if one.pooled]
    snap = mount_points.shown(state, lun)
    out.row("Snapshot Mount Points", " ".join(map(str, mine)) or "N/A")
    out.row("Primary LUN", "N/A" if lun.primary is None else state.luns[lun.primary].name)
    out.row("Attached Snapshot", snap.name if snap else "N/A")


def trespass(context: Context, values: Values) -> Output:
    """To the SP that was asked."""
    what, number, sp = values.text("WHAT"), values.number("N"), context.sp
    if (what == "lun") is not (number is not None):
        raise CommandError("Error: trespass command failed\nUsage: trespass lun N | mine | all")
    if number is not None:
        numbers = [number]
    else:
        numbers = ownership.owned(context.state, sp) if what == "mine" else list(context.state.luns)
    state = context.change(lambda state, usage: ownership.trespass(state, numbers, sp))
    if context.owners:
        for one in numbers:
            context.owners.take(state.luns[one])
    return Output()


COMMANDS = (
    Command(
        ("lun", "-create"),
        "Make a LUN in a pool, or a mount point for the snapshots of one.",
        create,
        (
            replace(CAPACITY, required=False),
            common.SIZE_UNIT,
            Option("-poolId", Kind.NUMBER, "The pool's id"),
            Option("-poolName", Kind.TEXT, "The pool's name"),
            *WHICH,
            Option(
                "-type",
                Kind.TEXT,
                "NonThin if not given; Snap for a mount point",
                ("thin", "nonthin", "snap"),
            ),
            *PRIMARY,
            OWNER,
            Option("-aa", Kind.NUMBER, "Auto-assign, kept and shown", ("0", "1")),
            *TIERING,
            THRESHOLDS,
            Option("-o", help="Taken, and of no effect"),
        ),
        need=Need.CHANGE,
    ),
    Command(
        ("lun", "-expand"),
        "Make a LUN larger.",
        expand,
        (*WHICH, CAPACITY, common.SIZE_UNIT, THRESHOLDS),
        need=Need.CHANGE,
        confirm=True,
    ),
    Command(
        ("lun", "-modify"),
        "Change a LUN's name, owner or tier.",
        modify,
        (*WHICH, Option("-newName", Kind.TEXT, "New name"), OWNER, *TIERING),
        need=Need.CHANGE,
        confirm=True,
    ),
    Command(
        ("lun", "-destroy"),
        "Remove a LUN and its data.",
        destroy,
        (
            *WHICH,
            Option("-destroySnapshots", help="And the snapshots that have it"),
            Option("-forceDetach", help="Even of a mount point with a snapshot attached"),
        ),
        need=Need.CHANGE,
        confirm=True,
    ),
    Command(
        ("lun", "-attach"),
        "Show hosts a snapshot at a snapshot mount point.",
        attach,
        (
            *WHICH,
            Option("-snapName", Kind.TEXT, "The snapshot", required=True),
            Option("-o", help="Taken, and of no effect"),
        ),
        need=Need.CHANGE,
    ),
    Command(
        ("lun", "-detach"),
        "Show hosts the snapshot no longer; it keeps what they wrote to it.",
        detach,
        WHICH,
        need=Need.CHANGE,
        confirm=True,
    ),
    Command(
        ("lun", "-list"),
        "LUNs of pools, or one of them.",
        list_,
        (
            *WHICH,
            Option("-all", help="Everything"),
            Option("-showOnly", Kind.TEXT, "Those alone", ("thin", "nonthin", "snap")),
        ),
        shows={
            "-uid": ("UID",),
            "-owner": ("Current Owner",),
            "-default": ("Default Owner",),
            "-alOwner": ("Allocation Owner",),
            "-userCap": ("User Capacity (Blocks)", "User Capacity (GBs)"),
            "-consumedCap": ("Consumed Capacity (Blocks)", "Consumed Capacity (GBs)"),
            "-poolName": ("Pool Name",),
            "-rtype": ("Raid Type",),
            "-aa": ("Auto-Assign Enabled",),
            "-state": ("Current State",),
            "-status": ("Status",),
            "-isFaulted": ("Is Faulted",),
            "-opDetails": (
                "Current Operation",
                "Current Operation State",
                "Current Operation Status",
                "Current Operation Percent Completed",
            ),
            "-trespasses": ("Explicit Trespasses SP A", "Explicit Trespasses SP B"),
            "-isPoolLUN": ("Is Pool LUN",),
            "-isThinLUN": ("Is Thin LUN",),
            "-isPrivate": ("Is Private",),
            "-isCompressed": ("Is Compressed",),
            "-dedupState": ("Deduplication State",),
            "-initialTier": ("Initial Tier",),
            "-tieringPolicy": ("Tiering Policy",),
            "-snapMountPoints": ("Snapshot Mount Points",),
            "-primary": ("Primary LUN",),
            "-attachedSnapshot": ("Attached Snapshot",),
            "-perfData": performance.shows(),
        },
    ),
    Command(
        ("trespass",),
        "Let the SP that is asked serve a LUN, all LUNs that belong to it, or all.",
        trespass,
        arguments=(
            Option("WHAT", Kind.TEXT, "Which", ("lun", "mine", "all"), required=True),
            Option("N", Kind.NUMBER, "The LUN's number"),
        ),
        need=Need.CHANGE,
        wraps=True,
    ),
)
