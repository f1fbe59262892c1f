"""The lab's BMCs and watchdogs, with the programs that use them on hardware."""

import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from millpond.lab import cgroups
from millpond.lab.lab import Lab
from tests.lab.pool import wait_until

pytestmark = pytest.mark.lab

PETTING = """
import fcntl, os, struct, time
device = os.open("/dev/watchdog", os.O_WRONLY)
print(struct.unpack("i", fcntl.ioctl(device, 0xC0045706, struct.pack("i", 6)))[0], flush=True)
while True:
    os.write(device, b".")
    time.sleep(0.2)
"""

FENCING = """
import asyncio, json, sys
from millpond.adapters.fencing import LocalFencing
from millpond.domain.fencing import FenceDevice
fencing, device = LocalFencing(), FenceDevice.model_validate_json(sys.stdin.read())
asyncio.run(fencing.check(device))
print(asyncio.run(fencing.off(device)))
asyncio.run(fencing.on(device))
"""


@pytest.fixture(autouse=True)
def mended(lab: Lab) -> Iterator[None]:
    yield
    for server in ("srv1", "srv2"):
        lab.set_bmc(server, lit=True, lies=False)
        lab.boot(server)


def _fence(lab: Lab, action: str, by: str = "srv1", **changes: str) -> tuple[int, str]:
    """fence_ipmilan on ``by`` for the BMC of srv2: its exit code and output."""
    arguments, password = lab.fence_arguments("srv2")
    options = {**arguments, "password": password, "action": action, **changes}
    done = lab.exec(by, ["fence_ipmilan"], 120, "".join(f"{k}={v}\n" for k, v in options.items()))
    return done.returncode, done.stdout.strip()


def _state(lab: Lab, server: str = "srv2") -> str:
    return next(s.state for s in lab.status().servers if s.name == server)


def _boot_id(lab: Lab) -> int | None:
    return lab.status().servers[1].pid


def _booted(lab: Lab) -> None:
    """Its PID 1 is there long before it is in a root of its own, and its daemons run."""
    wait_until(lambda: lab.exec("srv2", ["virsh", "list"]).returncode == 0, 90, "it boots")


def test_a_server_fences_another(lab: Lab) -> None:
    daemons = lab.status().servers[1].daemons
    assert _fence(lab, "status") == (0, "Status: ON")
    assert _fence(lab, "off") == (0, "Success: Powered OFF")
    assert _state(lab) == "off"
    assert not any(Path(f"/proc/{pid}").exists() for pid in daemons.values())
    assert _fence(lab, "status") == (2, "Status: OFF")
    assert _fence(lab, "on") == (0, "Success: Powered ON")
    assert _state(lab) == "running"
    _booted(lab)


def test_a_power_cut_by_hand_is_seen_by_the_bmc(lab: Lab) -> None:
    lab.crash("srv2")
    assert _fence(lab, "status") == (2, "Status: OFF")
    lab.boot("srv2")
    assert _fence(lab, "status") == (0, "Status: ON")


@pytest.mark.parametrize("how", ["reset", "cycle"])
def test_a_bmc_resets_its_server(lab: Lab, how: str) -> None:
    before = _boot_id(lab)
    arguments, password = lab.fence_arguments("srv2")
    ipmitool = ["ipmitool", "-I", "lanplus", "-C", arguments["cipher"], "-H", arguments["ip"]]
    ipmitool += ["-U", arguments["username"], "-P", password]
    ipmitool += ["-N", "20"]  # seconds: asked again while it is at it, it would do it again
    done = lab.exec("srv1", [*ipmitool, "chassis", "power", how])
    assert done.returncode == 0, done.stderr
    wait_until(lambda: _boot_id(lab) not in (None, before), 60, "it comes back")
    _booted(lab)
    # It holds no watchdog: neither another server's nor that of its life before, which would then
    # never be reset again.
    files = lab.exec("srv2", ["sh", "-c", "readlink /proc/1/fd/*"])
    assert "fuse" not in files.stdout, files.stdout


def test_agents_can_fence_from_within_a_server(lab: Lab) -> None:
    before = _boot_id(lab)
    arguments, password = lab.fence_arguments("srv2")
    device = {"name": "ipmi1", "agent": "fence_ipmilan", "arguments": arguments}
    text = json.dumps({**device, "secrets": {"password": password}})
    done = lab.exec("srv1", [sys.executable, "-c", FENCING], 120, text)
    assert done.returncode == 0, done.stderr
    assert "read back: off" in done.stdout
    assert password not in done.stdout + done.stderr
    assert _boot_id(lab) not in (None, before)


def test_a_dark_bmc_does_not_answer(lab: Lab) -> None:
    lab.set_bmc("srv2", lit=False)
    assert [s.bmc_state for s in lab.status().servers] == ["lit", "dark"]
    code, said = _fence(lab, "off", shell_timeout="3", power_timeout="3")
    assert (code, said) == (1, "")
    assert _state(lab) == "running"
    lab.set_bmc("srv2", lit=True)
    assert _fence(lab, "status") == (0, "Status: ON")


