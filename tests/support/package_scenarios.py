"""Scenarios of ``tests.support.scenarios``'s kind for VMs that come in and go out."""

import tarfile
from pathlib import Path

from tests.data.hostile.images import iso
from tests.support.scenarios import Request, Scenario, Stage, new_name, power


def _package(stage: Stage) -> str:
    """The name of a VM whose vm.cfg and disk wait to be imported."""
    name = new_name(stage)
    folder = stage.incoming / name
    folder.mkdir()
    (folder / "System.img").write_bytes(b"data" * 65536)
    (folder / "vm.cfg").write_text(
        f"name = '{name}'\nmemory = {stage.memory}\ndisk = ['file:System.img,xvda,w']\n"
        "vif = ['bridge=xenbr0']\n"
    )
    return name


def _import_request(stage: Stage, name: str) -> Request:
    return "POST", "/vms/import", {"pool": stage.pool, "path": f"{stage.imports}/{name}"}


def _export_request(stage: Stage, vm: str) -> Request:
    return "POST", f"/vms/{vm}/export", {"format": "ova"}


def _exported(stage: Stage, vm: str) -> Path:
    return stage.tree / "publish_pool" / f"{vm}.ova"


def _complete(stage: Stage, vm: str) -> bool:
    """The archive is whole, and nothing else is left beside it."""
    with tarfile.open(_exported(stage, vm)) as archive:
        names = archive.getnames()
    beside = [p.name for p in _exported(stage, vm).parent.iterdir()]
    return names == [f"{vm}.ovf", f"{vm}.mf", f"{vm}-vda.vmdk"] and beside == [f"{vm}.ova"]


def _lying_about(stage: Stage) -> str:
    """The name of a VM and of a CD to be, the same each time, as steps are called by it; their files lie
    in the cluster root as somebody left them."""
    name = "crash-left"
    stage.vms.append(name)
    for file in _left(stage, name):
        file.write_bytes(iso() if file.suffix == ".iso" else b"data" * 65536)
    return name


def _left(stage: Stage, name: str) -> tuple[Path, Path]:
    root = stage.tree
    return root / f"{name}.img", root / "iso_pool" / f"{name}.iso"


def _adopted(stage: Stage, name: str) -> bool:
    """The VM's disk is the very file."""
    image = stage.api("GET", f"/pools/{stage.pool}/images/{name}")
    vm = stage.show(name)
    disk = stage.tree / "running_pool" / vm["id"] / "vda.raw"
    return bool(image["state"] == "approved" and disk.samefile(_left(stage, name)[0]))


def _take_away(stage: Stage, name: str) -> None:
    stage.api.do("DELETE", f"/pools/{stage.pool}/images/{name}?keep_files=true")
    for file in _left(stage, name):
        file.unlink()


PACKAGE_SCENARIOS: dict[str, Scenario] = {
    "vm.import": Scenario(_package, _import_request, power("stopped")),
    "repository.adopt": Scenario(
        _lying_about,
        lambda s, name: ("POST", f"/pools/{s.pool}/repositories/root/adopt", {}),
        _adopted,
        _take_away,
    ),
    "vm.export": Scenario(
        lambda stage: stage.vm(),
        _export_request,
        _complete,
        restore=lambda stage, vm: _exported(stage, vm).unlink(missing_ok=True),
    ),
}
