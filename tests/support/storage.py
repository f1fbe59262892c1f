"""A software array of two storage processors that a test kills, freezes and starts again."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from millpond.array import static_exports
from millpond.array.exports import SpName
from tests.support.initiator import Initiator
from tests.support.ports import free_port

SERIAL = "APM00153042305"
MIB = 1 << 20
SPS: tuple[SpName, SpName] = ("A", "B")


class Storage:
    """LUNs 0 and 1 of 64 MiB, by default SP A's and SP B's, for everybody."""

    def __init__(self, directory: Path, *, failover_mode: int = 4, **host: Any) -> None:
        self.directory = directory
        directory.mkdir()
        self.ports = {sp: free_port() for sp in SPS}
        self.exports: dict[str, Any] = {
            "serial": SERIAL,
            "name": "test",
            "luns": [self._lun(0, "A"), self._lun(1, "B")],
            "hosts": {
                "*": {"luns": {"0": 0, "1": 1}, "failover_mode": failover_mode, **host},
            },
        }
        self.show()
        self._processes: dict[SpName, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> "Storage":
        for sp in SPS:
            self.start(sp)
        return self

    def __exit__(self, *_: object) -> None:
        for sp in SPS:
            self.kill(sp)

    def _lun(self, alu: int, sp: SpName) -> dict[str, Any]:
        path = self.directory / f"lun{alu}"
        with path.open("wb") as file:
            file.truncate(64 * MIB)
        return {
            "alu": alu,
            "wwn": f"6006016012603d0095633887{alu:08x}",
            "name": f"LUN {alu}",
            "blocks": 64 * MIB // 512,
            "path": str(path),
            "default_sp": sp,
        }

    def file(self, alu: int) -> Path:
        return self.directory / f"lun{alu}"

    def show(self) -> None:
        """Make ``exports`` true."""
        static_exports.write(self.directory, self.exports)

    def start(self, sp: SpName) -> None:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "millpond.array.sp", "--directory", str(self.directory)),
                *("--sp", sp, "--listen", f"127.0.0.1:{self.ports[sp]}"),
            ],
            stdout=subprocess.PIPE,
        )
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        self._processes[sp] = process

    def kill(self, sp: SpName) -> None:
        process = self._processes.pop(sp, None)
        if process is not None:
            process.kill()
            process.wait()
            assert process.stdout is not None
            process.stdout.close()

    def freeze(self, sp: SpName) -> None:
        os.kill(self._processes[sp].pid, signal.SIGSTOP)

    def ended(self, sp: SpName) -> int:
        """Wait for SP ``sp`` to end by itself; with which status."""
        process = self._processes[sp]
        process.wait(30)
        return process.returncode

    def target(self, sp: SpName) -> str:
        return f"iqn.1992-04.com.emc:cx.{SERIAL.lower()}.{sp.lower()}0"

    def url(self, sp: SpName, lun: int = 0, login: str = "") -> str:
        return f"iscsi://{login}127.0.0.1:{self.ports[sp]}/{self.target(sp)}/{lun}"

    def login(self, sp: SpName, name: str = "one", **options: Any) -> Initiator:
        """A session whose first unit attention has been taken."""
        initiator = Initiator(
            ("127.0.0.1", self.ports[sp]),
            self.target(sp),
            f"iqn.2026-01.example:{name}",
            **options,
        )
        initiator.attentions(0)
        initiator.attentions(1)
        return initiator
