"""No guest without its lease, and no lease for two: what sanlock and libvirt themselves say."""

import os
import re
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial

import pytest

from millpond.domain.layout import lockspace_path, vm_directory
from millpond.lab.layout import PID_DIR, SHARED_MOUNT
from tests.lab.pool import PoolLab, pool_lab, wait_until
from tests.support.api import ApiError
from tests.support.truth import runs_on, virsh

pytestmark = [pytest.mark.lab, pytest.mark.slow, pytest.mark.thorough]

_INTRUDER = """\
<domain type='qemu'>
  <name>intruder</name>
  <memory unit='MiB'>64</memory>
  <vcpu>1</vcpu>
  <os><type machine='q35'>hvm</type></os>
  <cpu mode='custom'><model>qemu64</model></cpu>
  <devices>
    <disk type='file'>
      <driver name='qemu' type='raw' cache='none'/>
      <source file='/OVS/intruder.img'/>
      <target dev='vda' bus='virtio'/>
    </disk>
    {lease}
  </devices>
</domain>
"""
_LEASE = (
    "<lease><lockspace>{pool}</lockspace><key>{vm}</key>"
    "<target path='{directory}/lease' offset='0'/></lease>"
)


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PoolLab]:
    with pool_lab(tmp_path_factory.mktemp("leases")) as made:
        (made.lab.shared / "intruder.img").write_bytes(bytes(1 << 20))
        yield made


@pytest.fixture
def vm(pool: PoolLab) -> Iterator[str]:
    """A guest that counts, on a server that is not the pool master."""
    name = pool.create(f"leased{len(pool.counters)}", on="srv2")
    yield name
    pool.remove(name)


@contextmanager
def _stopped_agent(pool: PoolLab, server: str) -> Iterator[int]:
    """It stands still (its PID), and somebody else pets its watchdog."""
    init = next(s.pid for s in pool.lab.status().servers if s.name == server)
    ear, over = f"/proc/{init}/root{PID_DIR}/agent.notify", threading.Event()

    def pet() -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            while not over.wait(1):
                sender.sendto(b"WATCHDOG=1", ear)

    agent, petting = _agent(pool, server), threading.Thread(target=pet)
    os.kill(agent, signal.SIGSTOP)
    petting.start()
    try:
        yield agent
    finally:
        over.set()
        petting.join()
        with suppress(ProcessLookupError):  # its test has killed it
            os.kill(agent, signal.SIGCONT)


def _holders(pool: PoolLab, vm: str) -> dict[str, str]:
    """The servers on which a process holds the VM's lease, by sanlock's word: server -> PID."""
    found = {}
    for server in ("srv1", "srv2", "srv3"):
        status = pool.lab.exec(server, ["sanlock", "client", "status"]).stdout
        held = re.search(rf"^r [^:]+:{pool.vm_id(vm)}:\S+ p (\d+)$", status, re.M)
        if held:
            found[server] = held[1]
    return found


def _held_on(pool: PoolLab, vm: str, server: str) -> bool:
    return list(_holders(pool, vm)) == [server]


def _qemu(pool: PoolLab, server: str, vm: str) -> str:
    return pool.lab.exec(server, ["cat", f"/run/libvirt/qemu/{vm}.pid"]).stdout.strip()


def _intrude(pool: PoolLab, vm: str, server: str, *, lease: bool = True) -> str:
    """Start a guest by hand that has the VM's lease and a disk of its own, so that nothing but the
    lease can be in its way; libvirt's words if it was refused."""
    directory = vm_directory(SHARED_MOUNT, pool.vm_id(vm))
    pool_id = pool.api("GET", "/pools/pool1")["id"]
    named = _LEASE.format(pool=pool_id, vm=pool.vm_id(vm), directory=directory) if lease else ""
    pool.lab.exec(server, ["tee", "/tmp/intruder.xml"], text=_INTRUDER.format(lease=named))
    done = pool.lab.exec(server, ["virsh", "create", "/tmp/intruder.xml"])
    assert (done.returncode == 0) == (runs_on(pool.lab, "intruder") == [server])
    return "" if done.returncode == 0 else done.stderr


def _by_hand(pool: PoolLab, server: str, *args: str) -> str:
    """What virsh says against it."""
    return pool.lab.exec(server, ["virsh", *args]).stderr


