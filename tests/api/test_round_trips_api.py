"""VMs that leave in another product's format and come back, and packages in the styles of other products with
real disks in them: through the API, field by field, and what is on the disks byte by byte."""

import gzip
import os
import shutil
import subprocess
from itertools import count
from pathlib import Path

import pytest

from tests.data.hostile.images import iso
from tests.support.api import Json
from tests.support.system import System
from tests.unit.formats.samples import data, fields_of

MIB, GIB = 1 << 20, 1 << 30
_NUMBERS = count(1)


def rich(system: System) -> str:
    """The name of a VM that has something of everything."""
    name = f"rich{next(_NUMBERS)}"
    body = {
        "pool": "pool1", "name": name, "memory": 64, "max_memory": 128, "vcpus": 2, "max_vcpus": 4,
        "cpu_weight": 200, "cpu_cap": 150, "io_weight": 50, "keyboard": "de", "ha": True,
        "boot": ["cdrom", "disk"], "description": "Bücher & <Orders>", "tags": ["env=test"],
        "restart_priority": 7, "preferred_servers": ["srv2"],
        "disks": [
            {"target": "vda", "size": 8 * MIB},
            {"target": "sda", "size": 4 * MIB, "format": "qcow2"},
        ],
        "vifs": [
            {"bridge": "xenbr0", "rate_limit": 5000},
            {"bridge": "xenbr0", "model": "e1000"},
        ],
    }  # fmt: skip
    system.api.do("POST", "/vms", body)
    return name


def config(system: System, name: str) -> Json:
    found: Json = system.api("GET", f"/vms/{name}")["config"]
    return found


def images(system: System, name: str) -> list[Path]:
    vm = system.api("GET", f"/vms/{name}")
    directory = system.root / "running_pool" / vm["id"]
    files = [d["source"].partition(":")[2] for d in vm["config"]["disks"]]
    return [directory / file for file in files]


def differing(before: Json, after: Json) -> set[str]:
    """Fields; an import gives disks files and formats of its own choice."""
    for disk in (*before["disks"], *after["disks"]):
        del disk["source"], disk["format"]
    return {field for field in before if field != "id" and before[field] != after[field]}


