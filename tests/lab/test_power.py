"""A lab server is shut down and started anew from inside, in order, as a real one."""

import sys
from pathlib import Path

import pytest

from millpond.domain.errors import Refused
from millpond.lab.lab import Lab
from tests.lab.pool import wait_until

pytestmark = pytest.mark.lab

BOOT_ID = "/proc/sys/kernel/random/boot_id"


def tell(lab: Lab, action: str) -> None:
    done = lab.exec("srv2", [sys.executable, "-m", "millpond.lab.power", action])
    assert done.returncode in (0, -9), done.stderr  # its power may be cut before that has ended


def state(lab: Lab) -> str:
    return next(s.state for s in lab.status().servers if s.name == "srv2")


def boot_id(lab: Lab) -> str:
    """Empty while it is not up."""
    try:
        return lab.exec("srv2", ["cat", BOOT_ID]).stdout
    except Refused:
        return ""


def test_each_boot_has_an_id_of_its_own(lab: Lab) -> None:
    assert boot_id(lab) not in ("", Path(BOOT_ID).read_text())


def test_it_goes_off_and_stays_off(lab: Lab) -> None:
    before = boot_id(lab)
    tell(lab, "off")
    wait_until(lambda: state(lab) == "off", 120, "srv2 is off")
    log = lab.layout.server(2).var / "log/millpond-lab/libvirtd.log"
    assert log.exists(), "its files are kept"
    lab.boot("srv2")
    assert boot_id(lab) != before


def test_it_starts_anew(lab: Lab) -> None:
    before = boot_id(lab)
    tell(lab, "reboot")
    wait_until(
        lambda: state(lab) == "running" and boot_id(lab) not in ("", before), 150, "a reboot"
    )
