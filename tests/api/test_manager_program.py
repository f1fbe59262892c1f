"""``millpond-manager`` as administrators meet it: a process, its directory, its first user."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.api import Api, ApiError
from tests.support.ports import free_port
from tests.support.system import environment

_FIRST = re.compile(r"^first user: (\S+)  password: (\S+)$", re.MULTILINE)


def _command(state: Path, *argv: str) -> list[str]:
    return [sys.executable, "-m", "millpond.manager.main", *argv, "--state-dir", str(state)]


@contextmanager
def _running(state: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        _command(state, "run", "--listen", f"127.0.0.1:{port}"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    )
    try:
        deadline = time.monotonic() + 60
        while not (state / "pki" / "ca.pem").exists():
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.02)
        yield process
    finally:
        process.kill()
        process.communicate()


def _end(process: subprocess.Popen[str]) -> tuple[str, str]:
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
    return out, err


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


def test_the_first_password_is_told_once_and_never_logged(state: Path) -> None:
    port = free_port()
    with _running(state, port) as manager:
        api = Api(f"https://127.0.0.1:{port}", str(state / "pki" / "ca.pem"))
        api("GET", "/version")
        assert oct(state.stat().st_mode & 0o777) == "0o700"
        first = (state / "first-password").read_text().strip()
        assert oct((state / "first-password").stat().st_mode & 0o777) == "0o600"
        api.sign_in("admin", first)
        assert not (state / "first-password").exists()
        out, log = _end(manager)
    assert _FIRST.findall(out) == [("admin", first)]
    assert first not in log
    assert api.token not in log
    with _running(state, port) as manager:
        assert api("GET", "/users/me")["name"] == "admin"  # the session outlives the process
        assert _FIRST.findall(_end(manager)[0]) == []


def test_a_state_directory_has_one_manager(state: Path) -> None:
    port = free_port()
    with _running(state, port) as manager:
        second = subprocess.run(
            _command(state, "run", "--listen", f"127.0.0.1:{free_port()}"),
            capture_output=True,
            text=True,
            timeout=60,
            env=environment(),
        )
        assert second.returncode == 1
        assert "another manager runs in" in second.stderr
        assert manager.poll() is None


def test_killed_it_leaves_the_directory_to_the_next(state: Path) -> None:
    port = free_port()
    with _running(state, port) as manager:
        os.kill(manager.pid, signal.SIGKILL)
        manager.wait()
    with _running(state, port) as manager:
        Api(f"https://127.0.0.1:{port}", str(state / "pki" / "ca.pem"))("GET", "/version")


def test_a_lost_password_is_reset_beside_the_running_manager(state: Path) -> None:
    port = free_port()
    with _running(state, port):
        api = Api(f"https://127.0.0.1:{port}", str(state / "pki" / "ca.pem"))
        api("GET", "/version")
        api.sign_in("admin", (state / "first-password").read_text().strip())

        def reset(user: str, password: str) -> subprocess.CompletedProcess[str]:
            return subprocess.run(
                _command(state, "reset-password", user),
                input=f"{password}\n",
                capture_output=True,
                text=True,
                timeout=60,
                env=environment(),
            )

        assert reset("admin", "short").returncode == 3
        assert reset("nobody", "four random words here").returncode == 3
        done = reset("admin", "four random words here")
        assert done.returncode == 0, done.stderr
        assert "four random" not in done.stdout + done.stderr
        with pytest.raises(ApiError):
            api("GET", "/users/me")
        api.token = ""
        api.sign_in("admin", "four random words here")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('listen = ["nonsense"]', "HOST:PORT"),
        ("max_jobs = 0", "max_jobs"),
        ("no_such_setting = 1", "no_such_setting"),
        ("= broken", "settings"),
    ],
)
def test_settings_that_make_no_sense_are_refused(
    tmp_path: Path, state: Path, text: str, complaint: str
) -> None:
    file = tmp_path / "manager.toml"
    file.write_text(text)
    done = subprocess.run(
        [*_command(state, "run"), "--config", str(file)],
        capture_output=True,
        text=True,
        timeout=60,
        env=environment(),
    )
    assert done.returncode == 2, done.stderr
    assert complaint in done.stderr
    assert not state.exists()
