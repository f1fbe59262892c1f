"""Preflight: each difference is found, named after its server, and has a fix."""

from typing import Any

import pytest

from millpond.domain.names import new_id
from millpond.domain.preflight import Difference, ServerFacts, compare
from millpond.domain.server import Acceleration, Bridge, Cpu, Inventory

CPU = Cpu(
    model="Xeon",
    vendor="GenuineIntel",
    flags=("aes", "vmx"),
    sockets=1,
    cores=4,
    threads=2,
    mhz=2000,
)


def inventory(name: str, **changes: Any) -> Inventory:
    fields: dict[str, Any] = {
        "id": new_id(),
        "hostname": name,
        "agent_version": "0.1.0",
        "libvirt_version": "9.0.0",
        "hypervisor": "QEMU 7.2",
        "acceleration": Acceleration.KVM,
        "acceleration_proof": "a kernel booted",
        "cpu": CPU,
        "numa": (),
        "memory": 8192,
        "memory_free": 8000,
        "nics": (),
        "bridges": (Bridge(name="xenbr0", mac="02:00:00:00:00:01", up=True),),
        "storage": (),
        "clock": 0.0,
        "boot_id": "b",
        "kernel": "6.1",
    }
    return Inventory(**fields | changes)


def facts(name: str, **changes: Any) -> ServerFacts:
    inside = changes.pop("inside", {})
    fields: dict[str, Any] = {
        "id": new_id(),
        "name": name,
        "address": "198.18.0.1",
        "inventory": inventory(name, **inside),
        "resolves": {"a": ("198.18.0.1",), "b": ("198.18.0.1",), "198.18.0.1": ("198.18.0.1",)},
        "sees_storage": True,
    }
    return ServerFacts(**fields | changes)


def found(second: ServerFacts, pool: str | None = None) -> list[Difference]:
    differences = compare([facts("a"), second], "/OVS", set(), pool)
    assert all(d.fix for d in differences)
    return differences


def test_alike_servers_have_no_difference() -> None:
    assert found(facts("b")) == []


def test_each_difference_is_found() -> None:
    cases = {
        "reachability": {"inventory": None, "problem": "connection refused"},
        "membership": {"pool": new_id()},
        "agent version": {"inside": {"agent_version": "0.2.0"}},
        "hypervisor": {"inside": {"acceleration": Acceleration.TCG}},
        "libvirt": {"inside": {"libvirt_version": "10.0.0"}},
        "CPU vendor": {"inside": {"cpu": CPU.model_copy(update={"vendor": "AuthenticAMD"})}},
        "CPU features": {"inside": {"cpu": CPU.model_copy(update={"flags": ("aes",)})}},
        "clock": {"clock_offset": 30.0},
        "name resolution": {"resolves": {"b": ("127.0.1.1",)}},
        "shared storage": {"sees_storage": False},
        "bridges": {"inside": {"bridges": ()}},
    }
    for subject, change in cases.items():
        differences = found(facts("b", **change))
        assert [(d.server, d.subject) for d in differences] == [("b", subject)], subject


def test_missing_cpu_flags_are_listed() -> None:
    cpu = CPU.model_copy(update={"flags": ("aes", "avx")})
    (difference,) = found(facts("b", inside={"cpu": cpu}))
    assert difference.found == "missing: vmx; in excess: avx"


def test_membership_of_the_same_pool_is_no_difference() -> None:
    pool = new_id()
    assert found(facts("b", pool=pool), pool) == []


@pytest.mark.parametrize(
    ("resolves", "told"),
    [
        ({}, "it does not resolve"),
        ({"a": ("127.0.1.1",)}, "it resolves to 127.0.1.1"),
        ({"a": ("198.18.0.9", "2001:db8::9")}, "it resolves to 198.18.0.9, 2001:db8::9"),
        ({"a": ("2001:db8::1", "198.18.0.1")}, None),
        ({"a": ("198.18.0.1",), "b": ("127.0.1.1",)}, None),
    ],
)
def test_a_name_has_to_resolve_to_the_members_address(
    resolves: dict[str, tuple[str, ...]], told: str | None
) -> None:
    differences = found(facts("b", resolves=resolves))
    assert [d.found for d in differences] == ([told] if told else [])
    assert not any(d.blocking for d in differences)


def test_a_member_may_be_known_by_another_host_name() -> None:
    resolves = {"a": ("198.18.0.1",), "a.example": ("198.18.0.1",)}
    servers = [facts("a", address="a.example", resolves={"b": ("198.18.0.1",)})]
    assert compare([*servers, facts("b", resolves=resolves)], "/OVS", set()) == []
    servers = [servers[0].model_copy(update={"address": "c.example"})]
    (difference,) = compare([*servers, facts("b", resolves=resolves)], "/OVS", set())
    assert difference.expected == "a resolves to c.example"
