"""What a domain carries of Millpond's: its mark of ownership and the configuration it runs with.

It lives in the domain's ``<metadata>`` and so moves with the guest and outlives agent and libvirtd.
"""

import json
from dataclasses import dataclass

from lxml import etree

from millpond.adapters.libvirt.xml import text
from millpond.domain.layout import vm_lease
from millpond.domain.leases import Resource
from millpond.domain.vm import VmConfig

NAMESPACE = "https://millpond.invalid/ns/vm/1"
PREFIX = "millpond"
_TAG = f"{{{NAMESPACE}}}vm"


@dataclass(frozen=True)
class Metadata:
    """``config`` is what the guest has now (``Guest.config``); ``started`` is in seconds since 1970
    UTC. ``target`` is the address a live migration under way goes to, "" when there is none, and
    ``version`` that of the lease of a guest that was paused when it set out, or before it was restored.
    ``saving``: it ran before it was paused to be saved, or was restored and has not run yet. ``left``: it
    is only a copy of what runs elsewhere, and is being ended."""

    config: VmConfig
    directory: str
    lockspace: str
    run: str
    started: float
    mark: str = ""
    target: str = ""
    version: int = 0
    saving: bool = False
    left: bool = False

    @property
    def lease(self) -> Resource:
        """What the guest must hold to run."""
        return vm_lease(self.directory, self.lockspace, self.config.id)

    def element(self) -> etree._Element:
        """For a whole domain XML."""
        return self._fill(etree.Element(_TAG, {}, {PREFIX: NAMESPACE}))

    def bare_xml(self) -> str:
        """For ``virDomainSetMetadata``, which adds the namespace itself."""
        return text(self._fill(etree.Element("vm")))

    def _fill(self, element: etree._Element) -> etree._Element:
        for name in ("run", "mark", "target"):
            element.set(name, getattr(self, name))
        body = {
            "config": self.config.model_dump(mode="json"),
            "directory": self.directory,
            "lockspace": self.lockspace,
            "started": self.started,
            "version": self.version,
            "saving": self.saving,
            "left": self.left,
        }
        element.text = json.dumps(body)
        return element


def parse(xml: str | etree._Element) -> Metadata:
    """The reverse of ``Metadata.bare_xml`` or ``element``. Raises ``ValueError`` if it is damaged.
    A guest that was started or saved before there were leases has no lockspace."""
    element = etree.fromstring(xml) if isinstance(xml, str) else xml
    body = json.loads(element.text or "")
    return Metadata(
        config=VmConfig.model_validate(body["config"]),
        directory=str(body["directory"]),
        lockspace=str(body.get("lockspace", "")),
        run=element.get("run", ""),
        started=float(body["started"]),
        mark=element.get("mark", ""),
        target=element.get("target", ""),
        version=int(body.get("version", 0)),
        saving=bool(body.get("saving", False)),
        left=bool(body.get("left", False)),
    )


def find(domain: etree._Element) -> etree._Element | None:
    """Millpond's element in a whole domain XML."""
    return domain.find(f"metadata/{_TAG}")


def parse_domain(xml: str) -> Metadata | None:
    """What a whole domain XML carries; None if the domain is not one of ours."""
    element = find(etree.fromstring(xml))
    return None if element is None else parse(element)
