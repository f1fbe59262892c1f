"""Which watchdog stands behind the leases of a server."""

import os
import sys

import pytest

from millpond.lab.lab import Lab
from tests.lab.pool import wait_until
from tests.lab.test_power import boot_id

pytestmark = pytest.mark.lab

_ASK = """
import asyncio
from millpond.adapters.sanlock.lockspace import SanlockLockspaces
print(asyncio.run(SanlockLockspaces().watchdog()))
"""


def test_a_server_s_watchdog_is_found(lab: Lab) -> None:
    answer = lab.exec("srv1", [sys.executable, "-c", _ASK])
    assert answer.stdout.strip() == "/dev/watchdog", answer.stderr


_IN_A_LOCKSPACE = """
truncate -s 1M /OVS/leases
sanlock direct init -s LS:0:/OVS/leases:0 -o 2
sanlock client add_lockspace -s LS:1:/OVS/leases:0 -o 2
"""


@pytest.mark.thorough
def test_a_new_sanlock_does_not_call_the_watchdog_off(lab: Lab) -> None:
    """The simulator's daemon does the same."""
    done = lab.exec("srv2", ["sh", "-ec", _IN_A_LOCKSPACE])
    assert done.returncode == 0, done.stderr
    before, daemon = boot_id(lab), lab.daemon_pid("srv2", "sanlock")
    assert daemon is not None
    os.kill(daemon, 9)
    wait_until(lambda: boot_id(lab) not in ("", before), 180, "its watchdog resets it")
