"""An array to try, as the command makes it."""

import signal
import subprocess
from pathlib import Path
from random import randrange

from millpond.array.exports import ISCSI
from tests.support.arrays import PROGRAMS, takes, until
from tests.support.initiator import Initiator


def test_a_demonstration_says_how_to_reach_it_and_can_be_reached(tmp_path: Path) -> None:
    net = f"127.{randrange(2, 250)}.{randrange(250)}"
    options = ["--sp-a", f"{net}.1", "--sp-b", f"{net}.2", "--initiator", "iqn.2026-01.example:one"]
    command = [PROGRAMS / "millpond", "array", "demo", tmp_path / "array", *options]
    with (tmp_path / "log").open("wb") as log:
        demo = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
    try:
        assert demo.stdout is not None
        said = []
        for line in demo.stdout:
            said.append(line)
            if line.startswith("Ctrl-C"):
                break
        password = said[0].split()[-1]
        assert not any(password in line for line in said[1:]), "it is not to be an argument"
        url = next(line for line in said if "qemu-img" in line and f"{net}.2" in line)
        target = url.split("/")[-2]
        until(lambda: takes(f"{net}.2", ISCSI), 60)
        with Initiator((f"{net}.2", ISCSI), target) as one:
            assert one.command(0, bytes(6)).sense == (6, 0x29, 0)
            assert one.write(0, 0, b"x" * 512).status == 0
    finally:
        demo.send_signal(signal.SIGTERM)
        demo.wait(30)
