"""Moving a NIC's addresses and routes to its bridge, and back.

Nothing is taken away before its replacement is in place: first the new interface gets the
addresses, then every route is replaced by one through it, then the old interface loses the
addresses. So a crash on the way loses nothing, and doing it again finishes it.
"""

import errno
import socket
from typing import Any

from pyroute2 import IPRoute
from pyroute2.netlink.exceptions import NetlinkError

from millpond.domain.errors import Refused

IFA_F_NODAD = 0x02
RT_SCOPE_LINK = 253
RT_TABLE_LOCAL = 255
RTPROT_KERNEL = 2
RTPROT_RA = 9
RTN_UNICAST = 1

ROUTE_ATTRIBUTES = {
    "RTA_DST": "dst",
    "RTA_GATEWAY": "gateway",
    "RTA_PREFSRC": "prefsrc",
    "RTA_PRIORITY": "priority",
    "RTA_TABLE": "table",
}
ROUTE_FIELDS = ("family", "dst_len", "tos", "scope", "type", "proto", "flags")


def cidrs(ip: IPRoute, index: int) -> list[str]:
    """The interface's own addresses, without those IPv6 gives itself (fe80::/10)."""
    return [f"{_local(a)}/{a['prefixlen']}" for a in _addresses(ip, index)]


def check(ip: IPRoute, index: int, subject: str) -> None:
    """Raise ``Refused(bridge.unsupported)`` if ``move`` could not move a route of the interface."""
    _routes(ip, index, subject)


def move(ip: IPRoute, source: int, target: int, subject: str) -> None:
    """Move all addresses and routes from interface index ``source`` to ``target``, which is up.

    Routes that the kernel makes by itself, and those learned from router advertisements, come back
    by themselves. Raises ``Refused(bridge.unsupported)`` before any change if a multipath route
    leads through the NIC.
    """
    addresses = _addresses(ip, source)
    routes = _routes(ip, source, subject)
    for address in addresses:
        _add_address(ip, address, target)
    for route in routes:
        ip.route("replace", oif=target, **_route_arguments(route))
    for address in addresses:
        _tolerate(
            errno.EADDRNOTAVAIL,
            lambda address=address: ip.addr(
                "del",
                index=source,
                family=address["family"],
                address=_local(address),
                prefixlen=address["prefixlen"],
            ),
        )


def _addresses(ip: IPRoute, index: int) -> list[Any]:
    found = [
        message
        for family in (socket.AF_INET, socket.AF_INET6)
        for message in ip.get_addr(index=index, family=family)
    ]
    return [
        m for m in found if not (m["family"] == socket.AF_INET6 and m["scope"] == RT_SCOPE_LINK)
    ]


def _local(address: Any) -> str:
    """IFA_LOCAL is the interface's own on point-to-point links; IPv6 has IFA_ADDRESS alone."""
    return str(address.get_attr("IFA_LOCAL") or address.get_attr("IFA_ADDRESS"))


def _add_address(ip: IPRoute, address: Any, target: int) -> None:
    arguments: dict[str, Any] = {
        "index": target,
        "family": address["family"],
        "address": _local(address),
        "prefixlen": address["prefixlen"],
        "scope": address["scope"],
    }
    broadcast = address.get_attr("IFA_BROADCAST")
    if broadcast:
        arguments["broadcast"] = broadcast
    life = address.get_attr("IFA_CACHEINFO")
    if life:
        arguments |= {"preferred_lft": life["ifa_preferred"], "valid_lft": life["ifa_valid"]}
    if address["family"] == socket.AF_INET6:
        arguments["flags"] = IFA_F_NODAD  # it was in use a moment ago: no time to search for twins
    _tolerate(errno.EEXIST, lambda: ip.addr("add", **arguments))


def _routes(ip: IPRoute, index: int, subject: str) -> list[Any]:
    """Unicast routes through the interface that somebody made; those on the link before those
    that need them to reach their gateway."""
    found = []
    for family in (socket.AF_INET, socket.AF_INET6):
        for route in ip.get_routes(family=family):
            if route["type"] != RTN_UNICAST or route["proto"] in (RTPROT_KERNEL, RTPROT_RA):
                continue
            if route.get_attr("RTA_TABLE") == RT_TABLE_LOCAL:
                continue
            hops = route.get_attr("RTA_MULTIPATH") or []
            if any(hop["oif"] == index for hop in hops):
                raise Refused(
                    "bridge.unsupported",
                    subject,
                    f"a multipath route to {route.get_attr('RTA_DST') or 'default'} uses the NIC",
                    "replace it by simple routes, or put the address on the bridge by hand",
                )
            if route.get_attr("RTA_OIF") == index:
                found.append(route)
    return sorted(found, key=lambda route: route.get_attr("RTA_GATEWAY") is not None)


def _route_arguments(route: Any) -> dict[str, Any]:
    arguments: dict[str, Any] = {field: route[field] for field in ROUTE_FIELDS}
    # linkdown, dead and offload are the kernel's report, only RTNH_F_ONLINK (4) is a wish
    arguments["flags"] &= 4
    for attribute, name in ROUTE_ATTRIBUTES.items():
        value = route.get_attr(attribute)
        if value is not None:
            arguments[name] = value
    metrics = route.get_attr("RTA_METRICS")
    if metrics is not None:
        arguments["metrics"] = {"attrs": metrics["attrs"]}
    return arguments


def _tolerate(code: int, work: Any) -> None:
    """Done before, by an earlier try that was cut short."""
    try:
        work()
    except NetlinkError as error:
        if error.code != code:
            raise