def _agent(pool: PoolLab, server: str) -> int:
    pid = pool.lab.daemon_pid(server, "agent")
    assert pid is not None
    return pid


def test_each_server_has_its_host_id(pool: PoolLab) -> None:
    for member in pool.api("GET", "/pools/pool1")["members"]:
        status = pool.lab.exec(member["name"], ["sanlock", "client", "status"]).stdout
        path = lockspace_path(SHARED_MOUNT)
        pool_id = pool.api("GET", "/pools/pool1")["id"]
        assert f"s {pool_id}:{member['host_id']}:{path}:0\n" in status


def test_without_a_lease_nothing_starts(pool: PoolLab, vm: str) -> None:
    refusal = _intrude(pool, vm, "srv1", lease=False)
    assert "no leases specified" in refusal


def test_a_second_start_is_refused_wherever(pool: PoolLab, vm: str) -> None:
    assert _holders(pool, vm) == {"srv2": _qemu(pool, "srv2", vm)}
    for server in ("srv1", "srv2", "srv3"):
        assert "Failed to acquire lock" in _intrude(pool, vm, server)
    assert runs_on(pool.lab, vm) == ["srv2"]
    pool.counts_on(vm)


@pytest.mark.exhaustive
def test_a_start_names_the_server_that_holds_the_lease(pool: PoolLab, vm: str) -> None:
    pool.api.do("POST", f"/vms/{vm}/kill")
    assert _intrude(pool, vm, "srv3") == ""
    job = pool.api.ended(pool.api("POST", f"/vms/{vm}/start", {"on": "srv2"})["id"])
    assert job["state"] == "failed"
    assert job["error"]["code"] == "lease.held"
    assert "srv3" in job["error"]["message"]
    assert runs_on(pool.lab, vm) == []
    virsh(pool.lab, "srv3", "destroy", "intruder")
    pool.api.do("POST", f"/vms/{vm}/start", {"on": "srv2"})
    assert _held_on(pool, vm, "srv2")


@pytest.mark.exhaustive
def test_a_vm_whose_lease_is_missing_gets_one(pool: PoolLab, vm: str) -> None:
    pool.api.do("POST", f"/vms/{vm}/kill")
    lease = pool.lab.shared / "running_pool" / pool.vm_id(vm) / "lease"
    lease.unlink()
    pool.api.do("POST", f"/vms/{vm}/start", {"on": "srv1"})
    assert _held_on(pool, vm, "srv1")


def test_a_migration_hands_the_lease_over(pool: PoolLab, vm: str) -> None:
    for target in ("srv1", "srv2"):
        pool.move(vm, target)
        assert _holders(pool, vm) == {target: _qemu(pool, target, vm)}
        assert "Failed to acquire lock" in _intrude(pool, vm, "srv3")
    pool.counts_on(vm)
    assert pool.counter(vm).unbroken()


@pytest.mark.exhaustive
def test_the_lease_of_a_paused_guest_is_not_free(pool: PoolLab, vm: str) -> None:
    pool.api.do("POST", f"/vms/{vm}/pause")
    assert _holders(pool, vm) == {"srv2": _qemu(pool, "srv2", vm)}
    for server in ("srv1", "srv2"):
        assert "Failed to acquire lock" in _intrude(pool, vm, server)
    assert "Failed to acquire lock" in _by_hand(pool, "srv2", "resume", vm)
    pool.api.do("POST", f"/vms/{vm}/unpause")
    assert runs_on(pool.lab, vm) == ["srv2"]
    assert _held_on(pool, vm, "srv2")
    pool.counts_on(vm)
    assert pool.counter(vm).unbroken()


def test_a_paused_guest_moves_with_its_lease(pool: PoolLab, vm: str) -> None:
    pool.api.do("POST", f"/vms/{vm}/pause")
    pool.move(vm, "srv1")
    assert "paused" in virsh(pool.lab, "srv1", "domstate", vm)
    wait_until(partial(_held_on, pool, vm, "srv1"), 60, "srv1 holds the lease")
    pool.api.do("POST", f"/vms/{vm}/unpause")
    pool.counts_on(vm)
    assert pool.counter(vm).unbroken()


