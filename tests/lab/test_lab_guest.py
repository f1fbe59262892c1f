"""A real guest on lab servers, by virsh alone: what the lab promises to everything above it."""

import re
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from millpond.adapters.pki.authority import CertificateAuthority
from millpond.adapters.templates.tiny import build_tiny
from millpond.domain.leases import SLOT
from millpond.lab import cgroups
from millpond.lab.lab import Lab
from millpond.lab.layout import server_address, server_name

pytestmark = [pytest.mark.lab, pytest.mark.slow, pytest.mark.exhaustive]

_DOMAIN = """\
<domain type='qemu'>
  <name>g1</name>
  <memory unit='MiB'>96</memory>
  <vcpu>1</vcpu>
  <os><type machine='q35'>hvm</type></os>
  <features><acpi/><apic/><tcg><tb-cache unit='MiB'>32</tb-cache></tcg></features>
  <cpu mode='maximum'/>
  {cputune}
  <devices>
    <disk type='file'>
      <driver name='qemu' type='raw' cache='none'/>
      <source file='/OVS/system.img'/>
      <target dev='vda' bus='virtio'/>
    </disk>
    <interface type='bridge'>
      <source bridge='xenbr0'/>
      <mac address='00:16:3e:00:00:01'/>
      <model type='virtio'/>
    </interface>
    <lease>
      <lockspace>lab</lockspace>
      <key>g1</key>
      <target path='/OVS/lease' offset='0'/>
    </lease>
    <serial type='pty'><log file='/OVS/g1.log' append='on'/></serial>
  </devices>
</domain>
"""
_CPU_TUNE = "<cputune><shares>512</shares></cputune>"


def _give_certificates(lab: Lab, index: int, authority: CertificateAuthority) -> None:
    """What enrolment does, by hand; libvirtd restarts with TLS."""
    pair = authority.manager_pair([server_name(index), server_address(index)])
    pki = lab.layout.server(index).etc / "pki"
    for directory in ("CA", "libvirt/private", "qemu"):
        (pki / directory).mkdir(parents=True, exist_ok=True)
    shutil.copy(authority.path, pki / "CA/cacert.pem")
    shutil.copy(authority.path, pki / "qemu/ca-cert.pem")
    for use in ("server", "client"):
        shutil.copy(pair[0], pki / f"libvirt/{use}cert.pem")
        shutil.copy(pair[1], pki / f"libvirt/private/{use}key.pem")
        shutil.copy(pair[0], pki / f"qemu/{use}-cert.pem")
        shutil.copy(pair[1], pki / f"qemu/{use}-key.pem")
    restart = [sys.executable, "-m", "millpond.lab.restart_libvirtd"]
    assert lab.exec(server_name(index), restart).returncode == 0


def _sanlock(lab: Lab, index: int, *args: str) -> None:
    done = lab.exec(server_name(index), ["sanlock", *args], timeout=120)
    assert done.returncode == 0, done.stderr


def _lay_out_leases(lab: Lab) -> None:
    """A lockspace that both servers join, and the guest's lease."""
    for name in ("lockspace", "lease"):
        (lab.shared / name).write_bytes(bytes(SLOT))
    _sanlock(lab, 1, "direct", "init", "-s", "lab:0:/OVS/lockspace:0")
    _sanlock(lab, 1, "direct", "init", "-r", "lab:g1:/OVS/lease:0")
    for index in (1, 2):
        _sanlock(lab, index, "client", "add_lockspace", "-s", f"lab:{index}:/OVS/lockspace:0")


@pytest.fixture(scope="module")
def secured(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Lab:
    """The lab, with TLS between its servers, and a lease for the guest."""
    authority = CertificateAuthority.open(tmp_path_factory.mktemp("ca"))
    for index in (1, 2):
        _give_certificates(lab, index, authority)
    _lay_out_leases(lab)
    build_tiny(lab.shared)
    return lab


@pytest.fixture
def guest_log(secured: Lab) -> Iterator[Path]:
    """A guest that has begun to count on srv1; what its console printed."""
    tune = _CPU_TUNE if cgroups.libvirt_controllers(secured.name, "srv1") else ""
    secured.exec("srv1", ["tee", "/OVS/g1.xml"], text=_DOMAIN.format(cputune=tune))
    created = secured.exec("srv1", ["virsh", "create", "/OVS/g1.xml"])
    assert created.returncode == 0, created.stderr
    log = secured.shared / "g1.log"
    _wait_for_tick(log, 1)
    yield log
    for server in ("srv1", "srv2"):
        secured.exec(server, ["virsh", "destroy", "g1"])
    log.unlink()


def _ticks(log: Path) -> list[int]:
    return [int(n) for n in re.findall(r"tick (\d+)\r?\n", log.read_text(errors="replace"))]


def _wait_for_tick(log: Path, number: int, seconds: float = 150) -> None:
    deadline = time.monotonic() + seconds
    while not log.exists() or number not in _ticks(log):
        assert time.monotonic() < deadline, f"no tick {number}"
        time.sleep(0.05)


def _running_on(lab: Lab) -> list[str]:
    servers = ("srv1", "srv2")
    return [s for s in servers if "g1" in lab.exec(s, ["virsh", "list", "--name"]).stdout]


def _migrate(lab: Lab, source: str, target: str) -> tuple[int, str]:
    argv = ["virsh", "migrate", "--live", "--p2p", "--tls", "--unsafe", "g1"]
    done = lab.exec(source, [*argv, f"qemu+tls://{target}/system"], timeout=150)
    return done.returncode, done.stderr


def test_guest_moves_live_without_missing_a_beat(secured: Lab, guest_log: Path) -> None:
    for source, target in (("srv1", "srv2"), ("srv2", "srv1")):
        code, error = _migrate(secured, source, target)
        assert code == 0, error
        assert _running_on(secured) == [target]
        _wait_for_tick(guest_log, _ticks(guest_log)[-1] + 5)
    ticks = sorted(_ticks(guest_log))  # two servers write into it
    assert ticks == list(range(1, len(ticks) + 1))


def test_peer_under_another_authority_is_refused(
    secured: Lab, guest_log: Path, tmp_path: Path
) -> None:
    _give_certificates(secured, 2, CertificateAuthority.open(tmp_path / "other"))
    code, error = _migrate(secured, "srv1", "srv2")
    assert code != 0
    assert "certificate" in error
    assert _running_on(secured) == ["srv1"]
    _wait_for_tick(guest_log, _ticks(guest_log)[-1] + 3)


def test_guest_survives_a_killed_libvirtd_but_not_a_power_cut(
    secured: Lab, guest_log: Path
) -> None:
    restart = [sys.executable, "-m", "millpond.lab.restart_libvirtd"]
    assert secured.exec("srv1", restart).returncode == 0
    assert _running_on(secured) == ["srv1"]
    _wait_for_tick(guest_log, _ticks(guest_log)[-1] + 3)
    secured.crash("srv1")
    last = _ticks(guest_log)[-1]
    time.sleep(1)
    assert _ticks(guest_log)[-1] == last
    secured.boot("srv1")
    assert _running_on(secured) == []
