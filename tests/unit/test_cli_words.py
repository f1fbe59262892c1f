"""Sizes, times, disks, NICs and bridges as people write and read them."""

from typing import Any

import pytest
import typer

from millpond.cli.client import path
from millpond.cli.devices import kilobytes, parse_disk, parse_nic
from millpond.cli.errors import CliError, ExitCode
from millpond.cli.network import parse_bridge
from millpond.cli.pool import parse_roles
from millpond.cli.sizes import (
    between,
    mebibytes,
    show_bytes,
    show_mib,
    show_seconds,
    show_time,
    size_bytes,
)
from millpond.domain.pool import BridgeSpec
from millpond.operations.devices import NewDisk, NewVif


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 0),
        ("512", 512),
        ("1K", 1024),
        ("512M", 512 << 20),
        ("10G", 10 << 30),
        ("1.5g", 3 << 29),
        ("2TiB", 2 << 40),
        ("1GB", 1 << 30),
    ],
)
def test_sizes(text: str, size: int) -> None:
    assert size_bytes(text) == size


@pytest.mark.parametrize("text", ["", "G", "-1G", "1X", "1 G", "1e9", "0x10", "1,5G", "nan"])
def test_what_is_no_size_is_a_usage_error(text: str) -> None:
    with pytest.raises(CliError) as caught:
        size_bytes(text)
    assert caught.value.exit_code is ExitCode.USAGE


def test_memory_is_in_mebibytes() -> None:
    assert (mebibytes("512"), mebibytes("512M"), mebibytes("1G")) == (512, 512, 1024)
    with pytest.raises(CliError, match="whole number of MiB"):
        mebibytes("100K")


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (None, "-"),
        (0, "0B"),
        (999, "999B"),
        (1000, "1.0K"),
        (1 << 20, "1M"),
        (3 << 29, "1.5G"),
        (10 << 30, "10G"),
        (5 << 50, "5120T"),
    ],
)
def test_sizes_shown(size: int | None, text: str) -> None:
    assert show_bytes(size) == text


def test_megabytes_shown() -> None:
    assert (show_mib(None), show_mib(96), show_mib(2048)) == ("-", "96M", "2G")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "-"),
        (0, "0.0s"),
        (9.94, "9.9s"),
        (10, "10s"),
        (125, "2m05s"),
        (7260, "2h01m"),
        (273600, "3d04h"),
    ],
)
def test_durations_shown(seconds: float | None, text: str) -> None:
    assert show_seconds(seconds) == text


def test_times(monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    assert show_time(0) == show_time("1970-01-01T00:00:00Z") == "1970-01-01 00:00:00"
    assert show_time(None) == "-"
    assert between("1970-01-01T00:00:01+00:00", 3.5) == 2.5
    assert between(None, 1.0) is None


@pytest.mark.parametrize(
    ("text", "disk"),
    [
        ("vdb:10G", {"target": "vdb", "size": 10 << 30}),
        ("vdb:10G:qcow2", {"target": "vdb", "size": 10 << 30, "format": "qcow2"}),
        (
            "sda:/dev/mapper/lun1:1T",
            {"target": "sda", "device": "/dev/mapper/lun1", "size": 1 << 40},
        ),
    ],
)
def test_disks(text: str, disk: dict[str, Any]) -> None:
    assert parse_disk(text) == disk
    NewDisk(**parse_disk(text))  # the manager takes it


@pytest.mark.parametrize("text", ["vdb", "vdb:", "vdb:/dev/sdx", "vdb:1G:raw:more", ""])
def test_what_is_no_disk(text: str) -> None:
    with pytest.raises(CliError):
        parse_disk(text)


def test_nics() -> None:
    assert parse_nic("xenbr0") == {"bridge": "xenbr0"}
    full = parse_nic("xenbr0,mac=00:16:3e:01:02:03,model=e1000,rate=10M")
    assert full["rate_limit"] == 10240
    assert NewVif(**full).rate_limit == 10240
    assert kilobytes("512") == 512


@pytest.mark.parametrize(
    "text", ["xenbr0,fast", "xenbr0,speed=1", "xenbr0,mac=a,mac=b", "x,rate=y"]
)
def test_what_is_no_nic(text: str) -> None:
    with pytest.raises(CliError):
        parse_nic(text)


def test_bridges() -> None:
    assert parse_bridge("xenbr1") == {"name": "xenbr1"}
    full = parse_bridge("xenbr1,nic=bond0,bond=eth1+eth2,vlan=12")
    assert BridgeSpec(**full).bond == ("eth1", "eth2")
    assert BridgeSpec(**full).vlan == 12


@pytest.mark.parametrize("text", ["xenbr1,nic", "xenbr1,nic=", "xenbr1,vlan=x", "x,mtu=9000"])
def test_what_is_no_bridge(text: str) -> None:
    with pytest.raises(CliError):
        parse_bridge(text)


def test_roles() -> None:
    assert parse_roles("master, vm") == ["master", "vm"]
    with pytest.raises(typer.BadParameter, match="master, utility, vm"):
        parse_roles("boss")


def test_a_name_cannot_leave_its_place_in_a_path() -> None:
    assert path("vms", "a?x#y z%2f", "start") == "/vms/a%3Fx%23y%20z%252f/start"
    for name in ("", ".", "..", "web1/vifs", "/"):
        with pytest.raises(CliError):
            path("vms", name)
