"""The command line against a real manager with three real agents (fake guests), as a user types."""

import io
import json
import os
import pty
import re
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
import yaml

from millpond.cli import main, xm
from millpond.cli.errors import ExitCode
from tests.data.hostile.images import iso
from tests.support.cli import commands, options
from tests.support.system import System

pytestmark = pytest.mark.slow


@dataclass
class Said:
    """What a command printed."""

    stdout: str
    stderr: str


@dataclass
class User:
    """Somebody at a shell, signed in."""

    system: System
    home: Path

    @property
    def environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("MILLPOND", "XDG"))}
        return kept | {"HOME": str(self.home), "COLUMNS": "80"}

    def types(self, *words: str, code: int = 0, typed: str = "", program: str = "millpond") -> Said:
        """Through the program's entry point, in this process: starting Python takes longer than
        the work. ``typed`` is the standard input."""
        out, err = io.StringIO(), io.StringIO()
        with (
            patch.dict(os.environ, self.environment, clear=True),
            patch.multiple(sys, argv=[program, *words], stdin=io.StringIO(typed)),
            redirect_stdout(out),
            redirect_stderr(err),
        ):
            try:
                (xm.main if program == "xm" else main.main)()
                ended = 0
            except SystemExit as end:
                ended = int(end.code or 0)
        said = Said(out.getvalue(), err.getvalue())
        assert ended == code, f"{words}: {ended}\n{said.stdout}{said.stderr}"
        return said

    def json(self, *words: str) -> Any:
        return json.loads(self.types(*words, "--output", "json").stdout)

    def power(self, vm: str) -> str:
        return str(self.json("vm", "show", vm)["power"])


@pytest.fixture(scope="module")
def user(tmp_path_factory: pytest.TempPathFactory) -> Iterator[User]:
    """With a pool, made by what is typed; the password is the one the manager printed."""
    directory = tmp_path_factory.mktemp("cli")
    with System(directory) as system:
        user = User(system, directory)
        # The system signed in as admin already; a password of our own proves the sign-in here.
        system.api("POST", "/users", {"name": "anna", "password": "four plain words here"})
        user.types(
            *("login", system.api.url, "--user", "anna", "--ca", system.api.ca),
            "--password-stdin",
            typed="four plain words here\n",
        )
        root = str(system.root)
        user.types("template", "build", "tiny", "--into", f"{root}/seed_pool")
        members = ("-s", "srv1:master,utility,vm", "-s", "srv2:utility,vm", "-s", "srv3")
        assert (
            "fit together"
            in user.types("pool", "preflight", *members, "--cluster-root", root).stdout
        )
        user.types("pool", "create", "pool1", *members, "--cluster-root", root)
        user.types("network", "create", "pool1", "xenbr0")
        yield user


@pytest.fixture
def vm(user: User) -> Iterator[str]:
    """A running VM, gone after the test."""
    user.types(
        *("vm", "create", "web1", "--template", "tiny", "--nic", "xenbr0", "--start"),
        *("--max-vcpus", "2"),
    )
    yield "web1"
    names = {v["name"] for v in user.json("vm", "list")}
    for name in names:
        if user.power(name) != "stopped":
            user.types("vm", "kill", name)
        user.types("vm", "delete", name, "--yes")


def test_wrong_password(user: User, tmp_path: Path) -> None:
    stranger = User(user.system, tmp_path)
    api = user.system.api
    done = stranger.types(
        *("login", api.url, "--ca", api.ca, "--password-stdin"), typed="guess\n", code=ExitCode.AUTH
    )
    assert "guess" not in done.stderr
    assert not (tmp_path / ".config").exists()


def test_without_its_ca_the_manager_is_not_trusted(user: User, tmp_path: Path) -> None:
    stranger = User(user.system, tmp_path)
    done = stranger.types(
        "login", user.system.api.url, "--password-stdin", typed="x\n", code=ExitCode.UNREACHABLE
    )
    assert "--ca" in done.stderr


LISTS = (" list", " vifs", " exports", " agents", " failovers")


def views() -> Iterator[tuple[str, Any]]:
    """The commands that show what the manager knows."""
    for name, command in commands():
        if "--watch" in options(command) and not name.startswith("lab "):
            yield name, command


@pytest.fixture
def cd(user: User) -> Iterator[str]:
    """An imported image, gone after the test."""
    file = user.home / "debian-12.iso"
    file.write_bytes(iso())
    user.types("image", "import", "pool1", "debian-12", str(file))
    yield "debian-12"
    user.types("image", "delete", "pool1", "debian-12", "--yes")


