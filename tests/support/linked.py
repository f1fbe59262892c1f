"""Two arrays that are linked to each other, and hosts whose array dies under them."""

import io
import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, redirect_stdout
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from unittest.mock import patch

from millpond.array import linking
from millpond.array.exports import SpName
from millpond.array.model.mirror_types import ImageState
from millpond.array.model.types import SPS
from millpond.array.navisphere.client import main as client
from millpond.array.navisphere.client.arguments import parse
from tests.support.arrays import PASSWORD, USER, until
from tests.support.initiator import Initiator
from tests.support.stamps import Stamper, stamp
from tests.support.storage import LUN_BLOCKS, Storage

PATIENCE = 120.0
"""Seconds that arrays may take, on a machine that has much else to do, for what takes them a second or two."""
SERIAL_TWO = "APM00153042306"
ONE, TWO = "50:06:01:60:12:60:3D:00", "50:06:01:60:22:60:3D:00"
"""What their images are called."""


@dataclass
class Pair:
    """``sps`` are those that run, of each; ``kind`` is that of the mirrors."""

    one: Storage
    two: Storage
    sps: Sequence[SpName]
    kind: str = "sync"

    def wait_linked(self, up: bool = True) -> None:
        there = "Enabled on both SPs" if len(self.sps) == 2 else f"Enabled on SP {self.sps[0]}"
        wanted = f"Status:  {there if up else 'No link'}\n"
        for storage in (self.one, self.two):
            until(lambda s=storage: wanted in info(s, self.sps[0]), PATIENCE)  # type: ignore[misc]

    def mirror(self, lun: int = 0, rate: str = "high", policy: str = "auto", *how: str) -> None:
        """LUN ``lun`` of the first array has that of the second as its image, which is whole."""
        words = ("-name", f"m{lun}", "-lun", f"{lun}")
        navi(self.one, "mirror", f"-{self.kind}", "-create", *words, "-o")
        self.add(lun, rate, policy, *how)
        sync = self.kind == "sync"
        self.wait(ImageState.SYNCHRONIZED if sync else ImageState.CONSISTENT, lun)

    def add(self, lun: int = 0, rate: str = "high", policy: str = "auto", *how: str) -> None:
        words = ("-name", f"m{lun}", "-arrayhost", self.two.addresses["B"], "-lun", f"{lun}")
        how = ("-recoverypolicy", policy, "-syncrate", rate, *how)
        navi(self.one, "mirror", f"-{self.kind}", "-addimage", *words, *how)

    def wait(self, state: ImageState, lun: int = 0, at: Storage | None = None) -> None:
        storage = at or self.one
        until(lambda: state_of(storage, lun) is state, PATIENCE)

    def act(self, action: str, *words: str, uid: str = TWO, at: Storage | None = None) -> str:
        """On the mirror of LUN 0."""
        whole = ("-name", "m0", "-imageuid", uid, *words, "-o")
        return navi(at or self.one, "mirror", f"-{self.kind}", action, *whole)

    def update(self) -> None:
        """The asynchronous image is what its primary was at some moment of this call."""
        self.act("-syncimage")
        self.updated()

    def updated(self) -> None:
        """Nothing is under way, and nothing asked for."""
        until(lambda: _idle(self.one), PATIENCE)

    def alike(self, lun: int = 0) -> bool:
        return self.one.file(lun).read_bytes() == self.two.file(lun).read_bytes()


def uid_of(storage: Storage) -> str:
    """Of its images."""
    return TWO if storage.serial == SERIAL_TWO else ONE


def state_of(storage: Storage, lun: int = 0) -> ImageState:
    """On record."""
    return storage.store.state().mirrors[f"m{lun}"].state


def _idle(storage: Storage) -> bool:
    updates = storage.store.state().mirrors["m0"].updates
    assert updates is not None
    return not updates.under_way and not updates.asked


def shown(storage: Storage, label: str = "Image State", kind: str = "sync") -> str:
    """As ``-list`` shows it; of the secondary image, if both have it."""
    text = navi(storage, "mirror", f"-{kind}", "-list", "-name", "m0")
    return [line for line in text.splitlines() if line.startswith(f"{label}:")][-1].split(":  ")[1]


def info(storage: Storage, sp: SpName = "A") -> str:
    return navi(storage, "mirror", "-sync", "-info", sp=sp)


def typed(storage: Storage, *words: str, sp: SpName = "A") -> tuple[int, str]:
    """``naviseccli``, without a process of its own; exit status and what it says."""
    who = ("-user", USER, "-password", PASSWORD, "-scope", "0")
    command = ["-h", storage.addresses[sp], *who, *words]
    with (
        patch.dict(os.environ, {"HOME": str(storage.array.home)}),
        redirect_stdout(io.StringIO()) as said,
    ):
        status = client._run(parse(command))
    return status, said.getvalue()


def navi(storage: Storage, *words: str, sp: SpName = "A") -> str:
    status, said = typed(storage, *words, sp=sp)
    assert status == 0, said
    return said


@contextmanager
def pair(
    directory: Path,
    sps: Sequence[SpName] = ("A",),
    blocks: int = LUN_BLOCKS,
    kind: str = "sync",
) -> Iterator[Pair]:
    """Linked, and up, but for what SPs are not of ``sps``."""
    one = Storage(directory / "one", blocks=blocks)
    two = Storage(directory / "two", blocks=blocks, serial=SERIAL_TWO, seed="22603d00")
    with ExitStack() as stack:
        for storage, other in ((one, two), (two, one)):
            stack.callback(storage.__exit__)
            linking.link(storage.array.root, linking.described(other.array.root))
            with patch.dict(os.environ, {"HOME": str(storage.array.home)}):
                client._run(parse(["security", "-certificate", "-setLevel", "low"]))
            for sp in sps:
                storage.start(sp)
        found = Pair(one, two, sps, kind)
        found.wait_linked()
        yield found


def settle(host: Initiator, lun: int = 0) -> tuple[int, int, int] | None:
    """What there was to tell of the LUN has been told; why it cannot be read, if so."""
    while (result := host.read(lun, 0, 1)).sense and result.sense[0] == 6:
        pass
    return result.sense


def image(storage: Storage, blocks: int, lun: int = 0, sp: SpName = "A") -> bytes:
    """As another host reads it than those that write."""
    with storage.login(sp, "two") as host:
        assert settle(host, lun) is None
        return b"".join(host.read(lun, at, 256).data for at in range(0, blocks, 256))


class Doomed(Stamper):
    """A writer whose array dies: it is over when ``gone`` is set and no path is left."""

    def __init__(self, storage: Storage, lun: int, blocks: int) -> None:
        super().__init__(storage, lun, blocks)
        self.gone = threading.Event()

    def run(self) -> None:
        try:
            for sp in cycle(SPS):
                if self.gone.is_set():
                    return
                self._through(sp)
        except BaseException as error:
            self.error = error

    def end(self) -> None:
        self.gone.set()
        self.join(PATIENCE)
        assert not self.is_alive()
        assert self.error is None, self.error

    def lost(self, found: bytes) -> list[int]:
        """Blocks with neither the last number that was acknowledged nor the one that was under way."""
        return [
            block
            for block, number in self.last.items()
            if found[block * 512 : block * 512 + 512]
            not in (stamp(number), stamp(self._owed.get(block, (number, 0.0))[0]))
        ]
