"""``ports.server`` on this machine."""

import asyncio
import os
import subprocess
import threading
import time
from pathlib import Path

import pytest

from millpond.adapters.fake.bridges import FakeBridges
from millpond.adapters.host import HostServer, KnownAcceleration, kernel, storage
from millpond.adapters.host.versions import Versions
from millpond.domain.errors import Refused
from millpond.domain.ha.settings import Isolation
from millpond.domain.names import new_id
from millpond.domain.server import Acceleration, Membership, StorageView

SERVER = "5b1c0d4e-0000-4000-8000-000000000001"


async def _versions() -> Versions:
    return Versions(libvirt="9.0.0", hypervisor="QEMU 7.2.22")


def _server(state: Path, roots: tuple[str, ...] = (), **overrides: object) -> HostServer:
    return HostServer(
        SERVER,
        state,
        FakeBridges(state, SERVER),
        _versions,
        KnownAcceleration(Acceleration.TCG, "it is a fake"),
        roots,
        overrides,
    )


def _membership(
    pool: str = "11111111-0000-4000-8000-000000000001", master: str = SERVER
) -> Membership:
    return Membership(
        pool=pool,
        pool_name="pool1",
        master=master,
        master_address="a",
        cluster_root="/OVS",
        host_id=1,
        term=1,
        outage=20,
        isolation=Isolation.KEEP,
    )


async def test_the_inventory_agrees_with_other_tools(tmp_path: Path) -> None:
    inventory = await _server(tmp_path, (str(tmp_path),)).inventory()
    assert inventory.id == SERVER
    assert inventory.hostname == subprocess.check_output(["hostname"], text=True).strip()
    assert inventory.kernel == subprocess.check_output(["uname", "-r"], text=True).strip()
    assert inventory.cpu.logical == os.sysconf("SC_NPROCESSORS_ONLN")
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") >> 20
    assert abs(inventory.memory - pages) <= 1
    assert 0 < inventory.memory_free <= inventory.memory
    assert abs(inventory.clock - time.time()) < 5
    assert inventory.boot_id == Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    assert (inventory.libvirt_version, inventory.hypervisor) == ("9.0.0", "QEMU 7.2.22")
    assert [nic.name for nic in inventory.nics] == ["eth0", "eth1"]
    view = inventory.storage[0]
    free = subprocess.check_output(
        ["df", "--block-size=1", "--output=size,fstype", tmp_path], text=True
    ).split()
    assert (view.path, view.available) == (str(tmp_path), True)
    assert (str(view.total), view.filesystem) == (free[-2], free[-1])
    assert 0 < view.free < view.total


def test_what_the_server_uses_is_counted(tmp_path: Path) -> None:
    server = _server(tmp_path)
    before = server.counters()
    until = time.process_time() + 0.2
    while time.process_time() < until:
        pass
    after = server.counters()
    assert after.cpus == os.sysconf("SC_NPROCESSORS_ONLN")
    assert after.cpu_time - before.cpu_time > 0.15
    assert 0 < after.memory < os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


async def test_a_fake_server_may_be_of_any_size(tmp_path: Path) -> None:
    server = _server(tmp_path, hostname="srv7", memory=1 << 20)
    inventory = await server.inventory()
    assert (inventory.hostname, inventory.memory) == ("srv7", 1 << 20)
    assert inventory.memory_free == server.memory_free() == 1 << 20


async def test_membership_survives_a_restart(tmp_path: Path) -> None:
    server = _server(tmp_path)
    assert await server.membership() is None
    assert server.is_master() is None
    await server.join(_membership())
    again = _server(tmp_path)
    assert await again.membership() == _membership()
    assert again.is_master() is True
    moved = _membership(master="5b1c0d4e-0000-4000-8000-000000000002")
    await again.join(moved)
    assert await _server(tmp_path).membership() == moved
    assert again.is_master() is False


async def test_a_server_is_in_one_pool(tmp_path: Path) -> None:
    server = _server(tmp_path)
    await server.join(_membership())
    other = _membership(pool="22222222-0000-4000-8000-000000000002")
    with pytest.raises(Refused) as refused:
        await server.join(other)
    assert refused.value.code == "server.in_pool"
    await server.leave(other.pool)
    assert await server.membership() == _membership()
    for _ in range(2):
        await server.leave(_membership().pool)
    assert await _server(tmp_path).membership() is None
    await server.join(other)
    assert await server.membership() == other


async def test_the_cluster_root_is_reported_first(tmp_path: Path) -> None:
    server = _server(tmp_path, (str(tmp_path),))
    await server.join(_membership().model_copy(update={"cluster_root": str(tmp_path / "absent")}))
    views = (await server.inventory()).storage
    assert [v.path for v in views] == [str(tmp_path / "absent"), str(tmp_path)]
    assert [v.available for v in views] == [False, True]


async def test_names_resolve_or_not(tmp_path: Path) -> None:
    names = ["localhost", "192.0.2.7", "absent.invalid", "", "x" * 300, "-"]
    found = await _server(tmp_path).resolve(names)
    assert found["localhost"] and set(found["localhost"]) <= {"127.0.0.1", "::1"}
    assert found["192.0.2.7"] == ["192.0.2.7"]
    assert [found[n] for n in names[2:]] == [[], [], [], []]