@pytest.mark.parametrize("how", ["virsh suspend", "QEMU itself"])
def test_whoever_stops_a_guest_it_keeps_its_lease(pool: PoolLab, vm: str, how: str) -> None:
    """QEMU itself is how a full disk stops a guest."""
    if how == "QEMU itself":
        virsh(pool.lab, "srv2", "qemu-monitor-command", vm, '{"execute":"stop"}')
    else:
        virsh(pool.lab, "srv2", "suspend", vm)
    wait_until(partial(_held_on, pool, vm, "srv2"), 60, "the lease is held again")
    pool.api.do("POST", f"/vms/{vm}/unpause")
    pool.counts_on(vm)


@pytest.mark.exhaustive
def test_a_new_agent_finds_paused_guests_without_a_lease(pool: PoolLab, vm: str) -> None:
    with _stopped_agent(pool, "srv2") as agent:
        virsh(pool.lab, "srv2", "suspend", vm)
        assert _holders(pool, vm) == {}
        os.kill(agent, signal.SIGKILL)
    wait_until(partial(_held_on, pool, vm, "srv2"), 90, "the new agent takes the lease")
    pool.api.do("POST", f"/vms/{vm}/unpause")
    pool.counts_on(vm)


@pytest.mark.exhaustive
def test_a_paused_guest_whose_lease_another_had_never_runs_on(pool: PoolLab, vm: str) -> None:
    with _stopped_agent(pool, "srv2"):
        virsh(pool.lab, "srv2", "suspend", vm)
        assert _intrude(pool, vm, "srv1") == ""
    for _held_now in (True, False):
        job = pool.api.ended(pool.api("POST", f"/vms/{vm}/unpause")["id"])
        assert (job["state"], job["error"]["code"]) == ("failed", "lease.outdated")
        assert "paused" in virsh(pool.lab, "srv2", "domstate", vm)
        _by_hand(pool, "srv1", "destroy", "intruder")
    pool.api.do("POST", f"/vms/{vm}/kill")
    pool.api.do("POST", f"/vms/{vm}/start", {"on": "srv2"})


@pytest.mark.exhaustive
def test_a_server_outside_the_lockspace_starts_nothing(pool: PoolLab, vm: str) -> None:
    pool.api.do("POST", f"/vms/{vm}/kill")
    with _stopped_agent(pool, "srv3"):  # or it would join again at once
        (lockspace,) = _lockspaces(pool, "srv3")
        left = pool.lab.exec("srv3", ["sanlock", "client", "rem_lockspace", "-s", lockspace])
        assert left.returncode == 0, left.stderr
        assert "Failed to acquire lock" in _intrude(pool, vm, "srv3")
    with pytest.raises(ApiError, match="has not joined the pool's lockspace") as refused:
        pool.api("POST", f"/vms/{vm}/start", {"on": "srv3"})
    assert refused.value.code == "placement.none"
    wait_until(lambda: _lockspaces(pool, "srv3") == [lockspace], 150, "its agent joins again")
    pool.api.do("POST", f"/vms/{vm}/start", {"on": "srv3"})


def _lockspaces(pool: PoolLab, server: str) -> list[str]:
    """Those that the server has joined for good."""
    status = pool.lab.exec(server, ["sanlock", "client", "status"]).stdout
    return re.findall(r"^s (\S+)$", status, re.M)


@pytest.mark.exhaustive
def test_guests_lost_with_the_storage_are_told_of_as_such(pool: PoolLab) -> None:
    """Paused ones too. The last test: it takes the lockspace from all servers."""
    running, paused = pool.create("running", on="srv2"), pool.create("paused", on="srv3")
    pool.api.do("POST", f"/vms/{paused}/pause")
    (pool.lab.shared / lockspace_path("").lstrip("/")).write_bytes(b"")
    for vm in (running, paused):
        wait_until(partial(_is_gone, pool, vm), 90, "sanlock ends the guest")
        events = f"/events/log?subject=vm:{pool.vm_id(vm)}"
        wait_until(partial(_says, pool, events, "lost its lease"), 120, "the event says so")


def _is_gone(pool: PoolLab, vm: str) -> bool:
    return runs_on(pool.lab, vm) == []


def _says(pool: PoolLab, events: str, words: str) -> bool:
    return words in str(pool.api.items(events))
