"""Which engines a server runs."""

from typing import TYPE_CHECKING

from millpond.domain.vm import Model

if TYPE_CHECKING:  # a fake server runs without libvirt
    from millpond.adapters.libvirt.connection import Connection


class Versions(Model):
    """``hypervisor`` is such as ``QEMU 7.2.22``."""

    libvirt: str
    hypervisor: str


async def libvirt_versions(connection: "Connection") -> Versions:
    """As libvirtd and its driver say (virConnectGetLibVersion, virConnectGetVersion)."""
    return await connection.read(
        "read versions",
        lambda virt: Versions(
            libvirt=_dotted(virt.getLibVersion()),
            hypervisor=f"{virt.getType()} {_dotted(virt.getVersion())}",
        ),
    )


def _dotted(number: int) -> str:
    """libvirt packs 1,000,000 x major + 1,000 x minor + release."""
    return f"{number // 1_000_000}.{number // 1_000 % 1_000}.{number % 1_000}"