async def test_a_probe_is_seen_by_a_server_with_the_same_storage(tmp_path: Path) -> None:
    one, other = _server(tmp_path / "a"), _server(tmp_path / "b")
    shared, nonce = str(tmp_path), new_id()
    assert await other.read_probe(shared, nonce) is False
    for _ in range(2):
        await one.write_probe(shared, nonce)
    assert await other.read_probe(shared, nonce) is True
    assert await other.read_probe(shared, new_id()) is False
    assert await other.read_probe(str(tmp_path / "absent"), nonce) is False
    for _ in range(2):
        await other.remove_probe(shared, nonce)
    assert await one.read_probe(shared, nonce) is False
    assert list(tmp_path.iterdir()) == []


async def test_probes_go_where_they_should(tmp_path: Path) -> None:
    server = _server(tmp_path)
    for directory, nonce in (
        ("/tmp/../etc", new_id()),
        ("relative", new_id()),
        ("/tmp", "../x" * 3),
    ):
        for attempt in (server.write_probe, server.read_probe, server.remove_probe):
            with pytest.raises(Refused) as refused:
                await attempt(directory, nonce)
            assert refused.value.code == "request.invalid"
    with pytest.raises(Refused) as refused:
        await server.write_probe(str(tmp_path / "absent"), new_id())
    assert refused.value.code == "storage.unavailable"


async def test_storage_that_hangs_is_unavailable_and_asked_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    release, asked = threading.Event(), []

    def hanging(root: str) -> StorageView:
        asked.append(root)
        release.wait(10)
        return StorageView(path=root, available=True)

    monkeypatch.setattr(storage, "look", hanging)
    views = storage.StorageViews(patience=0.1)
    for _ in range(3):
        assert await views.views(["/OVS"]) == (StorageView(path="/OVS", available=False),)
    assert asked == ["/OVS"]
    release.set()
    async with asyncio.timeout(30):
        while not (await views.views(["/OVS"]))[0].available:
            await asyncio.sleep(0.02)


MOUNTS = r"""22 1 8:1 / / rw shared:1 - ext4 /dev/vda rw
30 22 0:40 / /OVS rw - ocfs2 /dev/dm-0 rw
31 22 0:41 / /OVS2 rw - xfs /dev/dm-1 rw
32 22 0:42 / /mnt/a\040b rw - nfs4 server:/x rw
33 30 0:43 / /OVS rw - nfs server:/over rw"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/OVS", "nfs"), ("/OVS/a", "nfs"), ("/OVS2/a", "xfs"), ("/mnt/a b", "nfs4"), ("/x", "ext4")],
)
def test_the_mount_that_is_seen_counts(path: str, kind: str) -> None:
    assert storage.filesystem_of(path, MOUNTS) == kind


def _cpuinfo(sockets: int, cores: int, threads: int) -> str:
    blocks = []
    for number in range(sockets * cores * threads):
        socket, core = number // (cores * threads), number // threads % cores
        blocks.append(
            f"processor\t: {number}\nvendor_id\t: GenuineIntel\nmodel name\t: Xeon\n"
            f"cpu MHz\t\t: 2400.5\nphysical id\t: {socket}\ncore id\t\t: {core}\n"
            f"flags\t\t: vmx sse{' avx' if number else ''}\n"
        )
    return "\n".join(blocks)


def test_topology_and_common_flags(tmp_path: Path) -> None:
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc/cpuinfo").write_text(_cpuinfo(2, 4, 2))
    cpu = kernel.cpu(tmp_path)
    assert (cpu.sockets, cpu.cores, cpu.threads, cpu.logical) == (2, 4, 2, 16)
    assert cpu.flags == ("sse", "vmx"), "a guest may run on the CPU that lacks avx"
    assert (cpu.vendor, cpu.model, cpu.mhz) == ("GenuineIntel", "Xeon", 2400.5)


def test_numa_nodes(tmp_path: Path) -> None:
    for number, cpus in ((1, "4-7,12"), (0, "0-3,8"), (2, "")):
        place = tmp_path / "sys/devices/system/node" / f"node{number}"
        place.mkdir(parents=True)
        (place / "cpulist").write_text(cpus + "\n")
        (place / "meminfo").write_text(f"Node {number} MemTotal: {1024 * (number + 1)} kB\n")
    nodes = kernel.numa(tmp_path)
    assert [(n.node, n.memory) for n in nodes] == [(0, 1), (1, 2), (2, 3)]
    assert [n.cpus for n in nodes] == [(0, 1, 2, 3, 8), (4, 5, 6, 7, 12), ()]


def test_versions_sort_as_numbers(tmp_path: Path) -> None:
    assert kernel.newest_kernel(tmp_path) is None
    for version in ("6.1.0-9-amd64", "6.1.0-56-amd64", "5.10.0-99-amd64"):
        (tmp_path / f"vmlinuz-{version}").touch()
    found = kernel.newest_kernel(tmp_path)
    assert found is not None
    assert found.name == "vmlinuz-6.1.0-56-amd64"


async def test_the_master_of_an_older_term_is_not_believed(tmp_path: Path) -> None:
    server = _server(tmp_path)
    await server.join(_membership().model_copy(update={"term": 2}))
    with pytest.raises(Refused, check=lambda error: error.code == "pool.deposed"):
        await server.join(_membership(master=new_id()))
    known = await server.membership()
    assert known is not None and (known.term, known.master) == (2, SERVER)
