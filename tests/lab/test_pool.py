"""The whole slice on real servers: every act through the API, every answer checked with virsh."""

import os
import re
import ssl
from collections.abc import Iterator
from functools import partial

import pytest
from websockets.asyncio.client import connect

from millpond.cli.wire import Wire
from millpond.domain.server import AGENT_PORT
from tests.lab.pool import PoolLab, pool_lab, wait_until
from tests.support.api import ApiError
from tests.support.truth import guest_xml, runs_on, servers, virsh
from tests.support.upgrade import refused_upgrade

pytestmark = [pytest.mark.lab, pytest.mark.slow]

LIBVIRT_TLS_PORT = 16514
MIGRATIONS = int(os.environ.get("MILLPOND_TEST_MIGRATIONS", "6"))
"""The promise is 50 in a row: set the variable to see it."""


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PoolLab]:
    with pool_lab(tmp_path_factory.mktemp("pool")) as made:
        yield made


@pytest.fixture(scope="module")
def vm(pool: PoolLab) -> Iterator[str]:
    """One guest that lives through the module's tests."""
    yield pool.create("tick", on="srv1")
    pool.remove("tick")


def _respawned(pool: PoolLab, server: str, daemon: str, old: int) -> bool:
    return pool.lab.daemon_pid(server, daemon) not in (None, old)


def test_a_created_vm_runs_and_counts_where_it_was_placed(pool: PoolLab, vm: str) -> None:
    assert runs_on(pool.lab, vm) == ["srv1"]
    shown = pool.api("GET", f"/vms/{vm}")
    assert shown["power"] == "running" and shown["server"]["name"] == "srv1"
    assert shown["config"]["vifs"][0]["mac"] in guest_xml(pool.lab, "srv1", vm)
    assert pool.counter(vm).unbroken()


def _listening(pool: PoolLab, server: str) -> dict[int, str]:
    """The TCP ports that take connections from outside, and whose they are, by ss(8)."""
    done = pool.lab.exec(server, ["ss", "-Htlnp"])
    assert done.returncode == 0, done.stderr
    found = {}
    for line in done.stdout.splitlines():
        address, port = line.split()[3].rsplit(":", 1)
        if not address.startswith(("127.", "[::1]")):
            found[int(port)] = line.split("users:")[-1]
    return found


def test_no_vnc_port_is_open(pool: PoolLab, vm: str) -> None:
    """Only the agent and libvirtd (TLS) listen to others; QEMU listens nowhere."""
    listening = _listening(pool, "srv1")
    assert listening.keys() == {AGENT_PORT, LIBVIRT_TLS_PORT}, listening
    everybody = pool.lab.exec("srv1", ["ss", "-Htulnp"]).stdout
    assert "qemu" not in everybody
    xml = guest_xml(pool.lab, "srv1", vm)
    graphics = re.search(r"<graphics.*?</graphics>", xml, re.S)
    assert graphics is not None and "type='socket'" in graphics[0] and "port='59" not in graphics[0]


def test_vnc_is_tunnelled_through_the_manager_with_a_ticket_for_one_use(
    pool: PoolLab, vm: str
) -> None:
    ticket = pool.api("POST", f"/vms/{vm}/console", {"kind": "vnc"})["ticket"]
    url = pool.api.url.replace("https", "wss") + f"/api/v1/consoles/{ticket}"
    trusted = ssl.create_default_context(cafile=pool.api.ca)
    with Wire(connect(url, ssl=trusted)) as screen:
        assert screen.recv(60).startswith(b"RFB 003.")  # RFC 6143, 7.1.1
    again = refused_upgrade(pool.api, f"/api/v1/consoles/{ticket}")
    assert again == (403, "console.ticket")


def test_the_serial_console_is_a_login(pool: PoolLab, vm: str) -> None:
    ticket = pool.api("POST", f"/vms/{vm}/console", {"kind": "serial"})["ticket"]
    url = pool.api.url.replace("https", "wss") + f"/api/v1/consoles/{ticket}"
    with Wire(connect(url, ssl=ssl.create_default_context(cafile=pool.api.ca))) as line:

        def until(words: bytes) -> None:
            seen = b""
            while words not in seen:
                seen += line.recv(90)

        for said, answer in (
            (b"\n", b"login:"),
            (b"root\n", b"assword:"),
            (b"millpond\n", b"#"),
            (b"hostname\n", b"tiny"),
            (b"exit\n", b"millpond tick"),
        ):
            line.send(said)
            until(answer)