def same(one: Path, other: Path) -> None:
    """The shorter one may be followed by zeroes. Formats as the files are called."""
    forms = ["qcow2" if p.suffix == ".qcow2" else "raw" for p in (one, other)]
    argv = ["qemu-img", "compare", "-f", forms[0], "-F", forms[1], str(one), str(other)]
    done = subprocess.run(argv, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("kind", ["ova", "vm.cfg", "xl.cfg", "xml"])
def test_what_leaves_comes_back_but_for_what_was_announced(system: System, kind: str) -> None:
    name = rich(system)
    raw, qcow2 = images(system, name)
    with raw.open("rb+") as file:
        file.write(os.urandom(MIB))
    stamp = ["qemu-io", "-f", "qcow2", "-c", "write -P 7 1M 64k", str(qcow2)]
    subprocess.run(stamp, check=True, capture_output=True)
    before = config(system, name)

    result = system.api.do("POST", f"/vms/{name}/export", {"format": kind})["result"]
    folder = system.imports / name
    folder.mkdir()
    for file in (raw, qcow2):
        shutil.copy(file, folder)
    exported = Path(result["path"]).rename(folder / Path(result["path"]).name)
    system.api.do("DELETE", f"/vms/{name}")

    system.api.do("POST", "/vms/import", {"pool": "pool1", "path": str(exported)})
    assert differing(before, config(system, name)) == fields_of(tuple(result["lost"]))
    for theirs, ours in zip((raw, qcow2), images(system, name), strict=True):
        same(folder / theirs.name, ours)
    system.api.do("DELETE", f"/vms/{name}")


def vmdk(folder: Path, name: str) -> Path:
    """A streamOptimized disk of that name; what is on it lies beside it as ``NAME.raw``."""
    raw = folder / f"{name}.raw"
    raw.write_bytes(os.urandom(MIB) + bytes(MIB))
    to = ["-O", "vmdk", "-o", "subformat=streamOptimized"]
    argv = ["qemu-img", "convert", "-f", "raw", *to, str(raw), str(folder / name)]
    subprocess.run(argv, check=True)
    return folder / name


def imported(system: System, folder: Path, **wishes: object) -> Json:
    body = {"pool": "pool1", "path": str(folder), **wishes}
    job = system.api.do("POST", "/vms/import", body)
    assert job["result"]["notes"], "each of them says something that is not known here"
    vm: Json = system.api("GET", f"/vms/{job['subject'].partition(':')[2]}")
    return vm


def package(system: System, style: str) -> Path:
    folder = system.imports / style
    folder.mkdir()
    (folder / f"{style}.ovf").write_bytes(data(f"ovf/{style}.ovf"))
    return folder


def drives(found: Json) -> list[tuple[str, int, bool]]:
    return [(d["target"], d["size"], d["readonly"]) for d in found["disks"]]


def test_a_package_in_virtualboxs_style(system: System) -> None:
    """Two compressed disks on SATA, in the order of their addresses, and a CD."""
    folder = package(system, "virtualbox")
    for number in (1, 2):
        vmdk(folder, f"kiosk-disk00{number}.vmdk")
    (folder / "kiosk-disk003.iso").write_bytes(iso())
    vm = imported(system, folder, networks={"NAT": "xenbr0"})
    found = vm["config"]
    assert (vm["name"], found["memory"], found["vcpus"]) == ("kiosk", 1024, 2)
    assert (found["boot"], found["description"]) == (["cdrom", "disk"], "Kiosk in the hall")
    assert drives(found) == [
        ("hda", len(iso()), True),
        ("hdb", 20 * GIB, False),
        ("hdc", GIB, False),
    ]
    assert [(v["bridge"], v["model"]) for v in found["vifs"]] == [("xenbr0", "e1000")]
    made = images(system, "kiosk")
    assert made[0].read_bytes() == iso()
    same(folder / "kiosk-disk001.vmdk.raw", made[1])
    same(folder / "kiosk-disk002.vmdk.raw", made[2])
    system.api.do("DELETE", "/vms/kiosk")


def test_a_package_in_vmwares_style(system: System) -> None:
    """Disks on three kinds of adapters: one packed with gzip, one new; one in chunks is left out and named."""
    folder = package(system, "vmware")
    first = vmdk(folder, "db-1.vmdk")
    (folder / "db-1.vmdk.gz").write_bytes(gzip.compress(first.read_bytes()))
    first.unlink()
    vmdk(folder, "db-2.vmdk")
    for name in ("db-chunked.vmdk", "db.nvram"):
        (folder / name).write_bytes(b"not used")
    vm = imported(system, folder, networks={"VM Network": "xenbr0", "Backup": "xenbr0"})
    found = vm["config"]
    assert (vm["name"], found["memory"], found["vcpus"]) == ("db-server", 8192, 4)
    assert (found["boot"], found["description"]) == (["disk"], "holds the orders")
    assert drives(found) == [
        ("sda", 40 * GIB, False),
        ("sdb", 512 * MIB, False),
        ("vda", 8 * GIB, False),
    ]
    first_vif, second_vif = found["vifs"]
    assert (first_vif["mac"], first_vif["model"]) == ("00:50:56:9a:00:01", "e1000")
    assert (second_vif["bridge"], second_vif["model"]) == ("xenbr0", "e1000")
    made = images(system, "db-server")
    same(folder / "db-1.vmdk.raw", made[0])
    same(folder / "db-2.vmdk.raw", made[1])
    empty = folder / "empty.raw"
    empty.write_bytes(b"")
    os.truncate(empty, MIB)
    same(empty, made[2])
    system.api.do("DELETE", "/vms/db-server")


@pytest.mark.parametrize(
    ("option", "vcpus", "memory", "gib"), [("", 2, 4096, 8), ("4CPU-8GB", 4, 8192, 16)]
)
def test_a_package_in_ciscos_style(
    system: System, option: str, vcpus: int, memory: int, gib: int
) -> None:
    """Deployment options, which choose the disk's size too; a file whose name is written as in a URL."""
    folder = package(system, "cisco")
    vmdk(folder, "router image.vmdk")
    (folder / "bootstrap.iso").write_bytes(iso())
    networks = {"GigabitEthernet1": "xenbr0", "GigabitEthernet2": "xenbr0"}
    vm = imported(system, folder, networks=networks, option=option)
    found = vm["config"]
    assert (vm["name"], found["memory"], found["vcpus"]) == ("router", memory, vcpus)
    assert drives(found) == [("vda", gib * GIB, False), ("hda", len(iso()), True)]
    assert [(v["bridge"], v["model"]) for v in found["vifs"]] == [("xenbr0", "virtio")] * 2
    same(folder / "router image.vmdk.raw", images(system, "router")[0])
    system.api.do("DELETE", "/vms/router")
    shutil.rmtree(folder)
