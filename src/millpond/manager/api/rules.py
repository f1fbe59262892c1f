"""Affinity rules of a pool."""

from typing import Annotated

from fastapi import APIRouter
from fastapi.responses import Response

from millpond.domain.ha.rules import AffinityRule
from millpond.domain.permissions import Permission
from millpond.manager.api import models, views
from millpond.manager.api.deps import After, Calling, Key, Limit, Parts, runs, serves
from millpond.manager.api.ha import ASKING
from millpond.manager.api.specs import Asked
from millpond.operations.rules import RuleAddSpec, RuleRemoveSpec

router = APIRouter(prefix="/pools/{key}/rules", tags=["High availability"])


@router.get("", summary="List affinity rules", **serves(Permission.POOL_VIEW, *ASKING))
async def list_rules(
    api: Parts, key: Key, limit: Limit = 100, after: After = None
) -> models.Listing[AffinityRule]:
    """By name, as the pool master has them now."""
    pool = await api.manager.world().pool(key)
    rules = sorted(pool.ha.rules, key=lambda r: r.name)
    shown, more = views.page(rules, limit, after, lambda r: r.name)
    return models.Listing(items=shown, next=more)


@router.post("", **runs("rule.add"))
async def add_rule(
    call: Calling, spec: Annotated[RuleAddSpec, Asked(RuleAddSpec, pool="key", body="rule")]
) -> Response:
    return await call.accept("rule.add", spec)


@router.delete("/{name}", **runs("rule.remove"))
async def remove_rule(
    call: Calling, spec: Annotated[RuleRemoveSpec, Asked(RuleRemoveSpec, pool="key", name="name")]
) -> Response:
    return await call.accept("rule.remove", spec)
