"""The namespace lab, with real daemons."""

import os
import re
import signal
import ssl
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from millpond.adapters.pki.authority import CertificateAuthority
from millpond.domain.errors import Failed, Refused
from millpond.lab import cgroups
from millpond.lab.lab import Lab, list_labs
from millpond.lab.manager import LabManager
from millpond.lab.network import Switch
from tests.lab.traces import appeared, eventually, traces

pytestmark = pytest.mark.lab


def _output(lab: Lab, server: str, *argv: str) -> str:
    done = lab.exec(server, argv)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _pings(lab: Lab, source: str, target: str) -> bool:
    argv = ["busybox", "ping", "-c", "1", "-W", "1", target]
    return lab.exec(source, argv).returncode == 0


def _reaches(lab: Lab, source: str, target: str) -> None:
    """It does sooner or later: a machine that stands still for a second loses an answer."""
    for _ in eventually(f"{target} answers {source}"):
        if _pings(lab, source, target):
            break


def _users(namespace: Path) -> list[str]:
    """The processes in a network namespace."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if (entry / "ns/net").readlink() == namespace:
                found.append(entry.name)
        except OSError:
            continue
    return found


def test_servers_have_identities_of_their_own(lab: Lab) -> None:
    for command in (("virsh", "-c", "qemu:///system", "capabilities"), ("cat", "/etc/machine-id")):
        first, second = (_output(lab, s, *command) for s in ("srv1", "srv2"))
        if command[0] == "virsh":
            uuid = re.compile("<uuid>(.*)</uuid>")
            first, second = uuid.findall(first)[0], uuid.findall(second)[0]
        assert first != second
    assert _output(lab, "srv1", "hostname").strip() == "srv1"
    macs = _output(lab, "srv1", "cat", "/sys/class/net/xenbr0/address") + _output(
        lab, "srv2", "cat", "/sys/class/net/xenbr0/address"
    )
    assert len(set(macs.split())) == 2


def test_no_hardware_acceleration_is_offered(lab: Lab) -> None:
    assert lab.exec("srv1", ["test", "-e", "/dev/kvm"]).returncode == 1
    assert "<domain type='kvm'" not in _output(lab, "srv1", "virsh", "capabilities")


def test_sanlock_answers(lab: Lab) -> None:
    assert "daemon srv2" in _output(lab, "srv2", "sanlock", "client", "status")


def test_directory_is_shared_and_the_rest_is_private(lab: Lab) -> None:
    _output(lab, "srv1", "cp", "/etc/hostname", "/OVS/from-srv1")
    assert _output(lab, "srv2", "cat", "/OVS/from-srv1") == "srv1\n"
    assert (lab.shared / "from-srv1").read_text() == "srv1\n"
    for place in ("/run", "/etc", "/var/log", "/var/lib/libvirt", "/etc/pki", "/dev/shm"):
        _output(lab, "srv1", "touch", f"{place}/only-srv1")
        assert lab.exec("srv2", ["test", "-e", f"{place}/only-srv1"]).returncode == 1
        assert not Path(place, "only-srv1").exists()


def test_servers_reach_each_other_by_name_and_nothing_else(lab: Lab) -> None:
    _reaches(lab, "srv1", "srv2")
    _reaches(lab, "srv2", "srv1")
    _reaches(lab, "srv2", "manager")
    assert _output(lab, "srv1", "ip", "route", "show", "default") == ""


def test_killed_daemons_come_back(lab: Lab) -> None:
    for daemon in ("libvirtd", "virtlogd", "sanlock"):
        old = lab.daemon_pid("srv1", daemon)
        assert old is not None
        os.kill(old, signal.SIGKILL)
        for _ in eventually(f"{daemon} runs again"):
            if lab.daemon_pid("srv1", daemon) not in (None, old):
                break
    for _ in eventually("libvirtd answers again"):
        if lab.exec("srv1", ["virsh", "list"]).returncode == 0:
            break


def test_restart_command_replaces_libvirtd(lab: Lab) -> None:
    old = lab.daemon_pid("srv2", "libvirtd")
    _output(lab, "srv2", sys.executable, "-m", "millpond.lab.restart_libvirtd")
    assert lab.daemon_pid("srv2", "libvirtd") not in (None, old)
    assert "Id" in _output(lab, "srv2", "virsh", "list")


def test_up_again_leaves_running_servers_alone(lab: Lab) -> None:
    before = lab.status()
    lab.up(2)
    after = lab.status()
    assert [s.pid for s in after.servers] == [s.pid for s in before.servers]


def test_a_crash_is_a_power_cut_and_boot_ends_it(lab: Lab) -> None:
    _output(lab, "srv2", "touch", "/etc/millpond/kept", "/run/lost", "/OVS/kept")
    identity = _output(lab, "srv2", "cat", "/etc/machine-id")
    daemons = lab.status().servers[1].daemons
    lab.crash("srv2")
    assert not any(Path(f"/proc/{pid}").exists() for pid in daemons.values())
    assert lab.status().servers[1].state == "off"
    assert not _pings(lab, "srv1", "srv2")
    with pytest.raises(Refused, match="is off"):
        lab.exec("srv2", ["true"])
    lab.crash("srv2")  # no power to cut: fine

    lab.boot("srv2")
    _reaches(lab, "srv1", "srv2")
    assert _output(lab, "srv2", "cat", "/etc/machine-id") == identity
    assert lab.exec("srv2", ["test", "-e", "/etc/millpond/kept"]).returncode == 0
    assert lab.exec("srv2", ["test", "-e", "/OVS/kept"]).returncode == 0
    assert lab.exec("srv2", ["test", "-e", "/run/lost"]).returncode == 1


def test_a_frozen_server_hangs_until_thawed(lab: Lab) -> None:
    socket = f"/proc/{lab.status().servers[1].pid}/root/run/libvirt/libvirt-sock"
    virsh = ["virsh", "-c", f"qemu:///system?socket={socket}", "list"]
    lab.freeze("srv2")
    try:
        assert lab.status().servers[1].state == "frozen"
        with pytest.raises(subprocess.TimeoutExpired):
            subprocess.run(virsh, timeout=2, capture_output=True)
        with pytest.raises(Refused, match="is frozen"):
            lab.exec("srv2", ["true"])
    finally:
        lab.thaw("srv2")
    subprocess.run(virsh, timeout=60, check=True, capture_output=True)


def test_a_frozen_server_can_crash(lab: Lab) -> None:
    lab.freeze("srv2")
    lab.crash("srv2")
    lab.boot("srv2")
    assert lab.status().servers[1].state == "running"
    _reaches(lab, "srv1", "srv2")


def test_freezing_without_a_freezer(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """Machines without a writable control group: signals."""
    monkeypatch.setattr(cgroups, "hierarchies", list)
    pid = lab.daemon_pid("srv1", "libvirtd")
    lab.freeze("srv1")
    try:
        assert Path(f"/proc/{pid}/stat").read_text().split()[2] == "T"
        assert lab.status().servers[0].state == "frozen"
    finally:
        lab.thaw("srv1")
    assert lab.status().servers[0].state == "running"
    assert "Id" in _output(lab, "srv1", "virsh", "list")


def test_a_pulled_cable_cuts_the_server_off(lab: Lab) -> None:
    lab.unplug("srv2")
    assert lab.status().servers[1].unplugged == ["eth0"]
    assert not _pings(lab, "srv1", "srv2")
    assert _output(lab, "srv2", "cat", "/sys/class/net/eth0/carrier").strip() == "0"
    lab.plug("srv2")
    _reaches(lab, "srv1", "srv2")
    assert lab.status().servers[1].unplugged == []
    with pytest.raises(Refused, match="eth7"):
        lab.unplug("srv1", "eth7")


def test_what_does_not_exist_is_refused(lab: Lab) -> None:
    with pytest.raises(Refused, match="srv9"):
        lab.crash("srv9")
    with pytest.raises(Refused, match="lab nosuch"):
        Lab("nosuch", lab.layout.directory.parent).status()
    for name in ("../x", "", "-x", "a/b", "a\nb"):
        with pytest.raises(Refused, match="not a valid name"):
            Lab(name)


def test_commands_are_killed_in_time(lab: Lab) -> None:
    assert lab.exec("srv1", ["sleep", "60"], timeout=0.5).returncode == 124


def test_labs_side_by_side_do_not_meet(lab: Lab, lab_root: Path) -> None:
    other = Lab(f"{lab.name}b", lab_root)
    before = traces(other.layout.directory)
    other.up(3)
    try:
        assert list_labs(lab_root) == [lab.name, other.name]
        _output(other, "srv1", "touch", "/OVS/other")
        assert not (lab.shared / "other").exists()
        _reaches(other, "srv1", "srv3")
        assert not _pings(lab, "srv1", "198.18.0.13")  # srv3 of the other lab
        lab_machine = _output(lab, "srv1", "cat", "/etc/machine-id")
        assert lab_machine != _output(other, "srv1", "cat", "/etc/machine-id")
    finally:
        other.down()
    _reaches(lab, "srv1", "srv2")
    for _ in eventually("nothing is left of the lab"):
        if not appeared(before, traces(other.layout.directory)):
            break


_FAKE_MANAGER = """
import http.server, socket, ssl, subprocess, sys
from pathlib import Path
from millpond.adapters.pki.authority import CertificateAuthority
options = dict(zip(sys.argv[2::2], sys.argv[3::2]))
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        done = subprocess.run(["busybox", "ping", "-c1", "-W30", "198.18.0.11"])
        self.send_response(200 if done.returncode == 0 else 500)
        self.end_headers()
        self.wfile.write(options["--listen"].encode())
