"""The parts of an OVF envelope (DMTF DSP0243, versions 1 and 2) that the rest refers to: files, disks,
deployment options, properties, and the one virtual system that is to be read."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from lxml import etree

from millpond.adapters.formats import units
from millpond.adapters.formats.xml import local, parse
from millpond.domain.errors import Refused
from millpond.domain.foreign import unreadable
from millpond.domain.image import ImageFormat

OVF1 = "http://schemas.dmtf.org/ovf/envelope/1"
OVF2 = "http://schemas.dmtf.org/ovf/envelope/2"
_PROPERTY = re.compile(r"\$\{([^{}]{1,200})\}")
_PACKED = {"": False, "identity": False, "gzip": True}


class File(NamedTuple):
    """``why_not`` says why it cannot be used, if so."""

    href: str
    gzip: bool
    why_not: str


class DiskEntry(NamedTuple):
    """``capacity`` in bytes, None if it is not (understandably) said. ``file`` is an id or empty."""

    file: str
    capacity: int | None
    format: ImageFormat | None
    interface: str
    parent: str


class Option(NamedTuple):
    """A deployment option: how large the VM may be made."""

    id: str
    label: str


class Envelope:
    """What stands around the virtual system. ``option`` is the deployment option in force, or empty."""

    def __init__(self, data: bytes, what: str, option: str, system: str) -> None:
        self.root = parse(data, what)
        self.what = what
        self.space = etree.QName(self.root).namespace or ""
        if local(self.root) != "Envelope" or self.space not in (OVF1, OVF2):
            raise unreadable(what, f"its root element is {self.root.tag}, no OVF 1 or 2 envelope")
        self.unsaid: list[str] = []
        self.strings = self._strings()
        self.options = tuple(self._options())
        self.option = self._chosen(option)
        self.properties = self._properties()
        self.files = {key: self._file(f) for key, f in self._by_id("References/File", "id")}
        disks = self._by_id("DiskSection/Disk", "diskId")
        self.disks = {key: self._disk(key, d) for key, d in disks}
        self.system = self._system(system)

    def attribute(self, element: etree._Element, name: str) -> str:
        """An attribute with the envelope's namespace, which some producers leave out."""
        return element.get(f"{{{self.space}}}{name}") or element.get(name) or ""

    def find(self, element: etree._Element, path: str) -> Iterator[etree._Element]:
        """Descendants by a path of names in the envelope's namespace."""
        return element.iterfind("/".join(f"{{{self.space}}}{part}" for part in path.split("/")))

    def text(self, element: etree._Element, tag: str) -> str:
        """The text of a child, which may stand in the section of strings instead."""
        found = next(self.find(element, tag), None)
        if found is None:
            return ""
        return self.strings.get(self.attribute(found, "msgid"), found.text or "").strip()

    def substituted(self, value: str) -> str:
        """``${KEY}`` replaced by the value that the property has from the start."""
        return _PROPERTY.sub(lambda m: self.properties.get(m[1], m[0]), value)

    def _by_id(self, path: str, key: str) -> Iterator[tuple[str, etree._Element]]:
        for element in self.find(self.root, path):
            yield self.attribute(element, key), element

    def _strings(self) -> dict[str, str]:
        """The first language's messages."""
        bundle = next(self.find(self.root, "Strings"), None)
        if bundle is None:
            return {}
        found = self.find(bundle, "Msg")
        return {self.attribute(m, "msgid"): m.text or "" for m in found}

    def _options(self) -> Iterator[Option]:
        for found in self.find(self.root, "DeploymentOptionSection/Configuration"):
            yield Option(self.attribute(found, "id"), self.text(found, "Label"))

    def _chosen(self, wanted: str) -> str:
        """The one asked for, or that marked as default, or the first."""
        ids = [o.id for o in self.options]
        if wanted and wanted not in ids:
            there = ", ".join(f"{o.id} ({o.label})" for o in self.options) or "none"
            raise Refused(
                "import.choice",
                f"deployment option {wanted}",
                f"{self.what} has these: {there}",
                "name one of them, or none to take the default",
            )
        for found in self.find(self.root, "DeploymentOptionSection/Configuration"):
            if not wanted and self.attribute(found, "default") in ("true", "1"):
                return self.attribute(found, "id")
        return wanted or (ids[0] if ids else "")

    def _properties(self) -> dict[str, str]:
        """``class.key`` to the value for the chosen option, or the general one."""
        found = {}
        for section in self.root.iter(f"{{{self.space}}}ProductSection"):
            prefix = self.attribute(section, "class")
            for entry in self.find(section, "Property"):
                key = self.attribute(entry, "key")
                value = self.attribute(entry, "value")
                for each in self.find(entry, "Value"):
                    if self.attribute(each, "configuration") == self.option:
                        value = self.attribute(each, "value")
                found[f"{prefix}.{key}" if prefix else key] = value
        return found

    def _file(self, element: etree._Element) -> File:
        packed = self.attribute(element, "compression").lower()
        why_not = "" if packed in _PACKED else f"it is packed with {packed}"
        if self.attribute(element, "chunkSize"):
            why_not = "it is cut into chunks"
        return File(self.attribute(element, "href"), _PACKED.get(packed, False), why_not)

    def _disk(self, key: str, element: etree._Element) -> DiskEntry:
        said = self.substituted(self.attribute(element, "capacity"))
        unit = self.attribute(element, "capacityAllocationUnits")
        capacity = units.scaled(said, units.programmatic(unit))
        if said and capacity is None:
            self.unsaid.append(f"Disk {key}: its capacity {said!r} {unit!r} is no size")
        interface = next(
            (str(v) for k, v in element.items() if str(k).endswith("disk-interface")), ""
        )
        return DiskEntry(
            self.attribute(element, "fileRef"),
            capacity,
            image_format(self.attribute(element, "format")),
            interface,
            self.attribute(element, "parentRef"),
        )

    def _system(self, wanted: str) -> etree._Element:
        found = {
            self.attribute(s, "id"): s for s in self.root.iter(f"{{{self.space}}}VirtualSystem")
        }
        if not found:
            raise unreadable(self.what, "it has no VirtualSystem")
        if not wanted and len(found) == 1:
            return next(iter(found.values()))
        if wanted in found:
            return found[wanted]
        raise Refused(
            "import.choice",
            f"virtual system {wanted or 'without a name'}",
            f"{self.what} has these: {', '.join(found)}",
            "name the one to import; import each of them by itself",
        )


def image_format(uri: str) -> ImageFormat | None:
    """By the URI of ``Disk@format``: the producers' own, of which parts are stable."""
    said = uri.lower()
    for word, format_ in (
        ("vmdk", ImageFormat.VMDK),
        ("qcow", ImageFormat.QCOW2),
        ("vhdx", ImageFormat.VHDX),
        ("vhd", ImageFormat.VHD),
        ("linkid=137171", ImageFormat.VHD),
        ("ecma-119", ImageFormat.RAW),
        ("wiki/byte", ImageFormat.RAW),
    ):
        if word in said:
            return format_
    return None
