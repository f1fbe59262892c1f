"""``ports.bridges``: one suite over the kernel's bridges and the fake ones."""

import os
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from millpond.adapters.bridges.linux import LinuxBridges
from millpond.adapters.bridges.naming import bridge_mac, vlan_name
from millpond.adapters.fake.bridges import FakeBridges
from millpond.domain.errors import Refused
from millpond.domain.pool import BridgeSpec
from millpond.ports.bridges import Bridges
from tests.contract.netns import ip, own_network

SERVER = "5b1c0d4e-0000-4000-8000-000000000001"
OTHER = "5b1c0d4e-0000-4000-8000-000000000002"

NICS = ("eth0", "eth1")

root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


@dataclass
class Place:
    """The bridges under test, and how a guest's interface gets into one and out again."""

    bridges: Bridges
    plug: Callable[[str, str], Awaitable[None]]
    unplug: Callable[[str], Awaitable[None]]


async def _tap(bridge: str, name: str) -> None:
    ip(f"tuntap add dev {name} mode tap")
    ip(f"link set {name} master {bridge}")


async def _untap(name: str) -> None:
    ip(f"link del {name}")


@pytest.fixture(params=[pytest.param("linux", marks=root), "fake"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    if request.param == "fake":
        fake = FakeBridges(tmp_path, SERVER)
        yield Place(fake, fake.plug, fake.unplug)
        return
    with own_network("eth0", "eth1"):
        yield Place(LinuxBridges(lambda: SERVER), _tap, _untap)


@pytest.fixture
def linux() -> Iterator[LinuxBridges]:
    if os.geteuid() != 0:
        pytest.skip("needs root")
    with own_network("eth0", "eth1"):
        yield LinuxBridges(lambda: SERVER)


async def test_a_bridge_has_its_own_mac_its_nic_and_is_up(place: Place) -> None:
    made = await place.bridges.create(BridgeSpec(name="xenbr0", nic="eth0"))
    assert made.ports == ("eth0",)
    assert made.up
    assert made.mac == bridge_mac(SERVER, "xenbr0")
    assert await place.bridges.bridges() == [made]
    nics = {nic.name: nic.master for nic in await place.bridges.nics()}
    assert nics["eth0"] == "xenbr0"
    assert nics["eth1"] is None
    assert "xenbr0" not in nics


async def test_the_mac_differs_between_servers_and_bridges() -> None:
    macs = {bridge_mac(s, b) for s in (SERVER, OTHER) for b in ("xenbr0", "xenbr1")}
    assert len(macs) == 4
    assert all(int(mac[:2], 16) & 3 == 2 for mac in macs), "locally administered unicast"


async def test_creating_again_changes_nothing(place: Place) -> None:
    spec = BridgeSpec(name="xenbr0", nic="eth0")
    made = await place.bridges.create(spec)
    assert await place.bridges.create(spec) == made
    assert await place.bridges.create(BridgeSpec(name="xenbr0")) == made
    assert len(await place.bridges.bridges()) == 1


async def test_a_bridge_without_a_nic_is_internal(place: Place) -> None:
    made = await place.bridges.create(BridgeSpec(name="inside"))
    assert made.ports == ()
    assert made.up


async def test_an_internal_bridge_can_be_given_a_nic(place: Place) -> None:
    await place.bridges.create(BridgeSpec(name="xenbr0"))
    made = await place.bridges.create(BridgeSpec(name="xenbr0", nic="eth0"))
    assert made.ports == ("eth0",)


@pytest.mark.parametrize(
    ("spec", "code"),
    [
        (BridgeSpec(name="xenbr1", nic="eth9"), "request.not_found"),
        (BridgeSpec(name="xenbr1", nic="eth0"), "object.exists"),
        (BridgeSpec(name="xenbr0", nic="eth1"), "object.exists"),
        (BridgeSpec(name="eth1"), "object.exists"),
        (BridgeSpec(name="xenbr1", nic="bond0", bond=("eth1", "eth9")), "request.not_found"),
    ],
)
async def test_refusals_change_nothing(place: Place, spec: BridgeSpec, code: str) -> None:
    await place.bridges.create(BridgeSpec(name="xenbr0", nic="eth0"))
    before = await place.bridges.bridges(), await place.bridges.nics()
    with pytest.raises(Refused) as refused:
        await place.bridges.create(spec)
    assert refused.value.code == code
    assert (await place.bridges.bridges(), await place.bridges.nics()) == before


async def test_what_others_change_is_seen_at_once(linux: LinuxBridges) -> None:
    async def seen() -> tuple[set[str], tuple[str, ...], dict[str, bool]]:
        bridges, nics = await linux.bridges(), await linux.nics()
        addresses = tuple(a for b in bridges for a in b.addresses)
        return {b.name for b in bridges}, addresses, {n.name: n.up for n in nics if n.name in NICS}

    assert await seen() == (set(), (), {"eth0": True, "eth1": True})
    ip("link add br7 type bridge")
    assert (await seen())[0] == {"br7"}
    ip("addr add 192.0.2.7/24 dev br7")
    assert (await seen())[1] == ("192.0.2.7/24",)
    ip("link set eth1 down")
    assert (await seen())[2] == {"eth0": True, "eth1": False}
    ip("link del br7")
    assert await seen() == (set(), (), {"eth0": True, "eth1": False})


async def test_deleting_frees_the_nic_and_is_repeatable(place: Place) -> None:
    await place.bridges.create(BridgeSpec(name="xenbr0", nic="eth0"))
    await place.bridges.delete("xenbr0")
    await place.bridges.delete("xenbr0")
    assert await place.bridges.bridges() == []
    assert {n.name: n.master for n in await place.bridges.nics()}["eth0"] is None


async def test_a_bridge_with_guests_stays(place: Place) -> None:
    await place.bridges.create(BridgeSpec(name="xenbr0", nic="eth0"))
    await place.plug("xenbr0", "vnet7")
    assert (await place.bridges.bridges())[0].ports == ("eth0", "vnet7")
    assert "vnet7" not in {nic.name for nic in await place.bridges.nics()}
    with pytest.raises(Refused) as refused:
        await place.bridges.delete("xenbr0")
    assert refused.value.code == "bridge.in_use"
    assert "vnet7" in refused.value.message
    await place.unplug("vnet7")
    await place.bridges.delete("xenbr0")


ROUTES = (
    "10.9.0.0/16 via 192.0.2.254 dev {} metric 50",
    "default via 192.0.2.254 dev {}",
    "198.51.100.0/24 dev {} scope link",
)


async def test_addresses_and_routes_move_to_the_bridge_and_back(linux: LinuxBridges) -> None:
    ip("addr add 192.0.2.1/24 broadcast 192.0.2.255 dev eth0")
    ip("addr add 192.0.2.2/24 dev eth0")
    ip("addr add 2001:db8::1/64 dev eth0 nodad")
    for route in ROUTES:
        ip(f"route add {route.format('eth0')}")
    ip("route add 203.0.113.0/24 via 192.0.2.254 dev eth0 table 77")
    ip("route add 2001:db8:1::/48 via 2001:db8::fe dev eth0")

    made = await linux.create(BridgeSpec(name="xenbr0", nic="eth0"))
    assert set(made.addresses) == {"192.0.2.1/24", "192.0.2.2/24", "2001:db8::1/64"}
    _assert_routes("xenbr0", not_on="eth0")
    assert "tentative" not in ip("-6 addr show dev xenbr0 scope global")
    assert "brd 192.0.2.255" in ip("addr show dev xenbr0")

    await linux.delete("xenbr0")
    assert "192.0.2.1/24" in ip("addr show dev eth0")
    assert "192.0.2.2/24" in ip("addr show dev eth0")
    assert "2001:db8::1/64" in ip("addr show dev eth0")
    _assert_routes("eth0", not_on="xenbr0")


def _assert_routes(device: str, not_on: str) -> None:
    everything = ip("route show table all") + ip("-6 route show")
    for route in ROUTES:
        assert route.format(device) in everything
    assert f"203.0.113.0/24 via 192.0.2.254 dev {device} table 77" in everything
    assert f"2001:db8:1::/48 via 2001:db8::fe dev {device}" in everything
    assert f"192.0.2.0/24 dev {device} proto kernel" in everything
    lines = [line for line in everything.splitlines() if f"dev {not_on} " in f"{line} "]
    assert [line for line in lines if "fe80::" not in line and "multicast" not in line] == []


async def test_a_move_that_was_cut_short_is_finished(linux: LinuxBridges) -> None:
    """As after kill -9: the NIC is in the bridge, which has one of its addresses; nothing else."""
    ip("addr add 192.0.2.1/24 dev eth0")
    ip("addr add 192.0.2.2/24 dev eth0")
    ip("route add default via 192.0.2.254 dev eth0")
    await linux.create(BridgeSpec(name="xenbr0"))
    ip("link set eth0 master xenbr0")
    ip("addr add 192.0.2.1/24 dev xenbr0")
    made = await linux.create(BridgeSpec(name="xenbr0", nic="eth0"))
    assert set(made.addresses) == {"192.0.2.1/24", "192.0.2.2/24"}
    assert "default via 192.0.2.254 dev xenbr0" in ip("route show")
    assert "inet " not in ip("addr show dev eth0")


async def test_a_multipath_route_is_refused_before_anything_changes(linux: LinuxBridges) -> None:
    ip("addr add 192.0.2.1/24 dev eth0")
    ip("addr add 198.51.100.1/24 dev eth1")
    ip("route add default nexthop via 192.0.2.254 dev eth0 nexthop via 198.51.100.254 dev eth1")
    with pytest.raises(Refused) as refused:
        await linux.create(BridgeSpec(name="xenbr0", nic="eth0"))
    assert refused.value.code == "bridge.unsupported"
    assert await linux.bridges() == []
    assert "192.0.2.1/24" in ip("addr show dev eth0")


async def test_the_bridge_forwards_at_once_and_keeps_its_mac(linux: LinuxBridges) -> None:
    made = await linux.create(BridgeSpec(name="xenbr0", nic="eth0"))
    assert "forward_delay 0 " in ip("-d link show xenbr0")
    ip("tuntap add dev vnet0 mode tap")
    ip("link set vnet0 address 02:00:00:00:00:01")
    ip("link set vnet0 master xenbr0")
    assert (await linux.bridges())[0].mac == made.mac


def _kernel_makes(kind: str) -> bool:
    """Whether this kernel has such links (asked in the test's namespace)."""
    try:
        ip(f"link add probe0 type {kind}")
    except AssertionError:
        return False
    ip("link del probe0")
    return True


async def test_vlans_where_the_kernel_has_them(linux: LinuxBridges) -> None:
    spec = BridgeSpec(name="xenbr42", nic="eth0", vlan=42)
    if _kernel_makes("vlan link eth0 id 7"):
        made = await linux.create(spec)
        assert made.ports == ("eth0.42",)
        assert await linux.create(spec) == made
        await linux.delete("xenbr42")
    else:
        with pytest.raises(Refused) as refused:
            await linux.create(spec)
        assert refused.value.code == "bridge.unsupported"
        assert "8021q" in refused.value.fix
    assert await linux.bridges() == []
    assert {nic.name for nic in await linux.nics()} >= {"eth0", "eth1"}
    assert not any(nic.name.startswith("eth0.") for nic in await linux.nics())


async def test_bonds_where_the_kernel_has_them(linux: LinuxBridges) -> None:
    ip("addr add 192.0.2.1/24 dev eth0")
    spec = BridgeSpec(name="xenbr0", nic="bond0", bond=("eth0", "eth1"))
    if _kernel_makes("bond"):
        made = await linux.create(spec)
        assert made.ports == ("bond0",)
        assert made.addresses == ("192.0.2.1/24",)
        assert await linux.create(spec) == made
    else:
        with pytest.raises(Refused) as refused:
            await linux.create(spec)
        assert refused.value.code == "bridge.unsupported"
        assert "bonding" in refused.value.fix
        assert await linux.bridges() == []
        assert "192.0.2.1/24" in ip("addr show dev eth0"), "the address is where it was"


def test_vlan_names_fit_the_kernel() -> None:
    assert vlan_name("eth0", 42) == "eth0.42"
    assert len(vlan_name("enp193s0f1np1", 4094)) <= 15
    assert vlan_name("enp193s0f1np1", 4094) != vlan_name("enp193s0f1np1", 4093)
