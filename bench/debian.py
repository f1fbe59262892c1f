"""The Debian template, from its build to a guest that somebody has signed in to.

``python -m bench.debian [--template DIR]``, as root, takes minutes: the template is built (or the one in DIR
taken), a VM is created from it in a pool of a lab with cloud-init data, and asked over its serial console
and its guest agent whether it is what it was told to be.
"""

import argparse
import json
import os
import re
import shutil
import ssl
import sys
import time
from pathlib import Path
from time import perf_counter

from websockets.sync.client import ClientConnection, connect

from bench.common import Promise, Report, show, table
from bench.pool import bench_pool
from millpond.adapters.templates.debian import NAME, build_debian
from millpond.cli.crypt import hash_password
from tests.lab.pool import PoolLab
from tests.support.truth import virsh

SERVER, VM, ADDRESS, PASSWORD = "srv1", "told1", "192.0.2.77", "four random plain words"
PATIENCE = 1800.0
BOOT_LIMIT = 600.0
"""Seconds that an emulated guest on a quiet machine may take to let somebody in."""


class Console:
    """The guest's serial console, through Millpond."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._seen = ""

    def wait_for(self, pattern: str, nudge: str = "") -> re.Match[str]:
        """Until it has said that; what it is ``nudge``d with it is told every ten seconds."""
        deadline, nudged = time.monotonic() + PATIENCE, time.monotonic()
        while not (found := re.search(pattern, self._seen)):
            if time.monotonic() > deadline:
                raise TimeoutError(f"no {pattern!r} in {self._seen[-2000:]!r}")
            if nudge and time.monotonic() > nudged + 10:
                self.type(nudge)
                nudged = time.monotonic()
            try:
                data = self._socket.recv(timeout=1)
            except TimeoutError:
                continue
            self._seen += data.decode(errors="replace") if isinstance(data, bytes) else data
        self._seen = self._seen[found.end() :]
        return found

    def type(self, text: str) -> None:
        self._socket.send(text.encode())


def run(pool: PoolLab, template: Path) -> Report:
    target = Path(pool.lab.shared, "seed_pool", NAME)
    shutil.copytree(template, target)
    report = Report("The Debian template, told by cloud-init")
    told = {
        "user": "anna",
        "password_hash": hash_password(PASSWORD),
        "hostname": "web1.example.com",
        "networks": [{"addresses": [f"{ADDRESS}/24"], "gateway": "192.0.2.1"}],
        "user_data": "#!/bin/sh\necho as-told >/root/told\n",
    }
    body = {"pool": "pool1", "name": VM, "template": NAME, "vifs": [{"bridge": "xenbr0"}]}
    started = perf_counter()
    pool.api.do("POST", "/vms", body | {"cloud_init": told, "start": True, "on": SERVER})
    created = perf_counter() - started
    with _console(pool) as socket:
        console = Console(socket)
        console.wait_for(r"web1 login:", "\n")
        _sign_in(console)
        _ask(console, "cloud-init status --wait >/dev/null")
        in_ = perf_counter() - started
        rows = [["created and started, s", f"{created:.1f}"], ["signed in, s", f"{in_:.1f}"]]
        rows += [[what, _ask(console, command)] for what, command in _QUESTIONS]
    agent = json.loads(
        virsh(pool.lab, SERVER, "qemu-agent-command", VM, '{"execute": "guest-get-host-name"}')
    )
    rows.append(["guest agent: host name", agent["return"]["host-name"]])
    report.parts.append(table(("", "said by the guest"), rows))
    said = " ".join(row[1] for row in rows)
    missing = [w for w in (ADDRESS, "as-told", "web1.example.com", "anna") if w not in said]
    report.promises.append(Promise("facts that are not as told", len(missing), 0))
    report.promises.append(Promise("from create to signed in", in_, BOOT_LIMIT, " s"))
    pool.remove(VM)
    return report


_QUESTIONS = (
    ("host name", "hostname -f"),
    ("user", "id -un"),
    ("root by sudo, user-data", "sudo cat /root/told"),
    ("addresses", "ip -br address show | tail -1"),
    ("default route", "ip route show default"),
    ("root file system", "findmnt -no SOURCE,FSTYPE /"),
    ("failed units", "systemctl --failed --no-legend | wc -l"),
)


def _console(pool: PoolLab) -> ClientConnection:
    ticket = pool.api("POST", f"/vms/{VM}/console", {"kind": "serial"})
    context = ssl.create_default_context(cafile=pool.api.ca)
    url = pool.api.url.replace("https", "wss") + ticket["url"]
    return connect(url, ssl=context, proxy=None, open_timeout=10)


def _sign_in(console: Console) -> None:
    """cloud-init may make the user only after the first prompt: try again until it has."""
    console.type("\nanna\n")
    while True:
        console.wait_for("Password:")
        console.type(PASSWORD + "\n")
        if console.wait_for(r"(\$ |Login incorrect)")[0] == "$ ":
            return
        console.wait_for("login:")
        console.type("anna\n")


def _ask(console: Console, command: str) -> str:
    console.type(f"echo BEG''IN; {command}; echo E''ND\n")
    return " ".join(console.wait_for(r"BEGIN\r?\n((?s:.*?))END")[1].split())


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.debian")
    parser.add_argument("--template", type=Path, help="one that was built already")
    template = parser.parse_args().template
    if os.geteuid() != 0:
        parser.error("it needs root")
    with bench_pool() as pool:
        if template is None:
            template = Path(pool.lab.shared.parent, NAME)
            build_debian(template, lambda words: print(words, file=sys.stderr))
        return show(run(pool, template))


if __name__ == "__main__":
    sys.exit(main())
