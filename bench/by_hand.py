"""The baseline of the lab's benchmarks: a guest made with qemu-img, sanlock and virsh, without
Millpond."""

from dataclasses import dataclass, replace
from pathlib import Path
from shutil import rmtree
from uuid import uuid4

from lxml import etree

from millpond.adapters.libvirt.domain_xml import Cgroup, Host, domain_xml
from millpond.adapters.libvirt.metadata import Metadata, find, parse
from millpond.domain.layout import TEMPLATE_RECORD, template_directory, vm_lease
from millpond.domain.leases import SLOT
from millpond.domain.names import new_mac
from millpond.domain.server import Acceleration
from millpond.domain.template import TemplateDocument
from millpond.lab.lab import Lab
from millpond.lab.layout import SHARED_MOUNT
from tests.support.truth import virsh

TEMPLATE = "tiny"
_DIRECTORY = f"{SHARED_MOUNT}/by_hand"


@dataclass(frozen=True)
class Model:
    """A VM of Millpond's after which guests are made by hand."""

    meta: Metadata
    host: Host

    @classmethod
    def of(cls, lab: Lab, server: str, vm: str) -> "Model":
        """The running ``vm``, and what Millpond found its server to be like."""
        domain = etree.fromstring(virsh(lab, server, "dumpxml", vm))
        element = find(domain)
        assert element is not None
        meta = parse(element)
        shares = domain.findtext("cputune/shares")
        if shares is None:
            cgroup = Cgroup.NONE
        else:
            cgroup = Cgroup.V2 if int(shares) == meta.config.cpu_weight else Cgroup.V1
        direct = domain.find("devices/disk/driver[@cache='none']") is not None
        return cls(meta, Host(Acceleration.TCG, cgroup, lambda path: direct))

    def xml(self, vm: str, name: str, directory: str) -> str:
        """The domain XML Millpond would make of such a VM with another id, name, MAC address and
        directory; without its metadata, by which an agent would take the guest for its own."""
        config = self.meta.config
        vifs = tuple(v.model_copy(update={"mac": new_mac()}) for v in config.vifs)
        config = config.model_copy(update={"id": vm, "name": name, "vifs": vifs})
        meta = replace(self.meta, config=config, directory=directory)
        domain = etree.fromstring(domain_xml(meta, self.host))
        for element in domain.findall("metadata"):
            domain.remove(element)
        return etree.tostring(domain, encoding="unicode")


@dataclass(frozen=True)
class HandMade:
    """A guest with a directory of its own in /OVS."""

    lab: Lab
    server: str
    name: str
    id: str
    lockspace: str

    @classmethod
    def prepare(cls, lab: Lab, server: str, name: str, model: Model) -> "HandMade":
        """Write its domain XML."""
        guest = cls(lab, server, name, str(uuid4()), model.meta.lockspace)
        guest._outside("").mkdir(parents=True, exist_ok=True)
        guest._outside(f"{name}.xml").write_text(model.xml(guest.id, name, guest.directory))
        return guest

    @property
    def directory(self) -> str:
        """As the servers see it."""
        return f"{_DIRECTORY}/{self.name}"

    def create(self) -> None:
        """The steps themselves: copy the template's images, make a lease (without one libvirtd starts
        no guest there), then ``virsh create``."""
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
        lease = vm_lease(self.directory, self.lockspace, self.id)
        self._run("fallocate", "--length", str(SLOT), lease.path)
        self._run(
            *("sanlock", "client", "init"),
            *("-r", f"{lease.lockspace}:{lease.name}:{lease.path}:{lease.offset}"),
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
