"""The names and identifiers people and machines use, each checked once, here.

Every string that ends up in a file name, an argument list or a rendered configuration is one of
these types, so that a slash, a newline or a leading dash is refused at the door and nowhere else.
"""

from ipaddress import ip_network
from typing import Annotated
from uuid import uuid4

from pydantic import AfterValidator, StringConstraints, TypeAdapter

NAME_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$"
MAC_PATTERN = r"^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}$"
MAC_PREFIX = "00:16:3e"


def _unicast(mac: str) -> str:
    if int(mac[:2], 16) & 1:
        raise ValueError("a VIF needs a unicast MAC address (even first byte)")
    return mac


Name = Annotated[str, StringConstraints(pattern=NAME_PATTERN)]
"""A VM, pool, server, template or user name: 1 to 63 letters, digits, ``_``, ``.``, ``-``; starts
with a letter or digit."""

Id = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"),
]
"""A lower-case UUID (RFC 9562)."""

Mac = Annotated[
    str, StringConstraints(pattern=MAC_PATTERN, to_lower=True), AfterValidator(_unicast)
]
"""A unicast Ethernet address, six hexadecimal bytes separated by colons; becomes lower-case."""

InterfaceName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_.-]{0,14}$")]
"""A network interface or bridge: at most 15 bytes (``IFNAMSIZ`` less its NUL, netdevice(7))."""

Tag = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:=-]{0,62}$")]

Text = Annotated[
    str, StringConstraints(max_length=4096, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f\ufffe\uffff]*$")
]
"""Free text such as a description: up to 4096 characters, no control characters but tab and
newline (XML 1.0 could not carry the others)."""

Network = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9A-Fa-f:.]{2,45}/[0-9]{1,3}$"),
    AfterValidator(lambda text: str(ip_network(text))),
]
"""A network in CIDR notation (RFC 4632), no host bits set."""

Address = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9.:-]{0,252}$")]
"""A host name (RFC 1123) or an IP address, without a port."""

IscsiName = Annotated[
    str,
    StringConstraints(
        pattern=r"^(iqn\.[0-9]{4}-[0-9]{2}\.|eui\.|naa\.)[A-Za-z0-9.:_-]{1,210}$", to_lower=True
    ),
]
"""An initiator or a target (RFC 7143 4.2.7), in ASCII."""

AbsolutePath = Annotated[
    str, StringConstraints(pattern=r"^(/[A-Za-z0-9_+=@%,][A-Za-z0-9_.+=@%,-]*)+$", max_length=1024)
]
"""An absolute path without ``.``, ``..``, spaces or components that start with a dash or dot."""

_MAC = TypeAdapter(Mac)


def new_id() -> str:
    """A fresh random UUID."""
    return str(uuid4())


def new_mac() -> str:
    """A random address in the prefix that Xen guests have always used."""
    tail = uuid4().bytes[:3]
    return _MAC.validate_python(f"{MAC_PREFIX}:{tail[0] & 0x7F:02x}:{tail[1]:02x}:{tail[2]:02x}")
