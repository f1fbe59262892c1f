"""A VM as text: in Millpond's own words, or in those of another product."""

from typing import Annotated

import yaml
from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from millpond.adapters.formats.describing import describe
from millpond.domain.converting import from_config
from millpond.domain.package import ExportFormat, Notation
from millpond.domain.permissions import Permission
from millpond.domain.pool import PoolDocument
from millpond.domain.vm import VmConfig, VmDocument
from millpond.manager.api.deps import Key, Parts, serves
from millpond.manager.store import cache

router = APIRouter()


class VmDescription(BaseModel):
    """``lost``: what that notation cannot say of the VM."""

    text: str
    lost: tuple[str, ...] = Field(examples=[["tags: web: no other product has them"]])


@router.get(
    "/vms/{key}/description",
    summary="Describe a VM",
    tags=["VMs"],
    **serves(Permission.VM_VIEW, "request.not_found"),
)
async def describe_vm(
    api: Parts,
    key: Key,
    notation: Annotated[Notation, Query(description="In which words")] = Notation.YAML,
) -> VmDescription:
    """The VM's configuration as its record has it, by id or name. What others call its disks' paths
    are those on its servers."""
    async with api.manager.store.read() as connection:
        row = await cache.vm(connection, key)
        pool = await cache.pool(connection, row.pool_id)
    document = VmDocument.model_validate_json(row.document)
    if notation is Notation.YAML:
        return VmDescription(text=_yaml(document.config), lost=())
    directory = PoolDocument.model_validate_json(pool.document).directory_of(document)
    written = describe(
        from_config(document.config, directory), directory, ExportFormat(notation.value)
    )
    return VmDescription(text=written.text, lost=written.lost)


def _yaml(config: VmConfig) -> str:
    body = config.model_dump(mode="json")
    return str(yaml.safe_dump(body, sort_keys=False, allow_unicode=True))
