"""A server's BMC: OpenIPMI's simulator (ipmi_sim(1)) at an address of its own on the lab's network,
outside of the server. What it is told to switch, it has the mainboard switch."""

import json
import secrets
import shlex
import socket
import sys
from pathlib import Path

from millpond.adapters import durable
from millpond.domain.errors import Failed
from millpond.lab import bmc_power
from millpond.lab.bmc_lie import Lie
from millpond.lab.layout import LabLayout, bmc_address, server_name
from millpond.lab.network import Switch
from millpond.lab.processes import Process, clean_environment, spawn, wait_for

PORT = 623
CIPHER = 3
"""RAKP-HMAC-SHA1, HMAC-SHA1-96, AES-CBC-128 (IPMI 2.0, table 22-20). It has to be named: the
simulator does not answer ipmitool's question which ones there are, and ipmitool asks for 10 s."""

_READY_SECONDS = 30.0

_CONFIGURATION = """\
name "{name}"
set_working_mc 0x20
startlan 1
  addr {address} {port}
  priv_limit admin
  allowed_auths_admin md5
  guid {guid}
endlan
chassis_control "{program}"
user 2 true "{username}" "{password}" admin 10 md5
"""

_CONTROLLER = """\
mc_setbmc 0x20
mc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02
mc_enable 0x20
"""


class Bmc:
    def __init__(self, layout: LabLayout, index: int) -> None:
        self._layout = layout
        self._directory = layout.server(index).bmc
        self._lie = Lie(layout.server(index))
        self._name = server_name(index)
        self._address = bmc_address(index)
        self._switch = Switch(layout)

    @property
    def process(self) -> Process | None:
        return Process.load(self._directory / "ipmi_sim.pid")

    def up(self) -> None:
        """Start it; one that runs is left alone, dark or lying as it may be. Raises Failed."""
        if self.process is not None:
            return
        self._configure()
        self.set_lit(True)
        argv = ["nsenter", f"--net={self._switch.namespace()}", "ipmi_sim", "-n"]
        argv += ["-c", f"{self._directory}/lan.conf", "-f", f"{self._directory}/bmc.emu"]
        argv += ["-s", f"{self._directory}/state"]
        log = self._directory / "ipmi_sim.log"
        process = Process.of(spawn(argv, log, clean_environment(Path(sys.executable).parent)))
        if process is not None:
            process.save(self._directory / "ipmi_sim.pid")  # or nobody would end it
        if process is None or not wait_for(lambda: self._listens(process), _READY_SECONDS):
            raise Failed(f"start the BMC of {self._name}", f"see {log}")

    def down(self) -> None:
        process = self.process
        if process is not None:
            process.kill()
            process.wait_gone(5)

    @property
    def state(self) -> str:
        """Of ``ServerStatus.bmc_state``."""
        if self.process is None or not self._switch.has_address(self._address):
            return "dark"
        return "lying" if self._lie.told else "lit"

    def set_lit(self, lit: bool) -> None:
        """Dark, it is as if its cable were pulled."""
        self._switch.set_address(self._address, lit)

    def set_lying(self, lies: bool) -> None:
        if lies:
            self._lie.begin()
        else:
            self._lie.end()

    def fence_arguments(self) -> tuple[dict[str, str], str]:
        """Arguments and password for fence_ipmilan(8)."""
        login = self._login()
        arguments = {"ip": self._address, "username": login["username"], "lanplus": "1"}
        return arguments | {"cipher": str(CIPHER), "power_wait": "0"}, login["password"]

    def _configure(self) -> None:
        program = [sys.executable, "-I", "-S", bmc_power.__file__]
        program += [str(self._layout.board_socket), self._name]
        (self._directory / "state").mkdir(mode=0o700, parents=True, exist_ok=True)
        self._directory.chmod(0o700)
        (self._directory / "bmc.emu").write_text(_CONTROLLER)
        (self._directory / "lan.conf").write_text(
            _CONFIGURATION.format(
                name=self._name,
                address=self._address,
                port=PORT,
                guid=secrets.token_hex(16),
                program=shlex.join(program),
                **self._login(),
            )
        )

    def _login(self) -> dict[str, str]:
        login: dict[str, str] = json.loads(self._layout.bmc_login.read_text())
        return login

    def _listens(self, process: Process) -> bool | None:
        """Whether its socket stands in /proc/PID/net/udp (proc(5): address in host byte order)."""
        address = socket.inet_aton(self._address)[::-1].hex().upper()
        try:
            sockets = Path(f"/proc/{process.pid}/net/udp").read_text()
        except OSError:
            return None
        return f" {address}:{PORT:04X} " in sockets or None


def make_login(layout: LabLayout) -> None:
    """The same for all BMCs of a lab, kept as long as it exists."""
    if not layout.bmc_login.exists():
        login = {"username": "millpond", "password": secrets.token_hex(8)}
        durable.write(layout.bmc_login, json.dumps(login).encode(), 0o600)