@pytest.mark.thorough
def test_every_view_fits_80_columns_and_speaks_all_formats(user: User, vm: str, cd: str) -> None:
    """The words a view needs are looked up by the names of its arguments, so that a new view is
    tried as well."""
    job = user.json("job", "list", "--limit", "1")[0]["id"]
    known = {
        "server": "srv1",
        "pool": "pool1",
        "vm": vm,
        "job": job,
        "image": cd,
        "repository": "root",
        "template": "tiny",
        "snapshot": "kept",
    }
    user.types("vm", "snapshot", "create", vm, "kept")
    seen = 0
    for name, command in views():
        if name in ("pool failover", "vm cloud-init show") or name.startswith(
            ("backup ", "array ")
        ):
            continue  # nothing fails, nobody is told anything, none is kept or registered; see tests/unit
        seen += 1
        needed = [p.name for p in command.params if p.param_type_name == "argument" and p.required]
        words = [*name.split(), *(known[argument] for argument in needed)]
        assert max(map(len, user.types(*words).stdout.splitlines())) <= 80, words
        shown = user.json(*words)
        assert isinstance(shown, list) is name.endswith(LISTS), words
        assert type(yaml.safe_load(user.types(*words, "-o", "yaml").stdout)) is type(shown)
        assert user.types(*words, "-o", "wide").stdout, words
    assert user.types("array", "list").stdout
    assert seen > 20


def test_the_life_of_a_vm(user: User, vm: str) -> None:
    for words, power in [
        (("pause",), "paused"),
        (("unpause",), "running"),
        (("suspend",), "suspended"),
        (("resume",), "running"),
        (("reset",), "running"),
        (("reboot",), "running"),
        (("stop",), "stopped"),
        (("start", "--on", "srv3"), "running"),
        (("kill",), "stopped"),
    ]:
        done = user.types("vm", words[0], vm, *words[1:])
        assert f"vm.{words[0]} {vm}: done in" in done.stdout
        assert user.power(vm) == power, words


def test_names_and_ids_everywhere(user: User, vm: str) -> None:
    ident = user.json("vm", "show", vm)["id"]
    assert user.json("vm", "show", ident)["name"] == vm
    user.types("vm", "pause", ident)
    pool = user.json("pool", "show", "pool1")["id"]
    server = user.json("server", "show", "srv1")["id"]
    assert [v["name"] for v in user.json("vm", "list", "--pool", pool)] == [vm]
    user.json("vm", "list", "--server", server)


def test_migration(user: User, vm: str) -> None:
    here = user.json("vm", "show", vm)["server"]["name"]
    there = next(s for s in ("srv1", "srv2", "srv3") if s != here)
    done = user.types("vm", "migrate", vm, "--to", there)
    assert re.search(r"done in .*downtime \d+ ms", done.stdout)
    assert user.json("vm", "show", vm)["server"]["name"] == there
    refused = user.types("vm", "migrate", vm, "--to", there, code=ExitCode.REFUSED)
    assert "Fix: " in refused.stderr
    user.types("vm", "migrate", vm, "--to", here, "--no-live")
    assert user.json("vm", "show", vm)["server"]["name"] == here


def test_errors_by_class(user: User, vm: str) -> None:
    assert "millpond vm list" in user.types("vm", "show", "no", code=ExitCode.NOT_FOUND).stderr
    user.types("vm", "start", vm, code=ExitCode.REFUSED)
    user.types("vm", "create", "a/b", "--nic", "xenbr0", code=ExitCode.REFUSED)
    user.types("vm", "start", "web1\n", code=ExitCode.REFUSED)
    user.types("vm", "delete", f"{vm}/vifs", "--yes", code=ExitCode.USAGE)
    user.types("vm", "edit", vm, "--max-vcpus", "0", code=ExitCode.REFUSED)


def test_a_dry_run_explains_and_changes_nothing(user: User, vm: str) -> None:
    user.types("server", "maintenance", "srv2")
    done = user.types("vm", "create", "web2", "--template", "tiny", "--dry-run")
    user.types("server", "activate", "srv2")
    assert re.search(r"srv2\s+no\s+it is in maintenance", done.stdout)
    assert re.search(r"srv3\s+yes\s+\d+ MiB are free", done.stdout)
    user.types("vm", "show", "web2", code=ExitCode.NOT_FOUND)


def test_a_dry_run_of_a_resume(user: User, vm: str) -> None:
    user.types("vm", "suspend", vm)
    plan = user.json("vm", "resume", vm, "--dry-run", "--on", "srv2")
    assert plan["placement"]["server_name"] == "srv2"
    assert user.power(vm) == "suspended"


