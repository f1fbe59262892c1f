"""PID 1 of a lab server: ``python -m millpond.lab.init SERVER_DIR``.

Started by ``unshare -m -u -i -n -p --fork``. Standard library only, for it starts in every server.
When this process is killed the kernel kills everything else in the server: a power cut.
"""

import json
import socket
import subprocess
import sys
from functools import partial
from io import FileIO
from pathlib import Path

from millpond.lab import cgroups, fuse_file, root_fs
from millpond.lab.layout import (
    BMC_NETWORK,
    NICS,
    PREFIX_LENGTH,
    LabLayout,
    ServerLayout,
    bridge_mac,
    server_address,
    server_name,
)
from millpond.lab.processes import Process, clean_environment, wait_for
from millpond.lab.supervisor import Service, Supervisor

WATCHDOG = "watchdog"  # in /dev
AGENT_WATCHDOG = 10.0  # as in packaging/millpond-agent.service
SERVER_CERTIFICATE = Path("/etc/pki/libvirt/servercert.pem")
_BIN = Path(sys.executable).parent  # where this environment's programs are


def main() -> None:
    server = ServerLayout(Path(sys.argv[1]))
    spec = json.loads(server.spec.read_text())
    index: int = spec["index"]
    # /proc is still the machine's, so this is our PID out there.
    me = Process.of(int(str(Path("/proc/self").readlink())))
    assert me is not None
    me.save(server.init_pid)
    lab, name = spec["lab"], server_name(index)
    cgroups.enter(lab, name)
    socket.sethostname(name)
    switch = _board(server)
    with _board(server) as board, _fuse() as watchdog:
        root_fs.enter(
            server,
            Path(spec["shared"]),
            partial(cgroups.mount_view, lab, name),
            lambda dev: fuse_file.plug_in(watchdog.fileno(), dev / WATCHDOG),
        )
        socket.send_fds(board, [f"{name} watchdog\n".encode()], [watchdog.fileno()])
    _configure_network(index)
    Supervisor(_services(name), partial(_power, switch, name)).run()


def _board(server: ServerLayout) -> socket.socket:
    """A way to the mainboard, which cannot be found any more from inside of the server."""
    board = socket.socket(socket.AF_UNIX)
    board.connect(str(LabLayout(server.directory.parent.parent).board_socket))
    return board


def _power(board: socket.socket, name: str, action: str) -> None:
    board.sendall(f"{name} down {action}\n".encode())


def _fuse() -> FileIO:
    return Path("/dev/fuse").open("rb+", buffering=0)


def _configure_network(index: int) -> None:
    """Put each NIC, which the lab pushes in from outside, under its own bridge."""
    lines = ["link set lo up"]
    for number, nic in enumerate(NICS):
        bridge = f"xenbr{number}"
        lines += [
            f"link add {bridge} address {bridge_mac(index, number)} type bridge forward_delay 0",
            f"link set {nic} master {bridge} up",
            f"link set {bridge} up",
        ]
    lines.append(f"addr add {server_address(index)}/{PREFIX_LENGTH} dev xenbr0")
    lines.append(f"route add {BMC_NETWORK} dev xenbr0")
    arrived = [Path("/sys/class/net", nic) for nic in NICS]
    if not wait_for(lambda: all(p.exists() for p in arrived) or None, 30):
        sys.exit("the lab did not plug in the network cards")
    subprocess.run(["ip", "-batch", "-"], input="\n".join(lines), text=True, check=True)


def _services(name: str) -> list[Service]:
    plain = clean_environment(_BIN)
    sanlock = ["sanlock", "daemon", "-D", "-U", "root", "-G", "root", "-e", name]
    sanlock += ["-S", "-1", "-w", "1", "-h", "0", "-l", "0"]  # no syslog or mlock
    wdmd = ["wdmd", "-D", "-G", "root"]
    return [
        Service("virtlogd", lambda: ["virtlogd"], plain),
        Service("wdmd", lambda: wdmd, plain, after=Path("/dev", WATCHDOG)),
        # Without this sanlock insists on locked memory and realtime priority and dies.
        Service(
            "sanlock",
            lambda: sanlock,
            plain | {"SANLOCK_PRIVILEGED": "0"},
            after=Path("/run/wdmd/wdmd.sock"),
        ),
        Service("libvirtd", _libvirtd, plain, after=Path("/run/sanlock/sanlock.sock")),
        Service(
            "luns",
            lambda: [str(_BIN / "millpond-agent"), "luns"],
            plain,
            after=Path("/var/lib/millpond/luns"),  # once the server has one
            seek=1.0,
        ),
        Service(
            "agent",
            lambda: [str(_BIN / "millpond-agent"), "run"],
            plain,
            watchdog=AGENT_WATCHDOG,
        ),
    ]


def _libvirtd() -> list[str]:
    """libvirtd refuses to start with --listen but no certificate, so TLS waits for enrolment."""
    return ["libvirtd", "--listen"] if SERVER_CERTIFICATE.exists() else ["libvirtd"]


if __name__ == "__main__":
    main()
