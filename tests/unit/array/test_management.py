"""The management server beside what else its process does."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from millpond.array.navisphere.server import ManagementServer
from millpond.array.store.store import Store
from tests.support.arrays import made


def test_commands_are_carried_out_in_other_threads_than_hosts_io(tmp_path: Path) -> None:
    array = made(tmp_path)
    array.run("security", "-certificate", "-setLevel", "low")
    store, busy = Store(array.root), threading.Event()

    async def scenario() -> None:
        loop, client = asyncio.get_running_loop(), ThreadPoolExecutor(1)
        loop.set_default_executor(ThreadPoolExecutor(1))
        io = loop.run_in_executor(None, busy.wait)
        server = ManagementServer(store, "A", array.addresses["A"])
        await server.start()
        asked = loop.run_in_executor(client, array.run, "getagent")
        done, _ = await asyncio.wait([asked], timeout=30)
        busy.set()
        answer = await asked
        await io
        await server.stop()
        assert done, "it waited for the I/O"
        assert answer.returncode == 0, answer.stdout

    asyncio.run(scenario())
    store.close()
