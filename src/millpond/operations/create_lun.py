"""Storage by intent: give a pool a LUN of an array, and all of its servers a way to it."""

from pydantic import Field

from millpond.domain.array import BLOCK, ArrayGroup, ArrayLun, ArrayPort
from millpond.domain.errors import Failed, Refused, not_found
from millpond.domain.job import Lock, Observation
from millpond.domain.names import Id, Name
from millpond.domain.pool import PoolDocument
from millpond.domain.pool_lun import DEVICES, MOST, PoolLun
from millpond.domain.vm import VmDocument
from millpond.operations.base import Context, Step, seen
from millpond.operations.luns import (
    LunHost,
    array_lock,
    attach_step,
    check_step,
    group_step,
    having,
    hosts_of,
    map_step,
    register_step,
    without,
)
from millpond.operations.pools import PoolOperation, PoolPlan, PoolSpec, adjust_step
from millpond.ports.array import Array
from millpond.ports.world import World


class LunCreateSpec(PoolSpec):
    name: Name = Field(description="What it shall be called", examples=["data1"])
    array: Name = Field(description="Name or id of the array", examples=["cx4"])
    array_pool: str = Field(
        min_length=1,
        max_length=64,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9 _.-]*$",
        examples=["pool"],
        description="The array's pool that it comes from",
    )
    size: int = Field(ge=1 << 20, le=1 << 50, description="Bytes", examples=[500 << 30])
    thin: bool = Field(default=True, description="It takes space as it is written to")


class LunCreatePlan(PoolPlan):
    """``label`` is what the array calls it. ``fresh``: its storage group is made for it. ``uid`` is the
    array's to say, once it has made the LUN."""

    array: Id
    number: int
    label: str
    size: int
    group: str
    fresh: bool
    hlu: int
    ports: tuple[ArrayPort, ...]
    hosts: tuple[LunHost, ...]


class CreateLun(PoolOperation[LunCreateSpec, LunCreatePlan]):
    kind = "lun.create"
    summary = "Give a pool a LUN of an array, on all of its servers"
    spec_type = LunCreateSpec
    plan_type = LunCreatePlan

    async def plan(self, world: World, spec: LunCreateSpec) -> LunCreatePlan:
        pool = await world.pool(spec.pool)
        if any(lun.name == spec.name for lun in pool.luns):
            raise Refused(
                "object.exists", f"LUN {spec.name}", "the name is taken", "choose another"
            )
        _check_device(spec.name, await world.vms(pool))
        id_ = await world.array_id(spec.array)
        array, size = world.array(id_), spec.size + -spec.size % BLOCK
        await _check_room(array, spec, size)
        group = _group_for(pool, id_)
        there, hosts = await array.group(group), await hosts_of(world, pool)
        _check_ours(pool, there, hosts)
        label = f"{pool.name}-{spec.name}"[:64]
        luns = await array.luns()
        if any(lun.name == label for lun in luns):
            raise Refused(
                "object.exists",
                f"LUN {label}",
                f"array {spec.array} has one",
                "choose another name",
            )
        hlu = _first_free(set(there.luns) if there else set())
        if hlu >= MOST:
            raise Refused(
                "storage.full",
                f"storage group {group}",
                f"it shows {MOST} LUNs already, which is as many as servers take",
                f"delete one that is not needed: millpond lun list {pool.name}",
            )
        return LunCreatePlan(
            before=pool,
            after=pool,
            array=id_,
            number=_first_free(await array.numbers()),
            label=label,
            size=size,
            group=group,
            fresh=there is None,
            hlu=hlu,
            ports=await _ports_of(array, spec),
            hosts=hosts,
        )

    def locks(self, spec: LunCreateSpec, plan: LunCreatePlan) -> list[Lock]:
        return [*super().locks(spec, plan), array_lock(plan.array)]

    def steps(self, world: World, spec: LunCreateSpec, plan: LunCreatePlan) -> list[Step]:
        array = world.array(plan.array)
        born = _Born(array, plan, spec)
        return [
            born.step(),
            *([group_step(array, plan.group)] if plan.fresh else []),
            register_step(array, plan.group, plan.hosts, plan.ports),
            map_step(array, plan.group, plan.number, plan.hlu),
            *(attach_step(world, plan.before, each, born.lun) for each in plan.hosts),
            check_step(world, plan.before, plan.hosts, born.lun),
            _record_step(world, plan, born),
        ]


def _check_device(name: str, vms: list[VmDocument]) -> None:
    """Raises ``Refused(object.exists)`` if a VM has a device of that name, whatever that is on its server: it
    would find the new LUN there."""
    device = f"{DEVICES}{name}"
    users = having(vms, f"phy:{device}")
    if users:
        raise Refused(
            "object.exists",
            f"LUN {name}",
            f"VM {users[0]} has another device as {device}",
            "choose another name",
        )


