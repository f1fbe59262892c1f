"""Add a server to a pool, remove one, change what one does."""

from contextlib import suppress

from pydantic import Field

from millpond.domain.errors import Failed, Refused, Unknown
from millpond.domain.ha.status import DEAD
from millpond.domain.job import Lock, Observation
from millpond.domain.names import Name
from millpond.domain.pool import Member, PoolDocument, check_roles, free_host_id
from millpond.domain.repository import Repository
from millpond.domain.server import Role
from millpond.operations.base import Context, Step, seen
from millpond.operations.create_pool import NewMember, PoolCreatePlan
from millpond.operations.gather import Reached, enrolled, preflight, refuse_blocking
from millpond.operations.member_luns import joined_steps, left_steps
from millpond.operations.pools import (
    NEED_LEASES,
    MissingBridge,
    PoolOperation,
    PoolPlan,
    PoolSpec,
    changed,
    direct,
    join_step,
    leave_step,
    lockspace_step,
    membership_of,
    new_bridge_steps,
    record_step,
    same,
)
from millpond.ports.world import KnownServer, World


class PoolServerSpec(PoolSpec):
    server: Name = Field(description="Name or id of the server", examples=["srv3"])


class PoolAddServerSpec(PoolSpec, NewMember):
    pass


class PoolSetRolesSpec(PoolServerSpec):
    roles: frozenset[Role] = Field(min_length=1, examples=[["utility", "vm"]])


class PoolRemoveServerPlan(PoolPlan):
    """``member`` leaves the pool. ``dead``: it does not answer and is known to be dead."""

    member: Member
    dead: bool


def member_by_key(pool: PoolDocument, key: str) -> Member:
    """A member by id or name; raises ``Refused(server.not_in_pool)``."""
    return next((m for m in pool.members if m.name == key), None) or pool.member(key)


def reached_members(world: World, pool: PoolDocument) -> list[Reached]:
    """The members, master first, as a preflight wants them."""
    ordered = sorted(pool.members, key=lambda m: m.id != pool.master.id)
    return [
        Reached(
            KnownServer(
                id=m.id, name=m.name, address=m.address, port=m.port, pool=pool.id, enrolled=True
            ),
            world.agent(pool, m.id),
        )
        for m in ordered
    ]


class AddServer(PoolOperation[PoolAddServerSpec, PoolCreatePlan]):
    kind = "pool.add_server"
    summary = "Add an enrolled server to a pool it fits into"
    spec_type = PoolAddServerSpec
    plan_type = PoolCreatePlan

    async def plan(self, world: World, spec: PoolAddServerSpec) -> PoolCreatePlan:
        pool = await world.pool(spec.pool)
        new = await enrolled(world, spec.server)
        server = new.server
        if server.pool is not None:
            raise Refused(
                "server.in_pool",
                f"server {server.name}",
                "it belongs to a pool already",
                "remove it from that pool first",
            )
        if Role.MASTER in spec.roles:
            raise Refused(
                "pool.master",
                f"pool {pool.name}",
                f"{pool.master.name} is its pool master",
                "add the server without that role, then: "
                f"millpond pool roles {pool.name} {server.name} master,vm",
            )
        everyone = [*reached_members(world, pool), new]
        facts, differences = await preflight(
            everyone, pool.cluster_root, {b.name for b in pool.bridges}, pool.id
        )
        refuse_blocking(pool.name, [d for d in differences if d.server == server.name])
        inventory = next(f.inventory for f in facts if f.id == server.id)
        have = {b.name for b in inventory.bridges} if inventory else set()
        member = Member(
            id=server.id,
            name=server.name,
            address=server.address,
            port=server.port,
            host_id=free_host_id(pool.members),
            roles=spec.roles,
        )
        plan = changed(pool, members=(*pool.members, member))
        return PoolCreatePlan(
            before=plan.before,
            after=plan.after,
            bridges=tuple(
                MissingBridge(server=server.id, bridge=b)
                for b in pool.bridges
                if b.name not in have
            ),
        )

    def steps(self, world: World, spec: PoolAddServerSpec, plan: PoolCreatePlan) -> list[Step]:
        member = plan.after.members[-1]
        return [
            *new_bridge_steps(world, plan.after, plan.bridges),
            join_step(world, member, plan.after),
            *([lockspace_step(world, member, plan.after)] if member.roles & NEED_LEASES else []),
            *joined_steps(world, plan.after, member),
            record_step(world, plan.before, plan.after),
        ]


async def _leaving(world: World, pool: PoolDocument, key: str) -> Member:
    """A member; or a server that was taken out of the pool while it was dead, is back, and still
    takes itself for one."""
    try:
        return member_by_key(pool, key)
    except Refused:
        server = await world.server(key)
        with suppress(Unknown):
            agent = world.direct(server.address, server.port, server.id)
            told = await agent.server.membership()
            if told is not None and told.pool == pool.id:
                return Member(
                    id=server.id,
                    name=server.name,
                    address=server.address,
                    port=server.port,
                    roles=frozenset({Role.VM}),
                    host_id=told.host_id,
                )
        raise


async def _is_dead(world: World, pool: PoolDocument, member: Member) -> bool:
    """Raises ``Refused(server.unreachable)`` for one that does not answer and may live: its guests
    could write on while others start them."""
    try:
        await direct(world, member).server.membership()
        return False
    except Unknown:
        status = await world.master(pool).ha.status()
    state = next((h.state for h in status.hosts if h.server == member.id), "unknown")
    if state not in DEAD:
        raise Refused(
            "server.unreachable",
            f"server {member.name}",
            f"it does not answer, and is not known to be dead: to its pool master it is {state}",
            "bring it back; or switch it off, and repeat once it is dead or left in: "
            f"millpond pool ha {pool.name}",
        )
    return True


