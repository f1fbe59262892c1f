"""The agent of one server, as far as leases go: ``SanlockLockspaces`` and ``SanlockLeases``, spoken
to in lines over its pipes. Leases are bound to processes, so each server needs one of its own."""

import asyncio
import base64
import json
import pickle
import sys
from typing import Any

from millpond.adapters.rpc.errors import to_json
from millpond.adapters.sanlock.leases import SanlockLeases
from millpond.adapters.sanlock.lockspace import SanlockLockspaces
from millpond.domain.errors import MillpondError


def pack(value: Any) -> str:
    return base64.b64encode(pickle.dumps(value)).decode()


def unpack(text: str) -> Any:
    return pickle.loads(base64.b64decode(text))


async def _answer(target: Any, request: dict[str, Any]) -> None:
    try:
        args, names = unpack(request["args"])
        value = await getattr(target, request["method"])(*args, **names)
        message: dict[str, Any] = {"result": pack(value)}
    except MillpondError as error:
        message = {"error": to_json(error)}
    except Exception as error:
        message = {"broken": repr(error)}
    sys.stdout.write(json.dumps({"n": request["n"], **message}) + "\n")
    sys.stdout.flush()


async def main() -> None:
    targets = {"lockspaces": SanlockLockspaces(), "leases": SanlockLeases()}
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    sys.stdout.write("\n")  # it can be spoken to
    sys.stdout.flush()
    working: dict[int, asyncio.Task[None]] = {}
    while line := await reader.readline():
        request = json.loads(line)
        if "cancel" in request:
            working[request["cancel"]].cancel()
        else:
            work = _answer(targets[request["port"]], request)
            working[request["n"]] = asyncio.create_task(work)


if __name__ == "__main__":
    asyncio.run(main())