async def _check_room(array: Array, spec: LunCreateSpec, size: int) -> None:
    """Raises ``Refused``: ``request.not_found``, ``storage.full``. What an array promises beyond what it has is
    its administrator's to decide, so only thick LUNs have to fit."""
    pools = {pool.name: pool for pool in await array.pools()}
    found = pools.get(spec.array_pool)
    if found is None:
        raise not_found(
            "pool", spec.array_pool, f"list them with: millpond array show {spec.array}"
        )
    if not spec.thin and found.free < size:
        raise Refused(
            "storage.full",
            f"pool {found.name} of array {spec.array}",
            f"the LUN takes {size} bytes, {found.free} are free",
            "make it thin, or smaller, or extend the array's pool",
        )


def _check_ours(pool: PoolDocument, there: ArrayGroup | None, hosts: tuple[LunHost, ...]) -> None:
    """Raises ``Refused(object.exists)`` for a storage group of others: they would see the LUN, and its servers
    what others have."""
    if there is None or any(lun.group == there.name for lun in pool.luns):
        return
    others = {path[0] for path in there.paths} - {each.host.initiator for each in hosts}
    if there.luns or others:
        raise Refused(
            "object.exists",
            f"storage group {there.name}",
            "the array has one that is not this pool's",
            f"rename the pool, or that group: millpond pool edit {pool.name} --name NAME",
        )


async def _ports_of(array: Array, spec: LunCreateSpec) -> tuple[ArrayPort, ...]:
    ports = tuple(await array.ports())
    if not ports:
        raise Refused(
            "request.not_found",
            f"ports of array {spec.array}",
            "none has an address",
            f"give one of each storage processor an address; see millpond array ports {spec.array}",
        )
    return ports


def _group_for(pool: PoolDocument, array: str) -> str:
    """The storage group that the pool's other LUNs of that array are in, or a new one's name."""
    there = next((lun.group for lun in pool.luns if lun.array == array), None)
    return there or f"millpond-{pool.name}"[:64]


def _first_free(taken: set[int]) -> int:
    return next(number for number in range(len(taken) + 1) if number not in taken)


class _Born:
    """The LUN on its array."""

    def __init__(self, array: Array, plan: LunCreatePlan, spec: LunCreateSpec) -> None:
        self._array, self._plan, self._spec = array, plan, spec
        self._lun: PoolLun | None = None
        self.name = spec.name

    async def _there(self) -> ArrayLun | None:
        """Raises ``Failed`` if somebody else's has its number."""
        found = await self._array.lun(self._plan.number)
        if found is not None and found.name != self._plan.label:
            raise Failed(
                "make the LUN", f"LUN {self._plan.number} of the array is {found.name} meanwhile"
            )
        return found

    async def lun(self) -> PoolLun:
        """As the pool has it: its uid is the array's to say, which is asked once. Raises ``Failed`` if it is
        gone."""
        if self._lun is None:
            self._lun = await self._asked()
        return self._lun

    async def _asked(self) -> PoolLun:
        found = await self._there()
        if found is None:
            raise Failed("look at the LUN", f"the array has no LUN {self._plan.number}")
        ports = sorted(self._plan.ports, key=lambda port: port.sp != found.owner)
        return PoolLun(
            name=self._spec.name,
            array=self._plan.array,
            number=found.number,
            uid=found.uid,
            size=found.size,
            thin=found.thin,
            group=self._plan.group,
            hlu=self._plan.hlu,
            ports=tuple(ports),
        )

    def step(self) -> Step:
        plan = self._plan

        async def observe() -> Observation:
            return seen(await self._there() is not None)

        async def act(_: Context) -> None:
            await self._array.create(
                plan.number, plan.label, self._spec.array_pool, plan.size, thin=self._spec.thin
            )

        async def undo() -> None:
            found = await self._array.lun(plan.number)
            if found is not None and found.name == plan.label:
                await self._array.delete(plan.number)

        return Step("create", observe, act, undo)


def _record_step(world: World, plan: LunCreatePlan, born: _Born) -> Step:
    """Last: what the record names is there on all members."""

    def others(pool: PoolDocument) -> PoolDocument:
        return without(pool, born.name)

    async def observe() -> Observation:
        now = await world.pool(plan.before.id)
        return seen(any(lun.name == born.name for lun in now.luns))

    async def act(ctx: Context) -> None:
        lun = await born.lun()

        def wanted(pool: PoolDocument) -> PoolDocument:
            return pool.model_copy(update={"luns": (*others(pool).luns, lun)})

        await adjust_step(world, plan.before.id, "record", wanted, others).act(ctx)
        await ctx.result({"device": lun.device, "uid": lun.uid})

    undo = adjust_step(world, plan.before.id, "record", others, others).undo
    return Step("record", observe, act, undo)
