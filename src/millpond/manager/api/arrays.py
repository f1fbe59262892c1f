"""Storage arrays. Passwords go in and never come out."""

import json
from math import isnan

from fastapi import APIRouter, Response

from millpond.adapters.arrays.naviseccli import Login
from millpond.domain.array import ArrayLun, ArrayPort, ArraySnapshot
from millpond.domain.array_copies import ArrayMigration, ArrayMirror
from millpond.domain.array_load import ArrayQos
from millpond.domain.permissions import Permission
from millpond.manager.api import array_models, models, views
from millpond.manager.api.deps import After, Key, Limit, Parts, serves
from millpond.manager.array_samples import FIGURES, LunLoad
from millpond.manager.store.arrays import ArrayRow
from millpond.ports.array import Array

router = APIRouter(prefix="/arrays", tags=["Arrays"])

ASKING = ("array.unreachable", "array.login", "step.failed", "step.unknown")


def _fields(row: ArrayRow) -> dict[str, object]:
    return {
        "id": row.id,
        "name": row.name,
        "kind": row.kind,
        "addresses": json.loads(row.addresses),
        "user": row.user,
        "created": row.created,
    }


async def _driver(api: Parts, key: str) -> Array:
    return api.manager.arrays.driver(await api.manager.arrays.get(key))


@router.get("", summary="List arrays", **serves(Permission.ARRAY_VIEW))
async def list_arrays(
    api: Parts, limit: Limit = 100, after: After = None
) -> models.Listing[array_models.Array]:
    """By name. The arrays themselves are not asked."""
    rows = await api.manager.arrays.everyone()
    shown, more = views.page(rows, limit, after, lambda r: r.name)
    items = [array_models.Array.model_validate(_fields(row)) for row in shown]
    return models.Listing(items=items, next=more)


@router.post(
    "",
    summary="Register an array",
    status_code=201,
    **serves(Permission.ARRAY_MANAGE, "object.exists", *ASKING, body=True),
)
async def add_array(api: Parts, body: array_models.NewArray) -> array_models.Array:
    """It is asked how it is, and its SPs' certificates are taken for theirs from then on."""
    login = Login(body.user, body.password.get_secret_value(), body.scope)
    row = await api.manager.arrays.add(body.name, body.kind, tuple(body.addresses), login)
    return array_models.Array.model_validate(_fields(row))


@router.get(
    "/{key}",
    summary="Show an array's health and capacity",
    **serves(Permission.ARRAY_VIEW, "request.not_found", *ASKING),
)
async def show_array(api: Parts, key: Key) -> array_models.ArrayView:
    """As the array says now."""
    row = await api.manager.arrays.get(key)
    driver = api.manager.arrays.driver(row)
    health = await driver.health()
    said = {"health": health, "well": health.well, "pools": await driver.pools()}
    return array_models.ArrayView.model_validate(_fields(row) | said)


@router.get(
    "/{key}/luns",
    summary="List an array's LUNs",
    **serves(Permission.ARRAY_VIEW, "request.not_found", *ASKING),
)
async def list_array_luns(
    api: Parts, key: Key, limit: Limit = 100, after: After = None
) -> models.Listing[ArrayLun]:
    """Those of its pools, by number, whoever made them."""
    luns = await (await _driver(api, key)).luns()
    shown, more = views.page(luns, limit, after, lambda lun: f"{lun.number:08}")
    return models.Listing(items=shown, next=more)


@router.get(
    "/{key}/ports",
    summary="List an array's ports for hosts",
    **serves(Permission.ARRAY_VIEW, "request.not_found", *ASKING),
)
async def list_array_ports(
    api: Parts, key: Key, limit: Limit = 100, after: After = None
) -> models.Listing[ArrayPort]:
    """Those that have an address, by SP and number."""
    ports = await (await _driver(api, key)).ports()
    shown, more = views.page(ports, limit, after, lambda port: f"{port.sp}{port.number:04}")
    return models.Listing(items=shown, next=more)


