"""The baseline of the lab's benchmarks: a guest made with qemu-img and virsh, without Millpond."""

from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree
from uuid import uuid4
from xml.etree import ElementTree

from millpond.domain.layout import TEMPLATE_RECORD, template_directory, vm_directory
from millpond.domain.names import new_mac
from millpond.domain.template import TemplateDocument
from millpond.lab.lab import Lab
from millpond.lab.layout import SHARED_MOUNT
from tests.support.truth import virsh

TEMPLATE = "tiny"
_DIRECTORY = f"{SHARED_MOUNT}/by_hand"


@dataclass(frozen=True)
class Model:
    """A VM of Millpond's after which guests are made by hand; ``xml`` is its domain's."""

    xml: str
    id: str
    name: str
    mac: str

    @classmethod
    def of(cls, lab: Lab, server: str, shown: dict[str, object]) -> "Model":
        """``shown`` is the running VM as the API shows it."""
        name = str(shown["name"])
        root = ElementTree.fromstring(virsh(lab, server, "dumpxml", "--inactive", name))
        # By its metadata the agent would take the guest for one of its own.
        metadata = root.find("metadata")
        assert metadata is not None
        root.remove(metadata)
        mac = root.find("devices/interface/mac")
        assert mac is not None
        xml = ElementTree.tostring(root, encoding="unicode")
        return cls(xml, str(shown["id"]), name, mac.attrib["address"])


@dataclass(frozen=True)
class HandMade:
    """A guest with a directory of its own in /OVS."""

    lab: Lab
    server: str
    name: str
    id: str

    @classmethod
    def prepare(cls, lab: Lab, server: str, name: str, model: Model) -> "HandMade":
        """Write its domain XML: the model's, with another name, UUID, MAC and directory."""
        guest = cls(lab, server, name, str(uuid4()))
        xml = model.xml
        for old, new in (
            (vm_directory(SHARED_MOUNT, model.id), guest.directory),
            (model.id, guest.id),
            (f"<name>{model.name}</name>", f"<name>{name}</name>"),
            (model.mac, new_mac()),
        ):
            assert old in xml, f"no {old} in the model's XML"
            xml = xml.replace(old, new)
        guest._outside("").mkdir(parents=True, exist_ok=True)
        guest._outside(f"{name}.xml").write_text(xml)
        return guest

    @property
    def directory(self) -> str:
        """As the servers see it."""
        return f"{_DIRECTORY}/{self.name}"

    def create(self) -> None:
        """The steps themselves: copy the template's images, then ``virsh create``."""
        seeds = template_directory(SHARED_MOUNT, TEMPLATE)
        record = self.lab.shared / "seed_pool" / TEMPLATE / TEMPLATE_RECORD
        template = TemplateDocument.model_validate_json(record.read_bytes())
        self._run("mkdir", self.directory)
        for disk in template.disks:
            form = disk.format.value
            self._run(
                *("qemu-img", "convert", "-f", form, "-O", form),
                *(f"{seeds}/{disk.file}", f"{self.directory}/{disk.target}.{form}"),
            )
        virsh(self.lab, self.server, "create", f"{_DIRECTORY}/{self.name}.xml")

    def remove(self, server: str) -> None:
        """Power off on the server it is on, and drop its files."""
        virsh(self.lab, server, "destroy", self.name)
        rmtree(self._outside(self.name))
        self._outside(f"{self.name}.xml").unlink()

    def _outside(self, name: str) -> Path:
        return self.lab.shared / "by_hand" / name

    def _run(self, *argv: str) -> None:
        done = self.lab.exec(self.server, argv)
        assert done.returncode == 0, done.stderr
