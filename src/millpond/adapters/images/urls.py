"""Which hosts an image may be fetched from: a name is resolved once, and what it was then is kept."""

import socket
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

from millpond.domain.errors import Refused
from millpond.domain.names import Network

_NAT64 = IPv6Network("64:ff9b::/96")


@dataclass(frozen=True)
class Origin:
    """Whom to ask: ``address`` is where ``host`` was when it was looked up."""

    scheme: str
    host: str
    port: int
    address: str


def resolve(url: str, allowed: Sequence[Network]) -> Origin:
    """The origin of an http or https URL. Every address that its host has must be a public one, or in an
    ``allowed`` network. Raises ``Refused(image.url)``. Blocks: name service may take its time."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise refused(url, "only http:// and https:// are fetched from")
    if parts.username is not None or parts.password is not None:
        raise refused(url, "it holds a user name or password")
    try:
        port = parts.port or {"http": 80, "https": 443}[parts.scheme]
        found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except (OSError, ValueError, UnicodeError) as error:
        raise refused(url, f"its host cannot be found: {error}") from error
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    for address in addresses:
        if not _public(address) and not _in(address, allowed):
            raise refused(url, f"its host is {address}, which is no public address")
    return Origin(parts.scheme, parts.hostname, port, addresses[0])


def same_origin(url: str, origin: Origin) -> bool:
    """Whether a redirect to ``url`` stays where we are."""
    parts = urlsplit(url)
    try:
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return False
    return (parts.scheme, parts.hostname, port) == (origin.scheme, origin.host, origin.port)


def target(url: str) -> str:
    """What is asked of the origin: path and query."""
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def refused(url: str, message: str) -> Refused:
    return Refused(
        "image.url",
        f"URL {url}",
        message,
        "name a public server, or let its network be used with the agent's setting import_networks",
    )


def _address(text: str) -> IPv4Address | IPv6Address:
    address = ip_address(text.partition("%")[0])
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _public(text: str) -> bool:
    address = _address(text)
    if isinstance(address, IPv6Address) and (
        address in _NAT64 or address.sixtofour is not None or address.teredo is not None
    ):
        return False  # leads to an IPv4 address that is not looked at
    return address.is_global and not address.is_multicast


def _in(text: str, networks: Sequence[Network]) -> bool:
    address = _address(text)
    return any(address in ip_network(network) for network in networks)
