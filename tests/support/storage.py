"""An array with two LUNs for everybody, whose storage processors a test kills, freezes and starts again."""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from millpond.array.exports import ISCSI, SpName
from millpond.array.model import groups, initiators, pool_luns, pools, ports
from millpond.array.model.state import State, Usage
from millpond.array.model.types import SPS, LunKind, Secret
from millpond.array.store import files
from millpond.array.store.store import Store
from tests.support.arrays import SERIAL, RunningArray, made
from tests.support.initiator import Initiator

MIB = 1 << 20
LUN_BLOCKS = 64 * MIB // 512
EXAMPLE = "iqn.2026-01.example"
LIBISCSI = "iqn.2007-10.com.github:sahlberg:libiscsi"
QEMU = "iqn.2008-11.org.linux-kvm"
EVERYBODY = (
    *(f"{EXAMPLE}:one", f"{EXAMPLE}:two", QEMU),
    *(f"{LIBISCSI}:iscsi-test", f"{LIBISCSI}:iscsi-test-2", f"{LIBISCSI}:iscsi-inq"),
)
Command = Callable[[State, Usage], State]


class Storage:
    """LUNs 0 and 1, by default SP A's and SP B's, under the same HLUs for ``EVERYBODY``."""

    def __init__(
        self,
        directory: Path,
        *,
        blocks: int = LUN_BLOCKS,
        failover_mode: Literal[1, 4] = 4,
        chap: Secret | None = None,
        serial: str = SERIAL,
        seed: str = "12603d00",
    ) -> None:
        self.serial = serial
        self.array: RunningArray = made(directory, serial=serial, seed=seed)
        self.store = Store(self.array.root)
        self.change(
            lambda state, usage: _shown(state, usage, blocks, self.addresses, failover_mode)
        )
        if chap is not None:
            secrets = dict.fromkeys(EVERYBODY, chap)
            self.change(lambda state, _: state.model_copy(update={"secrets": secrets}))

    def __enter__(self) -> "Storage":
        try:
            for sp in SPS:
                self.start(sp)
        except BaseException:
            self.__exit__()  # an SP that does not come up is not left behind
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for sp in SPS:
            self.kill(sp)
        self.store.close()

    @property
    def addresses(self) -> dict[str, str]:
        return self.array.addresses

    def change(self, command: Command) -> None:
        self.store.change(command, 0.0)

    def file(self, alu: int) -> Path:
        return files.path_of(self.array.root, self.store.state().luns[alu])

    def start(self, sp: SpName) -> None:
        self.array.start(sp)

    def kill(self, sp: SpName) -> None:
        if sp in self.array.sps:
            self.array.kill(sp)

    def freeze(self, sp: SpName) -> None:
        os.kill(self.array.sps[sp].pid, signal.SIGSTOP)

    def ended(self, sp: SpName) -> int:
        """Wait for SP ``sp`` to end by itself; with which status."""
        return self.array.sps[sp].wait(30)

    def target(self, sp: SpName) -> str:
        return f"iqn.1992-04.com.emc:cx.{self.serial.lower()}.{sp.lower()}0"

    def portal(self, sp: SpName) -> tuple[str, int]:
        return self.addresses[sp], ISCSI

    def url(self, sp: SpName, lun: int = 0, login: str = "") -> str:
        return f"iscsi://{login}{self.addresses[sp]}:{ISCSI}/{self.target(sp)}/{lun}"

    def login(self, sp: SpName, name: str = "one", **options: Any) -> Initiator:
        """A session whose first unit attention has been taken."""
        initiator = Initiator(self.portal(sp), self.target(sp), f"{EXAMPLE}:{name}", **options)
        initiator.attentions(0)
        initiator.attentions(1)
        return initiator


def _shown(
    state: State,
    usage: Usage,
    blocks: int,
    addresses: dict[str, str],
    failover_mode: Literal[1, 4],
) -> State:
    state = pools.create(state, "Pool", [f"0_0_{n}" for n in range(5)])
    state = groups.create(state, "everybody")
    for number in (0, 1):
        pool = state.pools[0]
        state = pool_luns.create(state, usage, pool, blocks, kind=LunKind.THIN, number=number)
        state = groups.add_hlu(state, "everybody", number, number)
    for sp in SPS:
        state = ports.configure(state, sp, 0, addresses[sp], "255.0.0.0", "127.0.0.1")
        for uid in EVERYBODY:
            state = initiators.register(
                state, uid, sp, 0, group="everybody", failover_mode=failover_mode
            )
    return state