def test_live_migration_never_misses_a_beat(pool: PoolLab, vm: str) -> None:
    targets = ["srv2", "srv3", "srv1"]
    for n in range(MIGRATIONS):
        target = targets[n % 3]
        job = pool.move(vm, target)
        assert runs_on(pool.lab, vm) == [target]
        assert job["result"]["downtime_ms"] >= 0
        pool.counts_on(vm)
        found = pool.counter(vm).ticks()
        assert pool.counter(vm).unbroken(), [n for n in range(1, found[-1]) if found.count(n) != 1]
    if pool.api("GET", f"/vms/{vm}")["server"]["name"] != "srv1":
        pool.move(vm, "srv1")


def test_migration_refusals_name_reason_and_remedy(pool: PoolLab, vm: str) -> None:
    for body, code in (
        ({"to": "srv1"}, "migration.same_server"),
        ({"to": "nowhere"}, "request.not_found"),
    ):
        with pytest.raises(ApiError) as refused:
            pool.api("POST", f"/vms/{vm}/migrate", body)
        assert refused.value.code == code and refused.value.error["fix"]


def test_a_cancelled_migration_leaves_the_guest_where_it_was(pool: PoolLab, vm: str) -> None:
    slow = {"to": "srv2", "options": {"bandwidth": 1}}
    pool.counter(vm).arriving("srv2")
    job = pool.api("POST", f"/vms/{vm}/migrate", slow)["id"]
    wait_until(lambda: pool.api("GET", f"/jobs/{job}")["step"] == "move", 60, "it moves")
    pool.api("POST", f"/jobs/{job}/cancel")
    assert pool.api.ended(job)["state"] == "cancelled"
    assert runs_on(pool.lab, vm) == ["srv1"]
    assert pool.api("GET", f"/vms/{vm}")["server"]["name"] == "srv1"


def test_delete_during_migration_is_refused_with_the_job(pool: PoolLab, vm: str) -> None:
    slow = {"to": "srv2", "options": {"bandwidth": 1}}
    pool.counter(vm).arriving("srv2")
    job = pool.api("POST", f"/vms/{vm}/migrate", slow)["id"]
    with pytest.raises(ApiError) as refused:
        pool.api("DELETE", f"/vms/{vm}")
    assert refused.value.code in ("object.busy", "vm.state")
    pool.api("POST", f"/jobs/{job}/cancel")
    pool.api.ended(job)
    assert runs_on(pool.lab, vm) == ["srv1"]


def test_pause_suspend_and_resume_elsewhere(pool: PoolLab, vm: str) -> None:
    pool.api.do("POST", f"/vms/{vm}/pause")
    assert "paused" in virsh(pool.lab, "srv1", "domstate", vm)
    pool.api.do("POST", f"/vms/{vm}/unpause")
    pool.api.do("POST", f"/vms/{vm}/suspend")
    assert runs_on(pool.lab, vm) == []
    pool.counter(vm).arriving("srv3")
    pool.api.do("POST", f"/vms/{vm}/resume", {"on": "srv3"})
    assert runs_on(pool.lab, vm) == ["srv3"]
    pool.counts_on(vm)
    assert pool.counter(vm).unbroken()


def test_hot_changes_reach_the_guest_and_the_rest_is_pending(pool: PoolLab, vm: str) -> None:
    server = pool.api("GET", f"/vms/{vm}")["server"]["name"]
    pool.api.do("POST", f"/vms/{vm}/vifs", {"bridge": "xenbr1"})
    vif = f"/vms/{vm}/vifs/" + pool.api("GET", f"/vms/{vm}")["config"]["vifs"][1]["mac"]
    assert vif[-17:] in guest_xml(pool.lab, server, vm).split("<devices>")[1]
    pool.api.do("PATCH", vif, {"rate_limit": 2000})
    limited = "average='2000'" in guest_xml(pool.lab, server, vm).split("<devices>")[1]
    # A kernel without traffic policing cannot limit: then the limit must be shown as pending.
    assert ("vifs" in pool.api("GET", f"/vms/{vm}")["pending"]) is not limited
    pool.api.do("DELETE", vif)
    assert vif[-17:] not in guest_xml(pool.lab, server, vm).split("<devices>")[1]
    pool.api.do("PATCH", f"/vms/{vm}", {"max_memory": 256})
    assert pool.api("GET", f"/vms/{vm}")["pending"] == {"max_memory": 256}


