"""Programs run through a real guest agent, here on this machine instead of in a node."""

import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from millpond.domain.errors import Unknown
from millpond.lab.san.guest_agent import GuestAgent


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[GuestAgent]:
    path = tmp_path / "agent.sock"
    argv = ["qemu-ga", "--method=unix-listen", f"--path={path}", f"--statedir={tmp_path}"]
    with subprocess.Popen(argv) as program:
        found = GuestAgent(path, "n1")
        deadline = time.monotonic() + 20
        while not found.answers() and time.monotonic() < deadline:
            time.sleep(0.05)
        yield found
        program.terminate()


def test_output_and_exit_code_come_back(agent: GuestAgent) -> None:
    done = agent.run(["sh", "-c", "cat; echo said >&2; exit 7"], text="höre\n")
    assert (done.returncode, done.stdout, done.stderr) == (7, "höre\n", "said\n")


def test_what_takes_too_long_is_killed(agent: GuestAgent) -> None:
    started = time.monotonic()
    assert agent.run(["sleep", "60"], timeout=1).returncode == 124
    assert time.monotonic() - started < 30


def test_a_program_that_is_not_there_says_so(agent: GuestAgent) -> None:
    assert agent.run(["no-such-program"]).returncode == 127


def test_what_an_earlier_client_left_half_said_is_skipped(
    agent: GuestAgent, tmp_path: Path
) -> None:
    with socket.socket(socket.AF_UNIX) as channel:
        channel.connect(str(tmp_path / "agent.sock"))
        channel.sendall(b'{"execute": "guest-get-time"}\n{"execute": "guest-')
        assert channel.recv(4096)  # an agent at a socket ends if it cannot answer any more
    assert agent.run(["echo", "mine"]).stdout == "mine\n"


def test_a_node_that_is_off_does_not_answer(tmp_path: Path) -> None:
    off = GuestAgent(tmp_path / "nothing.sock", "n1")
    assert not off.answers()
    with pytest.raises(Unknown):
        off.run(["true"])
