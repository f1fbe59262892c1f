"""A private PostgreSQL: its own cluster in a temporary directory, on a Unix socket only."""

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Self
from uuid import uuid4

import psycopg

_INSTALLED = Path("/usr/lib/postgresql")


def binaries() -> Path | None:
    """The newest installed server's programs; None if there is none."""
    found = sorted(_INSTALLED.glob("*/bin/initdb"), key=lambda p: float(p.parts[-3]))
    return found[-1].parent if found else None


class Postgres:
    """Enter it to start it. Nothing of it is left afterwards."""

    def __init__(self, programs: Path) -> None:
        self._programs = programs
        self.directory = Path(tempfile.mkdtemp(prefix="millpond-pg-"))
        self._as: list[str] = []
        if os.geteuid() == 0:  # the server refuses to run as root
            user = pwd.getpwnam("postgres")
            os.chown(self.directory, user.pw_uid, user.pw_gid)
            self._as = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}"]
            self._as.append("--clear-groups")

    def __enter__(self) -> Self:
        data = str(self.directory / "data")
        self._run("initdb", "-D", data, "-U", "millpond", "--auth=trust", "--no-sync", "-E", "UTF8")
        options = f"-k {self.directory} -c listen_addresses= -c fsync=off -c max_connections=200"
        log = str(self.directory / "log")
        self._run("pg_ctl", "-D", data, "-w", "-l", log, "-o", options, "start")
        return self

    def __exit__(self, *_: object) -> None:
        self._run("pg_ctl", "-D", str(self.directory / "data"), "-m", "immediate", "stop")
        shutil.rmtree(self.directory)

    def database(self) -> str:
        """The URL of a new, empty database."""
        name = f"t{uuid4().hex}"
        with psycopg.connect(self._dsn("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return f"postgresql+psycopg://millpond@/{name}?host={self.directory}"

    def _dsn(self, name: str) -> str:
        return f"host={self.directory} user=millpond dbname={name}"

    def _run(self, program: str, *argv: str) -> None:
        command = [*self._as, str(self._programs / program), *argv]
        done = subprocess.run(
            command, capture_output=True, text=True, cwd=self.directory, stdin=subprocess.DEVNULL
        )
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
