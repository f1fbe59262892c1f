"""Packages made to do harm: descriptions that read files, run code, ask for everything, or name what is
not theirs; folders with links in them; and the places that images are said to be fetched from."""

import gzip
from collections.abc import Callable
from pathlib import Path

from tests.data.hostile.archives import archive

MIB = 1 << 20
SECRET = "/etc/passwd"
"""What most of them are after."""

Files = dict[str, bytes]


def domain(name: str = "vm", more: str = "", head: str = "") -> bytes:
    return (
        f"{head}<domain type='kvm'><name>{name}</name><memory unit='MiB'>128</memory><vcpu>1</vcpu>"
        f"<os><type>hvm</type></os><devices>{more}</devices></domain>"
    ).encode()


def _nic(bridge: str) -> str:
    return f"<interface type='bridge'><source bridge='{bridge}'/></interface>"


def envelope(href: str = "disk.raw", capacity: int = MIB, cpus: int = 1, name: str = "vm") -> bytes:
    rasd = "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData"

    def item(kind: int, number: int, **more: object) -> str:
        fields = {"InstanceID": number, "ResourceType": kind, **more}
        return f"<Item>{''.join(f'<r:{k}>{v}</r:{k}>' for k, v in sorted(fields.items()))}</Item>"

    return (
        f'<Envelope xmlns="http://schemas.dmtf.org/ovf/envelope/1" xmlns:r="{rasd}"'
        ' xmlns:o="http://schemas.dmtf.org/ovf/envelope/1">'
        f'<References><File o:id="f" o:href="{href}"/></References>'
        f'<DiskSection><Info/><Disk o:diskId="d" o:fileRef="f" o:capacity="{capacity}"/></DiskSection>'
        f'<VirtualSystem o:id="{name}"><Info/><VirtualHardwareSection><Info/>'
        f"{item(3, 1, VirtualQuantity=cpus)}"
        f"{item(4, 2, VirtualQuantity=128, AllocationUnits='byte * 2^20')}"
        f"{item(6, 3, ResourceSubType='lsilogic')}"
        f"{item(17, 4, HostResource='ovf:/disk/d', Parent=3, AddressOnParent=0)}"
        "</VirtualHardwareSection></VirtualSystem></Envelope>"
    ).encode()


def xen(*lines: str) -> bytes:
    return "\n".join(("name = 'vm'", "memory = 128", *lines, "")).encode()


_LAUGHS = '<!ENTITY l0 "lol">' + "".join(
    f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12)
)
_DISK = {"disk.raw": bytes(MIB)}
_WRONG = b"SHA256(vm.ovf)= " + b"0" * 64 + b"\n"


def _ova(*members: tuple[str, bytes]) -> Files:
    return {"vm.ova": archive(*members)}


