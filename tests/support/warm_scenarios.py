"""Scenarios of ``tests.support.scenarios``'s kind for VMs that are imported while they run elsewhere."""

from pathlib import Path

from tests.support.scenarios import Request, Scenario, Stage, new_name

MIB = 1 << 20


def foreign_disk(stage: Stage, vm: str) -> Path:
    """What another product writes to."""
    return stage.incoming / vm / "System.img"


def foreign_vm(stage: Stage) -> str:
    name = new_name(stage)
    foreign_disk(stage, name).parent.mkdir()
    foreign_disk(stage, name).write_bytes(b"old!" * (MIB // 2))
    (stage.incoming / name / "vm.cfg").write_text(
        f"name = '{name}'\nmemory = {stage.memory}\ndisk = ['file:System.img,xvda,w']\n"
        "vif = ['bridge=xenbr0']\n"
    )
    return name


def begin_request(stage: Stage, name: str) -> Request:
    body = {"pool": stage.pool, "path": f"{stage.imports}/{name}"}
    return "POST", "/vms/warm-import", body


def _begun(stage: Stage) -> str:
    name = foreign_vm(stage)
    stage.api.do(*begin_request(stage, name))
    return name


def copied(stage: Stage) -> str:
    """A VM with one round behind it, and changes that the next one will find."""
    name = _begun(stage)
    stage.api.do("POST", f"/vms/{name}/warm-import/sync")
    with foreign_disk(stage, name).open("rb+") as disk:
        disk.seek(MIB)
        disk.write(b"new!" * 1000)
    return name


def copy_of(stage: Stage, vm: str) -> Path:
    return stage.tree / "running_pool" / stage.show(vm)["id"] / "xvda.raw"


def _is_copied(stage: Stage, vm: str) -> bool:
    return copy_of(stage, vm).read_bytes() == foreign_disk(stage, vm).read_bytes()


def _cut_over(stage: Stage, vm: str) -> bool:
    """Complete, startable, and nothing is left of how it came."""
    shown = stage.show(vm)
    files = {p.name for p in copy_of(stage, vm).parent.iterdir()}
    there = _is_copied(stage, vm) and not shown["problem"]
    return there and files == {"vm.json", "xvda.raw", "lease"}


def _gone(stage: Stage, vm: str) -> bool:
    kept = foreign_disk(stage, vm).exists()
    return kept and all(found["name"] != vm for found in stage.api.items("/vms?limit=1000"))


WARM_SCENARIOS: dict[str, Scenario] = {
    "warm-import.begin": Scenario(
        foreign_vm, begin_request, lambda s, vm: "elsewhere" in s.show(vm)["problem"]
    ),
    "warm-import.sync": Scenario(
        copied, lambda s, vm: ("POST", f"/vms/{vm}/warm-import/sync", None), _is_copied
    ),
    "warm-import.cut-over": Scenario(
        copied, lambda s, vm: ("POST", f"/vms/{vm}/warm-import/cut-over", None), _cut_over
    ),
    "warm-import.cancel": Scenario(
        copied, lambda s, vm: ("DELETE", f"/vms/{vm}/warm-import", None), _gone
    ),
}
