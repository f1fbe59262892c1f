"""The demonstration, as ``make demo`` and ``make demo-stop`` run it."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from millpond.cli import config
from millpond.lab.demo import GUESTS
from tests.lab.traces import appeared, eventually, traces

pytestmark = [pytest.mark.lab, pytest.mark.slow, pytest.mark.timeout(900)]

NAME = f"test{os.getpid()}demo"
ELSEWHERE = config.Config("https://mgr.example:8443", "mps_of_the_other", "/etc/ssl/other.pem")


def _types(home: Path, labs: Path, *words: str) -> str:
    """What somebody with this home directory sees who types ``millpond WORDS``."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "MILLPOND_LAB_DIR": str(labs),
        "COLUMNS": "100",
    }
    done = subprocess.run(
        [Path(sys.executable).with_name("millpond"), *words],
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_demonstration_shows_counters_and_leaves_nothing(tmp_path: Path) -> None:
    labs, newcomer, guest = (tmp_path / name for name in ("labs", "newcomer", "guest"))
    before = traces(labs)
    try:
        shown = _types(newcomer, labs, "lab", "demo", "--name", NAME, "--port", "0")
        for name in GUESTS:
            counted = re.search(rf"{name}: (\d+) \.\.\. (\d+)", shown)
            assert counted, shown
            assert int(counted[1]) < int(counted[2])
        # What it says next can be typed: it has signed the newcomer in.
        vms = json.loads(_types(newcomer, labs, "vm", "list", "--output", "json"))
        assert {vm["name"]: vm["power"] for vm in vms} == dict.fromkeys(GUESTS, "running")
        assert len({vm["server"]["name"] for vm in vms}) == len(GUESTS)

        # Somebody signed in to another manager stays so, and nothing is done there.
        login = config.path({"HOME": str(guest)})
        config.save(ELSEWHERE, login)
        shown = _types(guest, labs, "lab", "demo", "--name", NAME, "--port", "0")
        assert config.read(login) == ELSEWHERE
        variables = re.search(r"export (MILLPOND_URL=\S+) (XDG_CONFIG_HOME=\S+)", shown)
        assert variables, shown
        there = config.load(dict(v.split("=", 1) for v in variables.groups()))
        assert there == config.load({"HOME": str(newcomer)})
    finally:
        _types(newcomer, labs, "lab", "demo-stop", "--name", NAME)
    for _ in eventually("nothing is left of the demonstration"):
        if not appeared(before, traces(labs)):
            break
    assert not config.path({"HOME": str(newcomer)}).exists()