server = http.server.HTTPServer(("", 0), Handler, bind_and_activate=False)
pair = CertificateAuthority.open(Path(options["--state-dir"])).manager_pair(["127.0.0.1"])
tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
tls.load_cert_chain(*pair)
server.socket = tls.wrap_socket(socket.socket(fileno=int(options["--fd"])), server_side=True)
server.serve_forever()
"""


def test_manager_is_on_both_networks(tmp_path: Path) -> None:
    """Reached on this machine's loopback, it reaches the servers."""
    lab = Lab(f"test{os.getpid()}m", tmp_path / "labs", [sys.executable, "-c", _FAKE_MANAGER])
    lab.up(1)
    try:
        url = lab.manager_up()
        authority = CertificateAuthority.open(lab.layout.manager_state)
        tls = ssl.create_default_context(cafile=str(authority.path))
        assert urllib.request.urlopen(url, context=tls).read() == b"198.18.0.1:8443"
        assert lab.manager_up() == url
        lab.manager_kill()
        assert not lab.status().manager_running
        with pytest.raises(OSError, match="refused"):
            urllib.request.urlopen(url, context=tls)
        assert lab.manager_up() == url  # clients keep the address they know
        assert urllib.request.urlopen(url, context=tls).status == 200
        lab.manager_down()
        assert lab.layout.manager_state.is_dir()
    finally:
        lab.down()