def test_stop_by_acpi_and_start_again(pool: PoolLab, vm: str) -> None:
    pool.api.do("POST", f"/vms/{vm}/stop", {"timeout": 90})
    assert runs_on(pool.lab, vm) == []
    shown = pool.api("GET", f"/vms/{vm}")
    assert shown["power"] == "stopped" and shown["server"] is None
    pool.api.do("POST", f"/vms/{vm}/start", {"on": "srv1"})
    assert runs_on(pool.lab, vm) == ["srv1"]
    assert pool.api("GET", f"/vms/{vm}")["pending"] == {}
    wait_until(lambda: "millpond tick 3" in _tail(pool, vm), 150, "it has booted")


def _tail(pool: PoolLab, vm: str) -> str:
    return pool.api.request("GET", f"/vms/{vm}/console/log").text


def test_maintenance_moves_the_guests_and_blocks_the_server(pool: PoolLab, vm: str) -> None:
    for server in ("srv2", "srv3"):
        pool.counter(vm).arriving(server)
    pool.api.do("POST", "/servers/srv1/maintenance")
    (new,) = runs_on(pool.lab, vm)
    assert new != "srv1"
    with pytest.raises(ApiError) as refused:
        pool.api("POST", f"/vms/{vm}/migrate", {"to": "srv1"})
    assert refused.value.code == "placement.none" and "maintenance" in str(refused.value.error)
    pool.api.do("POST", "/servers/srv1/activate")


def test_daemons_may_be_killed_under_a_running_guest(pool: PoolLab, vm: str) -> None:
    (server,) = runs_on(pool.lab, vm)
    pid = virsh(pool.lab, server, "qemu-monitor-command", vm, '{"execute":"query-status"}')
    assert "running" in pid
    for daemon in ("agent", "libvirtd"):
        victim = pool.lab.daemon_pid(server, daemon)
        assert victim is not None
        os.kill(victim, 9)
        wait_until(partial(_respawned, pool, server, daemon, victim), 60, f"{daemon} is back")
    pool.restart_manager()
    wait_until(
        lambda: pool.api("GET", f"/vms/{vm}")["power"] == "running", 60, "the manager sees it"
    )
    # It may have said what it saw before it was killed.
    pool.wait_joined(server)
    assert runs_on(pool.lab, vm) == [server]
    pool.api.do("POST", f"/vms/{vm}/pause")
    pool.api.do("POST", f"/vms/{vm}/unpause")
    pool.counts_on(vm)
    assert runs_on(pool.lab, vm) == [server]


def test_what_is_sent_to_a_server_without_power_is_given_up_in_half_a_minute(pool: PoolLab) -> None:
    """QEMU waits for that in the end of a migration, and answers nobody meanwhile."""
    for server in servers(pool.lab):
        found = pool.lab.exec(server, ["sysctl", "-n", "net.ipv4.tcp_retries2"])
        assert int(found.stdout) <= 6, server


def test_a_power_cut_is_seen(pool: PoolLab) -> None:
    victim = pool.create("victim", on="srv2")
    pool.lab.crash("srv2")
    wait_until(
        lambda: pool.api("GET", f"/vms/{victim}")["power"] == "unknown", 90, "the server is missed"
    )
    with pytest.raises(ApiError) as refused:
        pool.api("POST", f"/vms/{victim}/start")
    assert refused.value.code == "server.unreachable"
    pool.boot("srv2")
    wait_until(
        lambda: pool.api("GET", f"/vms/{victim}")["power"] == "stopped", 90, "the server is back"
    )
    pool.api.do("POST", f"/vms/{victim}/start")
    assert len(runs_on(pool.lab, victim)) == 1
    pool.remove(victim)