@router.get(
    "/{key}/groups",
    summary="List an array's storage groups",
    **serves(Permission.ARRAY_VIEW, "request.not_found", *ASKING),
)
async def list_array_groups(
    api: Parts, key: Key, limit: Limit = 100, after: After = None
) -> models.Listing[array_models.StorageGroup]:
    """By name, whoever made them."""
    groups = await (await _driver(api, key)).groups()
    shown, more = views.page(groups, limit, after, lambda group: group.name)
    return models.Listing(items=[array_models.StorageGroup.of(one) for one in shown], next=more)


@router.get(
    "/{key}/snapshots",
    summary="List an array's snapshots",
    **serves(Permission.ARRAY_VIEW, "request.not_found", *ASKING),
)
async def list_array_snapshots(
    api: Parts, key: Key, limit: Limit = 100, after: After = None
) -> models.Listing[ArraySnapshot]:
    """SnapView's sessions first, then snapshots, by name; with where hosts find them."""
    found = await (await _driver(api, key)).all_snapshots()
    shown, more = views.page(found, limit, after, lambda one: f"{one.kind} {one.name}")
    return models.Listing(items=shown, next=more)


@router.get(
    "/{key}/mirrors",
    summary="List an array's mirrors",
    **serves(Permission.ARRAY_VIEW, "request.not_found", *ASKING),
)
async def list_array_mirrors(
    api: Parts, key: Key, limit: Limit = 100, after: After = None
) -> models.Listing[ArrayMirror]:
    """Those that it has an image of, primary or secondary, by kind and name."""
    found = await (await _driver(api, key)).mirrors()
    shown, more = views.page(found, limit, after, lambda one: f"{one.kind} {one.name}")
    return models.Listing(items=shown, next=more)


@router.get(
    "/{key}/migrations",
    summary="List an array's LUN migrations",
    **serves(Permission.ARRAY_VIEW, "request.not_found", *ASKING),
)
async def list_array_migrations(
    api: Parts, key: Key, limit: Limit = 100, after: After = None
) -> models.Listing[ArrayMigration]:
    """Those under way, and those that have stopped, by the LUN that moves."""
    found = await (await _driver(api, key)).migrations()
    shown, more = views.page(found, limit, after, lambda one: f"{one.source:08}")
    return models.Listing(items=shown, next=more)


@router.get(
    "/{key}/qos",
    summary="Show an array's quality of service",
    **serves(Permission.ARRAY_VIEW, "request.not_found", *ASKING),
)
async def show_array_qos(api: Parts, key: Key) -> ArrayQos:
    """Its policies, and the I/O classes that they hold to goals."""
    return await (await _driver(api, key)).qos()


@router.get(
    "/{key}/performance",
    summary="List what hosts did to an array's LUNs in the last minute",
    **serves(Permission.ARRAY_VIEW, "request.not_found"),
)
async def list_array_performance(
    api: Parts, key: Key, limit: Limit = 100, after: After = None
) -> models.Listing[array_models.LunLoad]:
    """By LUN number; empty until the manager has asked twice. The array is not asked now."""
    loads = api.manager.array_samples.loads((await api.manager.arrays.get(key)).id)
    shown, more = views.page(loads, limit, after, lambda one: f"{one.number:08}")
    return models.Listing(items=[_load(one) for one in shown], next=more)


def _load(load: LunLoad) -> array_models.LunLoad:
    told = {
        name: None if isnan(rate) else rate for name, rate in zip(FIGURES, load.rates, strict=True)
    }
    return array_models.LunLoad.model_validate({"number": load.number, "name": load.name, **told})


@router.delete(
    "/{key}",
    summary="Forget an array",
    status_code=204,
    **serves(Permission.ARRAY_MANAGE, "request.not_found"),
)
async def remove_array(api: Parts, key: Key) -> Response:
    """Nothing changes on the array itself, nor for those who use its LUNs."""
    await api.manager.arrays.remove(key)
    return Response(status_code=204)