def test_a_manager_that_ends_at_once_or_never_answers_is_reported(tmp_path: Path) -> None:
    lab = Lab(f"test{os.getpid()}n", tmp_path / "labs", ["false"])
    lab.up(1)
    try:
        with pytest.raises(Failed, match=r"it ended; see .*manager\.log"):
            lab.manager_up()
        silent = LabManager(lab.layout, ["sh", "-c", "exec sleep 60"], patience=0.3)
        with pytest.raises(Failed, match=r"does not answer after 0 s; see .*manager\.log"):
            silent.up()
    finally:
        lab.down()


def test_down_leaves_nothing(tmp_path: Path) -> None:
    root = tmp_path / "labs"
    before = traces(root)
    lab = Lab(f"test{os.getpid()}d", root)
    lab.up(3)
    grown = appeared(before, traces(root)).keys()
    assert {"processes", "files"} <= grown <= {"processes", "files", "control groups"}
    switch = Path(Switch(lab.layout).namespace()).readlink()
    for _ in eventually("the switch, and the BMCs in its network, and nobody else"):
        if len(_users(switch)) == 1 + 3:
            break
    lab.freeze("srv2")
    lab.down()
    lab.down()
    for _ in eventually("nothing is left of the lab"):
        if not appeared(before, traces(root)):
            break
    assert _users(switch) == []
    assert not root.exists()
