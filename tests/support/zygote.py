"""Starts Millpond programs by forking a process that has imported them already.

A crash test starts hundreds of managers and agents; importing takes a second each time, forking
takes milliseconds. What runs in the child is the program's own ``main`` with its own arguments.
"""

import atexit
import importlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any


class Zygote:
    """One parent for many children. Close it when done; children outlive it unless killed."""

    def __init__(self, *modules: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.zygote", *modules],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n"

    def spawn(self, module: str, argv: list[str], env: dict[str, str], log: Path) -> int:
        """Run ``module.main()`` with ``argv`` in a child; returns its pid."""
        assert self._process.stdin is not None and self._process.stdout is not None
        request = {"module": module, "argv": argv, "env": env, "log": str(log)}
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def close(self) -> None:
        self._process.kill()  # its orderly end would take down module after module
        self._process.communicate()


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def kill(pid: int, number: int = signal.SIGKILL, patience: float = 60) -> None:
    """Signal a process and wait until it is gone."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
    deadline = time.monotonic() + patience
    while alive(pid):
        if time.monotonic() > deadline:
            raise TimeoutError(f"process {pid} does not end")
        time.sleep(0.005)


def _child(request: dict[str, Any]) -> None:
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    log = os.open(request["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    null = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((null, 0), (log, 1), (log, 2)):
        os.dup2(source, target)
    os.closerange(3, 64)
    os.environ.update(dict(request["env"]))
    sys.argv = [request["module"], *request["argv"]]
    try:
        importlib.import_module(request["module"]).main()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    atexit._run_exitfuncs()
    sys.stdout.flush()
    os._exit(code)  # an orderly end would take down module after module, for a second


def _serve() -> None:
    for module in sys.argv[1:]:
        importlib.import_module(module)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # children are reaped by the kernel
    print("ready", flush=True)
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            _child(json.loads(line))
        print(pid, flush=True)


if __name__ == "__main__":
    _serve()
