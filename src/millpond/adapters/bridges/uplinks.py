"""The NIC under a bridge: one that exists, or a VLAN or bond made for it."""

import errno
from collections.abc import Callable
from typing import Any

from pyroute2 import IPRoute
from pyroute2.netlink.exceptions import NetlinkError

from millpond.adapters.bridges import addresses
from millpond.adapters.bridges.links import MARK, Link
from millpond.adapters.bridges.naming import port_name
from millpond.adapters.bridges.refusals import no_nic, taken, unsupported
from millpond.domain.errors import Failed
from millpond.domain.pool import BridgeSpec

Links = Callable[[IPRoute], list[Link]]

ACTIVE_BACKUP = 1
"""Bond mode that needs nothing of the switch (kernel: Documentation/networking/bonding.rst)."""

MIIMON = 100
"""Milliseconds between looks at the members' carrier; without it a bond never fails over."""

MISSING = frozenset({errno.EOPNOTSUPP, errno.ENOENT, errno.EAFNOSUPPORT})
"""What the kernel answers for a kind of link it has no module for."""


def check(ip: IPRoute, links: list[Link], spec: BridgeSpec, bridge: Link | None) -> None:
    """Refuse what cannot be: a NIC that is missing, or taken by another bridge; a bridge that is
    there with another NIC; routes that could not be moved."""
    subject = f"bridge {spec.name}"
    nic = spec.nic or ""
    by_name = {link.name: link for link in links}
    for needed in spec.bond or (nic,):
        if needed not in by_name or not by_name[needed].is_uplink:
            raise no_nic(spec.name, needed)
        if spec.bond or spec.vlan is None:
            addresses.check(ip, by_name[needed].index, subject)
    port = port_name(spec)
    lower = by_name.get(port)
    own = bridge.index if bridge is not None else -1
    if lower is not None and lower.master not in (0, own):
        master = next((k.name for k in links if k.index == lower.master), "another interface")
        raise taken(subject, f"{port} belongs to {master}")
    others = [k.name for k in links if k.master == own and k.is_uplink and not k.is_guest]
    if others and port not in others:
        raise taken(subject, f"it is there, with the NIC {', '.join(others)} and not {port}")


def ensure(ip: IPRoute, spec: BridgeSpec, links: Links) -> Link:
    """The interface to put into the bridge, made if it is a bond or a VLAN. Nothing is left of
    one that could not be made."""
    nic = spec.nic or ""
    if spec.bond:
        _ensure_bond(ip, spec, nic, links)
    if spec.vlan is None:
        return _get(ip, nic, links)
    name = port_name(spec)
    below = _get(ip, nic, links)
    if all(link.name != name for link in links(ip)):
        try:
            _make(
                ip, spec.name, "VLANs", "8021q", name, "vlan", link=below.index, vlan_id=spec.vlan
            )
        except Exception:
            if spec.bond:
                discard(ip, below, links(ip))
            raise
    ip.link("set", index=below.index, state="up")
    return _get(ip, name, links)


def discard(ip: IPRoute, link: Link, links: list[Link]) -> None:
    """Remove a VLAN or bond that was made for a bridge, and the bond below it unless another VLAN
    needs it."""
    if not link.ours:
        return
    ip.link("del", index=link.index)
    below = next((k for k in links if k.index == link.lower and k.ours), None)
    if below is not None and not any(
        k.lower == below.index for k in links if k.index != link.index
    ):
        ip.link("del", index=below.index)


def _ensure_bond(ip: IPRoute, spec: BridgeSpec, name: str, links: Links) -> None:
    if all(link.name != name for link in links(ip)):
        _make(
            ip,
            spec.name,
            "bonds",
            "bonding",
            name,
            "bond",
            bond_mode=ACTIVE_BACKUP,
            bond_miimon=MIIMON,
        )
    bond = _get(ip, name, links)
    ip.link("set", index=bond.index, state="up")
    for member in spec.bond:
        link = _get(ip, member, links)
        if link.master == bond.index:
            continue
        # A NIC must be down to join, which would drop its routes: they move before.
        addresses.move(ip, link.index, bond.index, f"bridge {spec.name}")
        ip.link("set", index=link.index, state="down")
        ip.link("set", index=link.index, master=bond.index)
        ip.link("set", index=link.index, state="up")


def _make(
    ip: IPRoute, bridge: str, what: str, module: str, name: str, kind: str, **options: Any
) -> None:
    try:
        ip.link("add", ifname=name, kind=kind, **options)
    except NetlinkError as error:
        if error.code in MISSING:
            raise unsupported(bridge, what, module) from error
        raise
    ip.link("set", index=ip.link_lookup(ifname=name)[0], ifalias=MARK)


def _get(ip: IPRoute, name: str, links: Links) -> Link:
    for link in links(ip):
        if link.name == name:
            return link
    raise Failed(f"use {name}", "it is gone")
