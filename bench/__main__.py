"""All benchmarks: ``python -m bench [--save NAME]``, as root.

Each runs in a process of its own, so that none inherits another's heap. ``--save`` also writes what is
printed to ``bench/results/<date>-NAME.md``. The exit code is 1 when a promise was missed.
"""

import argparse
import subprocess
import sys

from bench.common import machine, write_result

ALL = ("create_running", "clone", "migration", "api", "memory")


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench")
    parser.add_argument("--save", metavar="NAME", help="a short name of this machine")
    save = parser.parse_args().save
    printed = [machine() + "\n"]
    print(printed[0], flush=True)
    code = 0
    for name in ALL:
        done = subprocess.run(
            [sys.executable, "-m", f"bench.{name}"], stdout=subprocess.PIPE, text=True, check=False
        )
        print(done.stdout, flush=True)
        printed.append(done.stdout)
        code = max(code, done.returncode)
    if save:
        write_result(save, printed)
    return code


if __name__ == "__main__":
    sys.exit(main())
