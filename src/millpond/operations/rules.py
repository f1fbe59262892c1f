"""Affinity rules of a pool: which VMs belong together or apart, and where they may run."""

from pydantic import Field

from millpond.domain.errors import Refused, not_found
from millpond.domain.ha.rules import AffinityRule, RuleKind
from millpond.domain.names import Name
from millpond.domain.pool import PoolDocument
from millpond.operations.base import Step
from millpond.operations.pool_settings import SettingsOperation, ha_changed, ha_step
from millpond.operations.pools import PoolPlan, PoolSpec
from millpond.ports.world import World


class RuleAddSpec(PoolSpec):
    rule: AffinityRule


class RuleRemoveSpec(PoolSpec):
    name: Name = Field(examples=["web-apart"])


def _invalid(rule: AffinityRule, message: str, fix: str) -> Refused:
    return Refused("request.invalid", f"rule {rule.name}", message, fix)


async def check_rule(world: World, pool: PoolDocument, rule: AffinityRule) -> None:
    """Raise ``Refused`` for a rule that says nothing, or of what the pool does not have."""
    among = rule.kind in (RuleKind.TOGETHER, RuleKind.APART)
    if among and rule.servers:
        raise _invalid(
            rule, f"{rule.kind.value} is said of VMs alone", "leave the servers out, or use on"
        )
    if among and len(set(rule.vms)) < 2:
        raise _invalid(rule, f"{rule.kind.value} takes two VMs at least", "name another VM")
    if not among and not rule.servers:
        raise _invalid(rule, f"{rule.kind.value} says on which servers", "name a server")
    members = {m.name for m in pool.members}
    if strangers := sorted(set(rule.servers) - members):
        raise _invalid(
            rule,
            f"pool {pool.name} has no server {', '.join(strangers)}",
            f"its servers are {', '.join(sorted(members))}",
        )
    known = {d.config.name for d in await world.vms(pool)}
    if strangers := sorted(set(rule.vms) - known):
        raise not_found("vm", strangers[0])


class AddRule(SettingsOperation[RuleAddSpec]):
    kind = "rule.add"
    summary = "Keep VMs together or apart, or tie them to servers"
    spec_type = RuleAddSpec

    async def plan(self, world: World, spec: RuleAddSpec) -> PoolPlan:
        pool, rule = await world.pool(spec.pool), spec.rule
        if any(r.name == rule.name and r != rule for r in pool.ha.rules):
            raise Refused(
                "object.exists",
                f"rule {rule.name}",
                f"pool {pool.name} has another rule of that name",
                f"remove that one first: millpond pool rule remove {pool.name} {rule.name}",
            )
        await check_rule(world, pool, rule)
        others = tuple(r for r in pool.ha.rules if r.name != rule.name)
        return ha_changed(pool, rules=(*others, rule))

    def steps(self, world: World, spec: RuleAddSpec, plan: PoolPlan) -> list[Step]:
        return [ha_step(world, "record", plan)]


class RemoveRule(SettingsOperation[RuleRemoveSpec]):
    kind = "rule.remove"
    summary = "Drop an affinity rule"
    spec_type = RuleRemoveSpec

    async def plan(self, world: World, spec: RuleRemoveSpec) -> PoolPlan:
        pool = await world.pool(spec.pool)
        rest = tuple(r for r in pool.ha.rules if r.name != spec.name)
        if len(rest) == len(pool.ha.rules):
            raise Refused(
                "request.not_found",
                f"rule {spec.name}",
                f"pool {pool.name} has no such rule",
                f"list what it has with: millpond pool rule list {pool.name}",
            )
        return ha_changed(pool, rules=rest)

    def steps(self, world: World, spec: RuleRemoveSpec, plan: PoolPlan) -> list[Step]:
        return [ha_step(world, "record", plan)]