def test_a_schedule_is_set_shown_run_and_deleted(user: User, vm: str) -> None:
    at = ("--every", "1w", "--at", "2100-01-01T02:00", "--keep", "3", "--quiesce")
    user.types("vm", "schedule", "set", vm, "weekly", *at)
    shown = user.types("vm", "schedule", "list", vm, "--output", "wide").stdout
    assert re.search(r"weekly\s+7d00h\s+3\s+quiesce\s+0\s+-\s+2100-01-01", shown)
    user.types("vm", "schedule", "run", vm, "weekly")
    (made,) = user.json("vm", "snapshot", "list", vm)
    assert made["schedule"] == "weekly" and made["name"].startswith("weekly-")
    user.types("vm", "schedule", "delete", vm, "weekly")
    user.types("vm", "schedule", "run", vm, "weekly", code=ExitCode.NOT_FOUND)
    user.types("vm", "snapshot", "delete", vm, made["name"])


def test_pending_changes_are_told_and_marked(user: User, vm: str) -> None:
    weights = ("--cpu-weight", "200", "--io-weight", "300")
    done = user.types("vm", "edit", vm, "--boot", "network", *weights)
    assert "Pending until the next start: boot" in done.stderr
    shown = user.types("vm", "show", vm).stdout
    assert re.search(r"^Boot order\s+network\s+<- pending", shown, re.MULTILINE)
    assert not re.search(r"^(CPU|Disk) weight.*pending", shown, re.MULTILINE)
    assert re.search(r"^Disk weight\s+300$", shown, re.MULTILINE)
    user.types("vm", "reboot", vm)
    assert "pending" not in user.types("vm", "show", vm).stdout


def test_nics(user: User, vm: str) -> None:
    user.types("network", "create", "pool1", "xenbr9")
    user.types("vm", "nic-add", vm, "xenbr9,mac=00:16:3e:00:00:09,rate=1M")
    nics = user.json("network", "vifs", "--bridge", "xenbr9")
    assert [(n["vm"], n["rate_limit"]) for n in nics] == [(vm, 1024)]
    user.types("network", "delete", "pool1", "xenbr9", "--yes", code=ExitCode.REFUSED)
    user.types("vm", "nic-set", vm, "00:16:3e:00:00:09", "--rate", "0", "--bridge", "xenbr0")
    user.types("vm", "nic-remove", vm, "00:16:3e:00:00:09")
    gone = user.types("vm", "nic-remove", vm, "00:16:3e:00:00:09", code=ExitCode.NOT_FOUND)
    assert f"millpond vm show {vm}" in gone.stderr
    user.types("network", "delete", "pool1", "xenbr9", "--yes")


def test_delete_asks(user: User, vm: str) -> None:
    user.types("vm", "kill", vm)
    done = user.types("vm", "delete", vm, typed="n\n", code=ExitCode.DECLINED)
    assert "vda" in done.stderr
    user.types("vm", "delete", vm, typed="y\n")
    user.types("vm", "show", vm, code=ExitCode.NOT_FOUND)


def test_several_at_once(user: User, vm: str) -> None:
    user.types("vm", "create", "web2", "--template", "tiny")
    done = user.types("vm", "start", vm, "web2", "nosuch", code=ExitCode.REFUSED)
    assert "vm.start web2: done" in done.stdout
    assert done.stderr.count("Error:") == 2
    user.types("vm", "kill", vm, "web2")
    assert {user.power(vm), user.power("web2")} == {"stopped"}


def test_no_wait_then_wait(user: User, vm: str) -> None:
    job = user.json("vm", "stop", vm, "--no-wait")
    assert job["state"] in ("queued", "running")
    done = user.types("job", "wait", job["id"])
    assert f"vm.stop {vm}: done" in done.stdout
    user.types("job", "cancel", job["id"], code=ExitCode.REFUSED)


def test_watch_sees_a_change(user: User, vm: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "millpond.cli", "vm", "list", "--watch", "-o", "json"],
        env=user.environment, stdout=subprocess.PIPE, text=True,
    ) as watching:  # fmt: skip
        assert watching.stdout is not None
        try:
            assert json.loads(watching.stdout.readline())[0]["power"] == "running"
            user.types("vm", "pause", vm)
            deadline = time.monotonic() + 60
            while json.loads(watching.stdout.readline())[0]["power"] != "paused":
                assert time.monotonic() < deadline
        finally:
            watching.kill()


