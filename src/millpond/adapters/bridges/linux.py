"""``ports.bridges`` on the kernel of this server."""

import asyncio
import errno
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple, TypeVar

from pyroute2 import IPRoute
from pyroute2.netlink.exceptions import NetlinkError

from millpond.adapters.bridges import addresses, uplinks
from millpond.adapters.bridges.links import Link, as_bridge, as_nic, parse
from millpond.adapters.bridges.naming import bridge_mac
from millpond.adapters.bridges.news import News
from millpond.adapters.bridges.refusals import in_use, taken
from millpond.domain.errors import Failed
from millpond.domain.pool import BridgeSpec
from millpond.domain.server import Bridge, Nic

T = TypeVar("T")


class _Network(NamedTuple):
    bridges: tuple[Bridge, ...]
    nics: tuple[Nic, ...]


class LinuxBridges:
    """Bridges through rtnetlink(7). ``server`` returns this server's id, which its MACs follow."""

    def __init__(self, server: Callable[[], str]) -> None:
        self._server = server
        self._lock = asyncio.Lock()
        self._reading = asyncio.Lock()
        self._news: News | None = None
        self._known: _Network | None = None

    async def bridges(self) -> list[Bridge]:
        return list((await self._network()).bridges)

    async def nics(self) -> list[Nic]:
        return list((await self._network()).nics)

    async def _network(self) -> _Network:
        """Read again only when there is news: it takes ten milliseconds, and each plan of a start
        asks every server of the pool."""
        async with self._reading:
            if self._news is None:
                self._news = News()
            if self._news.come() or self._known is None:
                self._known = None
                self._known = await self._run("list network interfaces", _network)
            return self._known

    async def create(self, spec: BridgeSpec) -> Bridge:
        mac = bridge_mac(self._server(), spec.name)
        async with self._lock:
            return await self._run(f"create bridge {spec.name}", lambda ip: _create(ip, spec, mac))

    async def delete(self, name: str) -> None:
        async with self._lock:
            await self._run(f"delete bridge {name}", lambda ip: _delete(ip, name))

    async def _run(self, step: str, work: Callable[[IPRoute], T]) -> T:
        """``work`` with a netlink socket of its own, in a thread: its calls block."""

        def guarded() -> T:
            with _socket(step) as ip:
                return work(ip)

        return await asyncio.to_thread(guarded)


@contextmanager
def _socket(step: str) -> Iterator[IPRoute]:
    try:
        with IPRoute() as ip:
            yield ip
    except NetlinkError as error:
        raise Failed(step, str(error.args[-1])) from error


def _links(ip: IPRoute) -> list[Link]:
    return [parse(message) for message in ip.get_links()]


def _find(ip: IPRoute, name: str) -> Link | None:
    return next((link for link in _links(ip) if link.name == name), None)


def _network(ip: IPRoute) -> _Network:
    links = _links(ip)
    bridges = (
        as_bridge(link, links, addresses.cidrs(ip, link.index)) for link in links if link.is_bridge
    )
    return _Network(tuple(bridges), tuple(as_nic(link, links) for link in links if link.is_uplink))


def _create(ip: IPRoute, spec: BridgeSpec, mac: str) -> Bridge:
    """Every line finds its own work done when the creation is repeated after a crash. The checks
    come first: a refused bridge leaves nothing behind."""
    subject = f"bridge {spec.name}"
    bridge = _find(ip, spec.name)
    if bridge is not None and not bridge.is_bridge:
        raise taken(subject, "an interface of that name is no bridge")
    if spec.nic is not None:
        uplinks.check(ip, _links(ip), spec, bridge)
    lower = uplinks.ensure(ip, spec, _links) if spec.nic is not None else None
    new = bridge is None
    if bridge is None:
        ip.link("add", ifname=spec.name, kind="bridge", address=mac, br_forward_delay=0)
        bridge = _found(ip, spec.name)
    ip.link("set", index=bridge.index, state="up")
    if lower is not None:
        try:
            _enslave(ip, lower, bridge)
        except NetlinkError:
            if new:
                ip.link("del", index=bridge.index)
            raise
        addresses.move(ip, lower.index, bridge.index, subject)
    return next(b for b in _network(ip).bridges if b.name == spec.name)


def _enslave(ip: IPRoute, lower: Link, bridge: Link) -> None:
    if lower.master != bridge.index:
        ip.link("set", index=lower.index, master=bridge.index)
    ip.link("set", index=lower.index, state="up")


def _found(ip: IPRoute, name: str) -> Link:
    link = _find(ip, name)
    if link is None:
        raise Failed(f"create {name}", "it vanished as soon as it was there")
    return link


def _delete(ip: IPRoute, name: str) -> None:
    links = _links(ip)
    bridge = next((link for link in links if link.name == name and link.is_bridge), None)
    if bridge is None:
        return
    ports = [link for link in links if link.master == bridge.index]
    guests = sorted(port.name for port in ports if port.is_guest)
    if guests:
        raise in_use(name, guests)
    uplink = next((port for port in ports if port.is_uplink), None)
    keep = bool(addresses.cidrs(ip, bridge.index))
    if uplink is not None:
        addresses.move(ip, bridge.index, uplink.index, f"bridge {name}")
    try:
        ip.link("del", index=bridge.index)
    except NetlinkError as error:
        if error.code != errno.ENODEV:
            raise
    if uplink is not None and not keep:
        uplinks.discard(ip, uplink, links)