def test_a_lying_bmc_says_off_and_does_nothing(lab: Lab) -> None:
    before = _boot_id(lab)
    lab.set_bmc("srv2", lies=True)
    assert [s.bmc_state for s in lab.status().servers] == ["lit", "lying"]
    assert _fence(lab, "status") == (0, "Status: ON"), "until it is told to do something"
    assert _fence(lab, "off") == (0, "Success: Powered OFF")
    assert _fence(lab, "status") == (2, "Status: OFF")
    assert _boot_id(lab) == before
    lab.set_bmc("srv2", lies=False)
    assert _fence(lab, "status") == (0, "Status: ON")


def test_a_server_without_network_reaches_no_bmc_but_can_be_fenced(lab: Lab) -> None:
    lab.unplug("srv2")
    arguments, _ = lab.fence_arguments("srv1")
    code, _ = _fence(lab, "status", by="srv2", ip=arguments["ip"], power_timeout="3")
    assert code == 1
    assert _fence(lab, "off") == (0, "Success: Powered OFF")
    assert _state(lab) == "off"


def test_the_password_is_for_root_and_needed(lab: Lab) -> None:
    assert stat.S_IMODE(lab.layout.bmc_login.stat().st_mode) == 0o600
    directory = lab.layout.server(2).bmc
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    code, said = _fence(lab, "off", password="wrong")
    assert (code, said) == (1, "")
    assert _state(lab) == "running"


def test_switching_at_once_from_all_sides_ends_well(lab: Lab) -> None:
    """An administrator, the BMC and the watchdog may reach for the switch at the same time."""
    bmc = [sys.executable, "-m", "millpond.lab.bmc_power", str(lab.layout.board_socket), "srv2"]
    hands = [
        subprocess.Popen([*bmc, "set", what, value], stdout=subprocess.PIPE, text=True)
        for what, value in [("power", "0"), ("reset", "1"), ("power", "1")] * 2
    ]
    lab.crash("srv2")
    assert [hand.communicate()[0] for hand in hands] == ["ok\n"] * 6
    lab.boot("srv2")
    assert _fence(lab, "status") == (0, "Status: ON")
    assert lab.exec("srv2", ["virsh", "list"]).returncode == 0
    alone = f"{lab.layout.directory}/servers/srv2"
    # A child of PID 1 has its command line until it becomes a daemon.
    wait_until(lambda: len(_running(alone)) == 2 + 1, 30, "unshare, PID 1 and the BMC, each once")


def test_wdmd_guards_the_server_and_sanlock_asks_it_to(lab: Lab) -> None:
    log = lab.layout.server(2).var / "log/millpond-lab/wdmd.log"
    assert "/dev/watchdog armed with fire_timeout 60" in log.read_text()
    status = lab.exec("srv2", ["sanlock", "client", "status", "-D"]).stdout
    assert "use_watchdog=1" in status


def test_a_watchdog_resets_a_server_that_hangs(lab: Lab) -> None:
    petting = _take_watchdog(lab)
    before = _boot_id(lab)
    time.sleep(8)
    assert _boot_id(lab) == before, "it is petted"
    began = time.monotonic()
    lab.freeze("srv2")
    wait_until(lambda: _boot_id(lab) not in (None, before), 45, "its own watchdog, not wdmd's 60 s")
    assert time.monotonic() - began > 1.5, "six seconds after it was petted last"
    assert _state(lab) == "running"
    petting.wait(30)
    assert "srv2: watchdog: reset" in lab.layout.board_log.read_text()


def test_a_watchdog_fires_when_its_user_dies(lab: Lab) -> None:
    petting = _take_watchdog(lab)
    before = _boot_id(lab)
    for pid in _running(PETTING):
        os.kill(pid, signal.SIGKILL)
    petting.wait(30)
    wait_until(lambda: _boot_id(lab) not in (None, before), 45, "the watchdog resets it")


def _take_watchdog(lab: Lab) -> subprocess.Popen[str]:
    """Take srv2's watchdog from wdmd, set it to six seconds and pet it. A killed wdmd does not
    start again before the next boot: it would only put off the reset."""
    wdmd = lab.daemon_pid("srv2", "wdmd")
    assert wdmd is not None
    os.kill(wdmd, signal.SIGKILL)
    wait_until(lambda: not Path(f"/proc/{wdmd}").exists(), 30, "wdmd ends")
    argv = lab.exec_argv("srv2", [sys.executable, "-c", PETTING])
    petting = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)
    assert petting.stdout is not None
    assert petting.stdout.readline() == "6\n"
    _make_part_of_srv2(lab, max(_running(PETTING)))  # nsenter(1) stays outside, to reap it
    return petting


def _make_part_of_srv2(lab: Lab, pid: int) -> None:
    """What is run in a server from outside does not freeze with it."""
    for hierarchy in cgroups.hierarchies():
        group = hierarchy.group(lab.name, "srv2")
        system = group / "system"
        ((system if system.is_dir() else group) / "cgroup.procs").write_text(str(pid))


def _running(text: str) -> list[int]:
    """Processes with ``text`` in their command line."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if text in path.read_text().replace("\0", " "):
                found.append(int(path.parent.name))
        except OSError:
            continue
    return found


def test_a_server_with_another_hand_on_its_watchdog(lab: Lab) -> None:
    done = lab.exec("srv1", ["dd", "if=/dev/zero", "of=/dev/watchdog", "count=1"])
    assert "busy" in done.stderr, "wdmd has it"
