"""Which server this is."""

from lxml import etree
from pydantic import TypeAdapter

from millpond.agent.settings import AgentSettings, HypervisorKind
from millpond.domain.errors import Failed, Refused
from millpond.domain.names import Id

_ID: TypeAdapter[str] = TypeAdapter(Id)


def server_id(settings: AgentSettings) -> str:
    """libvirt's host UUID (virConnectGetCapabilities), or with the fake hypervisor the setting.
    Raises ``Failed``, ``Refused(request.invalid)``."""
    if settings.hypervisor is HypervisorKind.FAKE:
        if settings.server_id is None:
            raise Refused(
                "request.invalid",
                "setting server_id",
                "is missing, which the fake hypervisor needs",
                "set MILLPOND_AGENT_SERVER_ID to a UUID",
            )
        return settings.server_id
    return _ID.validate_python(_host_uuid().lower())


def _host_uuid() -> str:
    import libvirt  # the fake needs none

    try:
        connection = libvirt.openReadOnly("qemu:///system")
        try:
            capabilities = etree.fromstring(connection.getCapabilities().encode())
        finally:
            connection.close()
    except libvirt.libvirtError as error:
        raise Failed("ask libvirt who this server is", str(error)) from error
    uuid = capabilities.findtext("host/uuid")
    if not uuid:
        raise Failed("ask libvirt who this server is", "its capabilities hold no host UUID")
    return uuid
