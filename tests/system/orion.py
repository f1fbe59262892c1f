"""The command ``orion``, run in a folder of its own."""

import shlex
from pathlib import Path

import pytest

from tests.support.cli import Result, run_cli

MIB = 1 << 20
BYTE = bytes([1])
"""What volumes are filled with."""


class Orion:
    """With the test name ``mytest``."""

    def __init__(
        self,
        folder: Path,
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        self.folder = folder
        self._capsys, self._monkeypatch = capsys, monkeypatch
        monkeypatch.chdir(folder)

    def file(self, name: str, mib: int) -> Path:
        path = self.folder / name
        path.write_bytes(BYTE * (mib * MIB))
        return path

    def names(self, *volumes: Path | str) -> None:
        """What ``mytest.lun`` names."""
        text = "".join(f"{volume}\n" for volume in volumes)
        (self.folder / "mytest.lun").write_text(text)

    def run(self, arguments: str) -> Result:
        words = ["-testname", "mytest", *shlex.split(arguments)]
        return run_cli(self._capsys, self._monkeypatch, *words, program="orion")

    def files(self) -> dict[str, str]:
        """The files of results that are text, by their endings."""
        found = [path for path in self.folder.glob("mytest_*_*_*") if path.suffix != ".png"]
        return {path.name.rpartition("_")[2]: path.read_text() for path in found}