def test_console(user: User, vm: str) -> None:
    """The log, and the line itself on a terminal of its own."""
    deadline = time.monotonic() + 60
    while "tick" not in user.types("vm", "console", vm, "--log").stdout:
        assert time.monotonic() < deadline
    terminal, side = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "millpond.cli", "vm", "console", vm],
        env=user.environment, stdin=side, stdout=side, stderr=side,
    ) as console:  # fmt: skip
        os.close(side)
        try:
            _until(terminal, rb"leave with Ctrl-\]")
            _until(terminal, rb"tick \d+")
            os.write(terminal, b"hello")
            _until(terminal, rb"hello")
            os.write(terminal, b"\x1d")
            assert console.wait(60) == 0
        finally:
            console.kill()
            os.close(terminal)
    user.types("vm", "kill", vm)
    refused = user.types("vm", "console", vm, code=ExitCode.REFUSED)
    assert "Fix: " in refused.stderr


def _until(terminal: int, pattern: bytes) -> None:
    seen, deadline = b"", time.monotonic() + 60
    while not re.search(pattern, seen):
        assert time.monotonic() < deadline, seen
        if select.select([terminal], [], [], 0.1)[0]:
            seen += os.read(terminal, 4096)


def test_servers_and_roles(user: User) -> None:
    added = user.json("server", "add", "srv9", "--address", "192.0.2.9")
    assert added["token"].startswith("mp1.")
    assert "not enrolled" in user.types("server", "list").stdout
    again = user.types("server", "token", "srv9").stdout
    assert re.search(r"^millpond-agent enrol - <<< mp1\.\S+$", again, re.MULTILINE)
    user.types("server", "remove", "srv9", "--yes")
    user.types("pool", "remove-server", "pool1", "srv3")
    user.types("pool", "add-server", "pool1", "srv3", "--roles", "utility,vm")
    user.types("pool", "roles", "pool1", "srv3", "vm")
    members = {m["name"]: m["roles"] for m in user.json("pool", "show", "pool1")["members"]}
    assert members["srv3"] == ["vm"]
    user.types("pool", "edit", "pool1", "--bandwidth", "1G")
    assert user.json("pool", "show", "pool1")["bandwidth"] == 1024


def test_a_pool_that_does_not_fit_is_explained(user: User) -> None:
    done = user.types(
        *("pool", "create", "pool2", "-s", "srv1:master,utility,vm"), code=ExitCode.REFUSED
    )
    assert re.search(r"SERVER\s+SUBJECT\s+FOUND\s+FIX", done.stderr), done.stderr
    assert max(map(len, done.stderr.splitlines()[1:-1])) <= 80


def test_tokens(user: User) -> None:
    secret = user.json("token", "create", "script", "--days", "1")["secret"]
    environment = {"MILLPOND_URL": user.system.api.url, "MILLPOND_CA": user.system.api.ca}
    done = subprocess.run(
        [sys.executable, "-m", "millpond.cli", "user", "show", "-o", "json"],
        env=os.environ | environment | {"MILLPOND_TOKEN": secret, "HOME": "/nonexistent"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert json.loads(done.stdout)["name"] == "anna"
    user.types("token", "delete", "script", "--yes")
    assert user.json("token", "list") == []


def test_xm(user: User, vm: str) -> None:
    listed = user.types("list", program="xm").stdout.splitlines()
    assert listed[0].split() == ["Name", "ID", "Mem", "VCPUs", "State", "Time(s)"]
    name, short, memory, vcpus, state, _ = listed[1].split()
    assert (name, memory, vcpus, state) == (vm, "96", "1", "r-----")
    user.types("pause", short, program="xm")
    assert "--p---" in user.types("list", vm, program="xm").stdout
    user.types("unpause", vm, program="xm")
    assert "nr_cpus" in user.types("info", "srv1", program="xm").stdout
    here = user.json("vm", "show", vm)["server"]["name"]
    there = next(s for s in ("srv1", "srv2", "srv3") if s != here)
    user.types("migrate", "-l", vm, there, program="xm")
    user.types("vcpu-set", vm, "2", program="xm")
    assert user.json("vm", "show", vm)["config"]["vcpus"] == 2
    assert vm in user.types("uptime", program="xm").stdout
    user.types("shutdown", "-w", vm, program="xm")
    assert user.power(vm) == "stopped"
    user.types("create", vm, program="xm")
    user.types("destroy", vm, program="xm")
    assert json.loads(user.types("list", "-l", program="xm").stdout)[0]["power"] == "stopped"


def test_logout(user: User, tmp_path: Path) -> None:
    other = User(user.system, tmp_path)
    api = user.system.api
    other.types(
        *("login", api.url, "--user", "anna", "--ca", api.ca, "--password-stdin"),
        typed="four plain words here\n",
    )
    other.types("vm", "list")
    token = json.dumps((tmp_path / ".config/millpond/cli.toml").read_text())
    other.types("logout")
    done = other.types("vm", "list", code=ExitCode.AUTH)
    assert "millpond login" in done.stderr
    assert "mps_" in token
    assert "mps_" not in (tmp_path / ".config/millpond/cli.toml").read_text()
