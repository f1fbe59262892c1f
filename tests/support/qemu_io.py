"""A stamping writer through QEMU's own initiator (libiscsi), with as many paths as an array has SPs."""

import select
import subprocess
import time
from collections.abc import Sequence

BLOCK = 4096


class QemuIo:
    """One ``qemu-io`` on one path."""

    def __init__(self, url: str) -> None:
        self.process = subprocess.Popen(
            ["qemu-io", "-f", "raw", url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def close(self) -> None:
        self.process.kill()
        self.process.communicate()

    def write(self, block: int, pattern: int, patience: float) -> bool:
        """Whether the write was acknowledged within ``patience`` seconds."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        try:
            self.process.stdin.write(b"write -P %d %d %d\n" % (pattern, block * BLOCK, BLOCK))
            self.process.stdin.flush()
        except BrokenPipeError:
            return False
        deadline = time.monotonic() + patience
        said = b""
        while b"wrote %d/%d bytes at offset %d" % (BLOCK, BLOCK, block * BLOCK) not in said:
            left = deadline - time.monotonic()
            if left <= 0 or not _readable(self.process.stdout.fileno(), left):
                return False
            said += self.process.stdout.read1(65536)  # type: ignore[attr-defined]
            if b"failed" in said or self.process.poll() is not None:
                return False
        return True


def _readable(handle: int, seconds: float) -> bool:
    return bool(select.select([handle], [], [], seconds)[0])


class Writer:
    """Stamps one block after the other. A path that does not acknowledge a write within ``patience``, or whose
    portal refuses connections, is left for the next one, and what it owed is written again there."""

    patience = 1.0

    def __init__(self, urls: Sequence[str], blocks: int) -> None:
        self._urls, self._blocks = list(urls), blocks
        self._path = QemuIo(self._urls[0])
        self.acknowledged: dict[int, int] = {}
        self.count = self.switched = 0
        self.longest = 0.0

    def close(self) -> None:
        self._path.close()

    def step(self) -> None:
        block, pattern = self.count % self._blocks, self.count * 7 % 255 + 1
        began = time.monotonic()
        while not self._path.write(block, pattern, self.patience):
            assert time.monotonic() - began < 60, "no path takes the write"
            self._path.close()
            self._urls.append(self._urls.pop(0))
            self._path = QemuIo(self._urls[0])
            self.switched += 1
        self.longest = max(self.longest, time.monotonic() - began)
        self.acknowledged[block] = pattern
        self.count += 1

    def lost(self, image: bytes) -> list[int]:
        """Acknowledged blocks that ``image`` does not have."""
        return [
            block
            for block, pattern in self.acknowledged.items()
            if image[block * BLOCK : (block + 1) * BLOCK] != bytes((pattern,)) * BLOCK
        ]