def _packed_disk() -> Files:
    """A disk whose size only shows when it is unpacked."""
    plain = envelope("disk.gz", capacity=MIB // 2)
    packed = plain.replace(b'o:href="disk.gz"', b'o:href="disk.gz" o:compression="gzip"')
    return {"vm.ovf": packed, "disk.gz": gzip.compress(bytes(MIB))}


FILES: dict[str, tuple[int, str, Callable[[], Files]]] = {
    "wrong-digest": (
        7,
        "import.digest",
        lambda: _ova(("vm.ovf", envelope()), ("vm.mf", _WRONG), ("disk.raw", bytes(MIB))),
    ),
    "gzip-bomb": (
        6,
        "image.size",
        lambda: {
            "vm.ovf": envelope("disk.gz").replace(
                b'o:href="disk.gz"', b'o:href="disk.gz" o:compression="gzip"'
            ),
            "disk.gz": gzip.compress(bytes(96 * MIB), 1),
        },
    ),
    "external-entity": (
        8,
        "import.unsafe_xml",
        lambda: {
            "vm.xml": domain("&x;", head=f'<!DOCTYPE d [<!ENTITY x SYSTEM "file://{SECRET}">]>')
        },
    ),
    "remote-dtd": (
        8,
        "import.unsafe_xml",
        lambda: {"vm.xml": domain(head='<!DOCTYPE d SYSTEM "http://127.0.0.1:9/x.dtd">')},
    ),
    "billion-laughs": (
        8,
        "import.unsafe_xml",
        lambda: {"vm.xml": domain("&l11;", head=f"<!DOCTYPE d [{_LAUGHS}]>")},
    ),
    "include": (
        8,
        "import.unsafe_xml",
        lambda: {
            "vm.xml": domain(
                f'<x:include xmlns:x="http://www.w3.org/2001/XInclude" href="{SECRET}" parse="text"/>'
            )
        },
    ),
    "depth": (
        8,
        "import.too_large",
        lambda: {"vm.xml": domain(more="<a>" * 300 + "</a>" * 300)},
    ),
    "elements": (8, "import.too_large", lambda: {"vm.xml": domain(more="<disk/>" * 60_000)}),
    "attribute": (
        8,
        "import.too_large",
        lambda: {"vm.xml": domain(more=_nic("b" * (5 * MIB)))},
    ),
    "href-parent": (9, "import.reference", lambda: {"vm.ovf": envelope("../../canary")}),
    "href-absolute": (9, "import.reference", lambda: {"vm.ovf": envelope(SECRET)}),
    "href-nul": (9, "import.reference", lambda: {"vm.ovf": envelope("a%00b")}),
    "href-bidi": (9, "import.reference", lambda: {"vm.ovf": envelope("a\u202eb")}),
    "newline-in-a-bridge": (
        10,
        "import.network",
        lambda: {"vm.xml": domain(more=_nic("xenbr0&#10;mac=1"))},
    ),
    "newline-in-a-path": (
        10,
        "import.reference",
        lambda: {"vm.cfg": xen(r"disk = ['file:a\nb,xvda,w']")},
    ),
    "metadata-without-a-disk": (
        12,
        "import.reference",
        lambda: {"vm.ovf": envelope("not-there.raw")},
    ),
    "description-cut-short": (12, "import.unreadable", lambda: {"vm.ovf": envelope()[:300]}),
    "more-than-it-says": (
        13,
        "import.invalid",
        _packed_disk,
    ),
    "more-cpus-than-any": (
        13,
        "import.invalid",
        lambda: {"vm.ovf": envelope(cpus=100_000), **_DISK},
    ),
    "disk-of-another-vm": (
        13,
        "import.reference",
        lambda: {"vm.cfg": xen("disk = ['file:/OVS/running_pool/other/System.img,xvda,w']")},
    ),
    "fetched-disk": (
        16,
        "import.reference",
        lambda: {"vm.ovf": envelope("http://169.254.169.254/latest/meta-data/")},
    ),
    "code-for-a-configuration": (
        22,
        "import.invalid",
        lambda: {"vm.cfg": b"import os\nos.system('touch canary')\nopen('canary', 'w')\n"},
    ),
    "values-for-a-shell": (
        22,
        "",
        lambda: {
            "vm.xml": domain("$(touch canary)`touch canary`{{7*7}}"),
        },
    ),
}
"""By name: the row, the code it is refused with ("" if it is taken, as the data that it is), and what
makes the package's files."""


def _linked_disk(folder: Path) -> None:
    (folder / "vm.cfg").write_bytes(xen("disk = ['file:System.img,xvda,w']"))
    (folder / "System.img").symlink_to(SECRET)


def _linked_description(folder: Path) -> None:
    (folder / "vm.cfg").symlink_to(SECRET)


def _linked_subfolder(folder: Path) -> None:
    (folder / "vm.ovf").write_bytes(envelope("etc/passwd"))
    (folder / "etc").symlink_to("/etc")


LINKS: dict[str, tuple[str, Callable[[Path], None]]] = {
    "disk-is-a-link": ("request.invalid", _linked_disk),
    "description-is-a-link": ("request.invalid", _linked_description),
    "subfolder-is-a-link": ("import.reference", _linked_subfolder),
}
"""Row 11: links that somebody planted in the folder, with the code."""

URLS = (
    "http://169.254.169.254/latest/meta-data/",
    "http://127.0.0.1/image",
    "http://localhost/image",
    "http://[::1]/image",
    "http://[::ffff:127.0.0.1]/image",
    "http://10.0.0.1/image",
    "http://2130706433/image",
    "file:///etc/passwd",
)
"""Row 16: refused with ``image.url``."""
