"""Which watchdog stands behind the leases of a server."""

import sys

import pytest

from millpond.lab.lab import Lab

pytestmark = pytest.mark.lab

_ASK = """
import asyncio
from millpond.adapters.sanlock.lockspace import SanlockLockspaces
print(asyncio.run(SanlockLockspaces().watchdog()))
"""


def test_a_server_s_watchdog_is_found(lab: Lab) -> None:
    answer = lab.exec("srv1", [sys.executable, "-c", _ASK])
    assert answer.stdout.strip() == "/dev/watchdog", answer.stderr
