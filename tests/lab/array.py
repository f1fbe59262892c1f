"""A pool in a lab, and a real array in its network: two storage processors beside the manager."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from millpond.array.model import pools, ports
from millpond.array.model.state import State, Usage
from millpond.array.model.types import SPS
from millpond.array.store import files
from millpond.array.store.store import Store
from millpond.lab.netns import NetworkNamespace
from tests.lab.pool import PoolLab, pool_lab
from tests.support.api import Json
from tests.support.arrays import RunningArray, made

NET, FIRST = "198.18.0", 3


@dataclass
class ArrayLab:
    pool: PoolLab
    array: RunningArray

    def file(self, number: int) -> Path:
        """Where the array has a LUN's data."""
        store = Store(self.array.root)
        try:
            return files.path_of(self.array.root, store.state().luns[number])
        finally:
            store.close()

    def keeps(self, server: str, lun: Json) -> bool:
        """Whether that server has it, by what lies there."""
        path = f"/var/lib/millpond/luns/{lun['uid']}.json"
        return self.pool.lab.exec(server, ["test", "-e", path]).returncode == 0


def _furnished(state: State, _: Usage, addresses: dict[str, str]) -> State:
    state = pools.create(state, "pool", [f"0_0_{n}" for n in range(5)])
    for sp in SPS:
        state = ports.configure(state, sp, 0, addresses[sp], "255.255.255.0", f"{NET}.1")
    return state


@contextmanager
def array_lab(directory: Path) -> Iterator[ArrayLab]:
    """The array has pool ``pool``, and its processes run in the lab's network."""
    array = made(directory / "array", NET, FIRST)
    store = Store(array.root)
    store.change(lambda state, usage: _furnished(state, usage, array.addresses), 0.0)
    store.close()
    with pool_lab(directory) as pool:
        network = NetworkNamespace(pool.lab.layout.switch_pid, "")
        network.ip(f"addr add {address}/24 dev sw0" for address in array.addresses.values())
        array.within = tuple(network.argv(()))
        try:
            for sp in SPS:
                array.start(sp)
            yield ArrayLab(pool, array)
        finally:
            for sp in list(array.sps):
                array.kill(sp)
