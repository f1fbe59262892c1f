"""Live migration: each refusal names the reason and the remedy."""

from typing import Any

import pytest

from millpond.domain.errors import Refused
from millpond.domain.migration import check_target
from millpond.domain.server import Acceleration, Inventory
from tests.unit.test_placement import config
from tests.unit.test_preflight import CPU, inventory


def refusal(memory: int = 512, free: int = 4096, same: bool = False, **target: Any) -> Refused:
    source = inventory("a")
    there: Inventory = source if same else inventory("b", **target)
    with pytest.raises(Refused) as refused:
        check_target(config(memory, "xenbr0"), source, there, free)
    assert refused.value.fix
    return refused.value


def test_a_fitting_target_is_accepted() -> None:
    check_target(config(512, "xenbr0"), inventory("a"), inventory("b"), 512)


def test_refusals() -> None:
    cpu = CPU.model_copy(update={"flags": ("aes",)})
    assert refusal(same=True).code == "migration.same_server"
    assert refusal(acceleration=Acceleration.TCG).code == "migration.hypervisor"
    assert refusal(acceleration=Acceleration.TCG).fix == (
        "stop it, then: millpond vm start vm1 --on b"
    )
    assert "vmx" in refusal(cpu=cpu).message
    assert "xenbr0" in refusal(bridges=()).message
    assert refusal(free=511).code == "migration.memory"


def test_emulated_cpus_do_not_care_for_flags() -> None:
    tcg = {"acceleration": Acceleration.TCG}
    cpu = CPU.model_copy(update={"flags": ()})
    check_target(config(512), inventory("a", **tcg), inventory("b", cpu=cpu, **tcg), 512)
