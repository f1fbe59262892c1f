"""What the plan of a migration refuses, whichever way the guest's memory takes."""

from typing import Any

import pytest

from millpond.domain.errors import Refused
from millpond.domain.names import new_id
from millpond.domain.pool import Member, PoolDocument
from millpond.domain.repository import RepositoryState
from millpond.domain.server import Acceleration, Inventory, Role
from millpond.domain.vm import Guest, Power, VmDocument, Wanted
from millpond.operations.migrate_vm import MigrateVm, VmMigrateSpec
from tests.unit.test_placement import config
from tests.unit.test_preflight import CPU, inventory

SOURCE, TARGET = new_id(), new_id()


class TwoServers:
    """As much of a world as the plan asks: a guest on srv1, and srv2. It is its own agents."""

    def __init__(self, target: Inventory, power: Power) -> None:
        members = tuple(
            Member(id=id_, name=name, address=address, host_id=n, roles=roles)
            for n, (id_, name, address, roles) in enumerate(
                [
                    (SOURCE, "srv1", "192.0.2.11", frozenset(Role)),
                    (TARGET, "srv2", "192.0.2.12", frozenset({Role.VM})),
                ],
                start=1,
            )
        )
        self._pool = PoolDocument(id=new_id(), name="pool1", generation=1, members=members)
        self._vm = VmDocument(
            config=config(512), generation=1, placed_on=SOURCE, wanted=Wanted.ON, run=new_id()
        )
        self._inventories = {
            SOURCE: inventory("srv1", joined=True),
            TARGET: target,
        }
        self._power = power

    async def pool(self, key: str) -> PoolDocument:
        return self._pool

    async def vm(self, key: str) -> tuple[PoolDocument, VmDocument]:
        return self._pool, self._vm

    async def vms(self, pool: PoolDocument) -> list[VmDocument]:
        return [self._vm]

    def master(self, pool: PoolDocument) -> "OneAgent":
        return self.agent(pool, SOURCE)

    def agent(self, pool: PoolDocument, server: str) -> "OneAgent":
        guest = Guest(
            id=self._vm.config.id, run=new_id(), power=self._power, config=self._vm.config
        )
        return OneAgent(self._inventories[server], guest if server == SOURCE else None)


class OneAgent:
    def __init__(self, facts: Inventory, guest: Guest | None) -> None:
        self.server = self.hypervisor = self.repositories = self
        self._facts = facts
        self._guest = guest

    async def inventory(self) -> Inventory:
        return self._facts

    async def guest(self, vm: str) -> Guest | None:
        return self._guest

    async def room(self, root: str) -> RepositoryState:
        return RepositoryState(total=1 << 40, free=1 << 39)


async def plan(live: bool, to: str | None, power: Power = Power.RUNNING, **target: Any) -> None:
    world: Any = TwoServers(inventory("srv2", joined=True, **target), power)
    await MigrateVm().plan(world, VmMigrateSpec(vm="web1", live=live, to=to))


@pytest.mark.parametrize("to", ["srv2", None])
@pytest.mark.parametrize("live", [True, False])
@pytest.mark.parametrize(
    ("target", "code"),
    [
        ({"cpu": CPU.model_copy(update={"flags": ("aes",)})}, "migration.cpu"),
        ({"acceleration": Acceleration.TCG}, "migration.hypervisor"),
    ],
)
async def test_saved_memory_asks_no_less_than_memory_that_is_sent(
    live: bool, to: str | None, target: dict[str, Any], code: str
) -> None:
    await plan(live, to)
    with pytest.raises(Refused) as refused:
        await plan(live, to, **target)
    assert refused.value.code == code
    assert "millpond vm start" in refused.value.fix and "--on srv2" in refused.value.fix


async def test_a_paused_guest_is_not_woken_by_restoring_it() -> None:
    await plan(True, "srv2", Power.PAUSED)
    with pytest.raises(Refused) as refused:
        await plan(False, "srv2", Power.PAUSED)
    assert refused.value.code == "vm.state"
    assert "unpause it first" in refused.value.fix
