"""Reading a package: its description, what its manifest and certificate say, how large its images are."""

import hashlib
import os
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import PurePosixPath, PureWindowsPath

from millpond.adapters.formats import certificate, libvirt_xml, manifest, ovf, vmx, xen
from millpond.adapters.formats.manifest import Digest
from millpond.adapters.images.inspection import inspect
from millpond.adapters.packages.contents import Contents
from millpond.domain.errors import Refused
from millpond.domain.foreign import ForeignDisk, ForeignVm, inside, reference, unreadable
from millpond.domain.image import ImageFormat
from millpond.domain.package import DeploymentOption, Package

_KINDS = (".ovf", ".vmx", ".cfg", ".xml")
"""How descriptions end, the most telling first."""

_EXTENT = re.compile(rb'^RW (\d{1,15}) (?:FLAT|VMFS) "([^"/\\]{1,255})"(?: 0)?\s*$', re.MULTILINE)
_SECTOR = 512


Locate = Callable[[str], str]
"""What a description calls a file, to its name in the package. Raises ``Refused(import.reference)``."""


def anywhere(path: str) -> str:
    """Other products name files by where they lay there: all that counts is the name."""
    if path.startswith("/") or "\\" in path:
        return inside("package", PureWindowsPath(path).name)
    return inside("package", path)


def read(
    contents: Contents,
    description: str,
    option: str,
    system: str,
    locate: Locate = anywhere,
) -> Package:
    """``locate`` is not asked for the files of an OVF, which are URLs. Raises ``Refused``: ``import.*``,
    ``image.*``."""
    name = description or _description(contents)
    data = contents.text(name)
    if not name.endswith(".ovf"):
        reader: Callable[[bytes, str], ForeignVm] = xen.read
        if name.endswith((".vmx", ".xml")):
            reader = vmx.read if name.endswith(".vmx") else libvirt_xml.read
        vm = _with_images(contents, reader(data, name), locate)
        return Package(vm=vm, size=_size(contents, vm))
    remarks = _vouched(contents, name, data)
    found = ovf.read(data, name, option, system)
    vm = _with_images(contents, found.vm, lambda href: reference(name, href))
    options = tuple(DeploymentOption(id=o.id, label=o.label) for o in found.options)
    return Package(
        vm=vm,
        options=options,
        option=found.option,
        remarks=remarks,
        size=_size(contents, vm),
    )


def _description(contents: Contents) -> str:
    for kind in _KINDS:
        found = [n for n in contents.names() if n.lower().endswith(kind) and not n.startswith(".")]
        if len(found) == 1:
            return found[0]
        if found:
            raise Refused(
                "import.choice",
                "package",
                f"it has several descriptions: {', '.join(found[:8])}",
                "give the path of the one to import",
            )
    raise unreadable("package", f"it has no file that ends in {', '.join(_KINDS)}")


def wanted_digests(contents: Contents, description: str) -> dict[str, Digest]:
    """What the manifest beside an OVF says; nothing if there is none."""
    name = PurePosixPath(description).with_suffix(".mf").name
    return manifest.read(contents.text(name), name) if name in contents.names() else {}


def manifest_of(contents: Contents, description: str) -> dict[str, Digest]:
    """The same, for whatever description the package has."""
    name = description or _description(contents)
    return wanted_digests(contents, name) if name.endswith(".ovf") else {}


def _vouched(contents: Contents, name: str, data: bytes) -> tuple[str, ...]:
    """What stands in the manifest is there, and the description is what it says; images are compared
    when they are read as a whole."""
    wanted = wanted_digests(contents, name)
    if not wanted:
        return ("there is no manifest: nothing says whether its files are whole",)
    remarks = []
    for each in wanted:
        contents.open(each).file.close()
    if name in wanted:
        algorithm = wanted[name].algorithm
        found = Digest(algorithm, hashlib.new(algorithm.lower(), data).hexdigest())
        manifest.check({name: wanted[name]}, {name: found}, "the manifest")
    else:
        remarks.append(f"{name}: the manifest does not name it")
    signature = PurePosixPath(name).with_suffix(".cert").name
    if signature in contents.names():
        over = contents.text(PurePosixPath(name).with_suffix(".mf").name)
        signed = certificate.check(contents.text(signature), over, signature, (), datetime.now(UTC))
        note = f"; {signed.note}" if signed.note else ""
        remarks.append(f"signed by {signed.subject}, by a certificate of {signed.issuer}{note}")
    return tuple(remarks)


def _with_images(contents: Contents, vm: ForeignVm, locate: Locate) -> ForeignVm:
    """The VM with its disks' files as names in the package, and their capacities."""
    disks, unsaid = [], list(vm.unsaid)
    for disk in vm.disks:
        if not disk.file or disk.block:
            disks.append(disk)
            continue
        name = locate(disk.file)
        if disk.cdrom and "/" not in name and name not in contents.names():
            unsaid.append(f"disks: the CD {name} is not in the package and is left out")
            continue
        disks.append(_measured(contents, disk.model_copy(update={"file": name})))
    return vm.model_copy(update={"disks": tuple(disks), "unsaid": tuple(unsaid)})


def _size(contents: Contents, vm: ForeignVm) -> int:
    """Bytes that the files of its disks take where they are."""
    total = 0
    for disk in vm.disks:
        if disk.file and not disk.block:
            with contents.open(disk.file) as part:
                total += min(part.size, os.fstat(part.file.fileno()).st_blocks * 512)
    return total


def _measured(contents: Contents, disk: ForeignDisk) -> ForeignDisk:
    """With what an image that lies by itself says of its size. Of others, only the description can."""
    with contents.open(disk.file) as part:
        if disk.gzip:
            return disk
        if not part.alone:
            raw = disk.format in (None, ImageFormat.RAW)
            return disk.model_copy(update={"capacity": part.size}) if raw else disk
        if disk.format is ImageFormat.VMDK:
            flat = _flat(part.read(0, 65536))
            if flat is not None:
                return _measured(contents, disk.model_copy(update=flat))
        size = inspect(part.file, disk.format or ImageFormat.RAW, disk.file)
        return disk.model_copy(update={"capacity": max(size, disk.capacity or 0)})


def _flat(head: bytes) -> dict[str, object] | None:
    """ESXi keeps a disk as two files: a text that names the other one, which is the raw disk. That one
    is taken as what it is, by its plain name and from the same folder."""
    if not head.startswith(b"# Disk DescriptorFile"):
        return None
    extents = _EXTENT.findall(head)
    if len(extents) != 1 or head.count(b"\nRW ") != 1:
        return None
    size, name = extents[0]
    return {
        "file": inside("package", name.decode("utf-8", "replace")),
        "format": ImageFormat.RAW,
        "capacity": int(size) * _SECTOR,
    }