def _left_by(pool: PoolDocument, member: Member) -> tuple[Repository, ...]:
    """The pool's repositories without the member. Raises ``Refused(repository.in_use)`` for a local one
    that nobody else has."""
    left = []
    for repository in pool.repositories:
        members = tuple(m for m in repository.members if m != member.id)
        if repository.members and not members:
            raise Refused(
                "repository.in_use",
                f"server {member.name}",
                f"it alone has repository {repository.name}",
                f"detach that first: millpond repository detach {pool.name} {repository.name}",
            )
        left.append(repository.model_copy(update={"members": members}))
    return tuple(left)


def _unmount_step(world: World, member: Member, repository: Repository) -> Step:
    """After it has left: until then it would mount it again."""
    done = False

    async def observe() -> Observation:
        return seen(done)

    async def act(_: Context) -> None:
        nonlocal done
        await direct(world, member).repositories.unmount(repository)
        done = True

    return Step(f"unmount {repository.name}", observe, act)


class RemoveServer(PoolOperation[PoolServerSpec, PoolRemoveServerPlan]):
    kind = "pool.remove_server"
    summary = "Take a server without guests, or a dead one, out of its pool"
    spec_type = PoolServerSpec
    plan_type = PoolRemoveServerPlan

    async def plan(self, world: World, spec: PoolServerSpec) -> PoolRemoveServerPlan:
        pool = await world.pool(spec.pool)
        member = await _leaving(world, pool, spec.server)
        if member.id == pool.master.id:
            raise Refused(
                "pool.master",
                f"server {member.name}",
                "it is the pool master",
                "give another server that role first, or delete the pool: "
                f"millpond pool roles {pool.name} OTHER master,vm",
            )
        dead = await _is_dead(world, pool, member)
        guests = [
            d.config.name
            for d in await world.vms(pool)
            if member.id in (d.placed_on, d.migrating_to)
        ]
        if guests:
            raise Refused(
                "server.has_guests",
                f"server {member.name}",
                f"{len(guests)} VMs are on it, such as {', '.join(sorted(guests)[:3])}",
                f"wait until they are released or started elsewhere: millpond pool ha {pool.name}"
                if dead
                else f"evacuate it first: millpond server maintenance {member.name}",
            )
        members = tuple(m for m in pool.members if m.id != member.id)
        check_roles(members, pool.name)
        after = pool.model_copy(update={"members": members, "repositories": _left_by(pool, member)})
        return PoolRemoveServerPlan(before=pool, after=after, member=member, dead=dead)

    def locks(self, spec: PoolServerSpec, plan: PoolRemoveServerPlan) -> list[Lock]:
        return [*super().locks(spec, plan), Lock(object=f"server:{plan.member.id}")]

    def steps(self, world: World, spec: PoolServerSpec, plan: PoolRemoveServerPlan) -> list[Step]:
        gone = plan.before.repositories_of(plan.member.id)
        unmounts = () if plan.dead else (_unmount_step(world, plan.member, r) for r in gone)
        let_go = () if plan.dead else left_steps(world, plan.before, plan.member)
        return [
            *let_go,
            record_step(world, plan.before, plan.after),
            leave_step(world, plan.member, plan.before, dead=plan.dead),
            *unmounts,
        ]


class SetRoles(PoolOperation[PoolSetRolesSpec, PoolPlan]):
    kind = "pool.set_roles"
    summary = "Change what a member does; the role master moves to it from the present master"
    spec_type = PoolSetRolesSpec
    plan_type = PoolPlan

    async def plan(self, world: World, spec: PoolSetRolesSpec) -> PoolPlan:
        pool = await world.pool(spec.pool)
        member = member_by_key(pool, spec.server)
        handed_over = Role.MASTER in spec.roles and member.id != pool.master.id
        members = []
        for m in pool.members:
            roles = spec.roles if m.id == member.id else m.roles
            if handed_over and m.id == pool.master.id:
                roles = roles - {Role.MASTER}
                if not roles:
                    raise Refused(
                        "pool.roles",
                        f"server {m.name}",
                        "it would be left with no role at all",
                        f"give it another first: millpond pool roles {pool.name} {m.name} master,vm",
                    )
            members.append(m.model_copy(update={"roles": roles}))
        check_roles(tuple(members), pool.name)
        term = pool.term + 1 if handed_over else pool.term
        return changed(pool, members=tuple(members), term=term)

    def steps(self, world: World, spec: PoolSetRolesSpec, plan: PoolPlan) -> list[Step]:
        before, after = plan.before, plan.after
        if after.master.id == before.master.id:
            return [record_step(world, before, after)]
        return [_hand_over_step(world, before, after)]


def _hand_over_step(world: World, before: PoolDocument, after: PoolDocument) -> Step:
    """The old master writes who follows it, and is none from that moment: it cannot take it back.
    The new one is told, takes the lease that the old one lets go of, and introduces itself."""
    root, new = before.cluster_root, after.master
    old_records, new_server = direct(world, before.master).records, direct(world, new)
    wanted = membership_of(after, new)

    async def write() -> None:
        now = await old_records.pool(root)
        if now is not None and not same(now, after):
            await old_records.put_pool(after.model_copy(update={"generation": now.generation + 1}))

    async def observe() -> Observation:
        return seen(await new_server.server.membership() == wanted)

    async def act(_: Context) -> None:
        try:
            await write()
        except Refused as refused:
            if refused.code not in ("server.role", "pool.deposed"):
                raise  # else it has written it already
        await new_server.server.join(wanted)
        now = await new_server.records.pool(root)
        if now is None or not same(now, after):
            raise Failed("hand over", "the pool's record was changed meanwhile")
        await world.remember(now)

    return Step("hand over", observe, act, point_of_no_return=True)
