"""A scenario of ``tests.support.scenarios``'s kind for a guest that gets drivers as it is imported, by the real
virt-v2v: none where that is not installed. It lasts minutes."""

import shutil

from tests.support.foreign_guest import called, make_guest
from tests.support.scenarios import Request, Scenario, Stage, new_name


def guest_package(stage: Stage) -> str:
    """The name of a VM whose vm.cfg and disk, with a guest on it, wait to be imported."""
    name = new_name(stage)
    folder = stage.incoming / name
    folder.mkdir()
    make_guest(folder / "System.img")
    (folder / "vm.cfg").write_text(
        f"name = '{name}'\nmemory = {stage.memory}\ndisk = ['file:System.img,hda,w']\n"
        "vif = ['bridge=xenbr0,type=ioemu,model=e1000']\n"
    )
    return name


def import_request(stage: Stage, name: str) -> Request:
    body = {"pool": stage.pool, "path": f"{stage.imports}/{name}", "format": "raw"}
    return "POST", "/vms/import", body | {"drivers": True}


def has_drivers(stage: Stage, name: str) -> bool:
    """The guest was made ready on our copy alone, of which nothing else is left."""
    vm = stage.show(name)
    directory = stage.tree / "running_pool" / vm["id"]
    theirs, ours = stage.incoming / name / "System.img", directory / "vda.raw"
    ready = "update-initramfs" in called(ours) and not called(theirs)
    files = {p.name for p in directory.iterdir()}
    whole = files == {"vm.json", "vda.raw", "virt-v2v.log", "lease"}
    return ready and whole and vm["power"] == "stopped"


DRIVER_SCENARIOS: dict[str, Scenario] = {}
if shutil.which("virt-v2v") is not None:
    DRIVER_SCENARIOS["vm.import, drivers"] = Scenario(
        guest_package, import_request, has_drivers, lasts=800
    )
