"""Everything hostile, offered to the adapters that take what comes from outside, under strace(1): each is
refused with its code, and the kernel's own record says that nothing outside was touched for it."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.data.hostile.corpus import CORPUS, ROWS, Attack
from tests.data.hostile.offer import MARK

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "explanation" / "image-safety.md"
CALLS = "openat,openat2,open,creat,rename,renameat,renameat2,link,linkat,symlink,symlinkat,unlink,unlinkat,mkdir,mkdirat,chmod,fchmodat,chown,fchownat,truncate,connect,execve,stat,newfstatat"  # fmt: skip
CALL = re.compile(r"^(?:\[pid +\d+\] |\d+ +)?(\w+)\((.*)\) += (-?\d+)(.*)$")
OURS = (
    *("/usr/lib/python", str(ROOT / "src"), str(ROOT / ".venv"), "/proc/self/fd", "/etc/localtime"),
    *("/sys/devices/system/cpu/online", "/proc/sys/vm/overcommit_memory"),
)
"""What the interpreter and its C library open for themselves, whatever they are given."""
LOOKUP = {"/etc/host.conf", "/etc/hosts", "/etc/nsswitch.conf", "/etc/resolv.conf", "/etc/gai.conf"}
"""What is read to look a name up."""


@dataclass
class Seen:
    """What was done for one of them, by what the kernel was asked: paths that were opened or changed,
    and programs and connections, that there really were."""

    code: str = "(never offered)"
    paths: set[str] = field(default_factory=set)
    others: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Seen]:
    where = tmp_path_factory.mktemp("corpus")
    trace = where / "trace"
    strace = ["strace", "-f", "-qq", "-y", "-s", "4096", "-e", f"trace={CALLS}", "-o", str(trace)]
    offer = [sys.executable, "-m", "tests.data.hostile.offer", str(where / "place")]
    done = subprocess.run(
        [*strace, *offer], cwd=ROOT, check=False, capture_output=True, text=True, timeout=250
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Seen] = {}
    for key, call, arguments, line in _traced(trace):
        one = found.setdefault(key, Seen())
        if call in ("connect", "execve"):
            one.others.append(line)
        elif call not in ("stat", "newfstatat"):
            one.paths.update(_paths(arguments))
    for line in done.stdout.splitlines():
        said = json.loads(line)
        found.setdefault(said["key"], Seen()).code = said["code"]
    return found


def _traced(trace: Path) -> Iterator[tuple[str, str, str, str]]:
    """Calls that succeeded between two marks, with what they are of."""
    key = ""
    for line in trace.read_text(errors="replace").splitlines():
        match = CALL.match(line)
        if match is None:
            continue
        call, arguments, result, _ = match.groups()
        if MARK in arguments:
            key = arguments.partition(MARK)[2].partition('"')[0].removesuffix("end")
        elif key and int(result) >= 0:
            yield key, call, arguments, line


def _paths(arguments: str) -> Iterator[str]:
    """Each in full: with ``-y`` strace names the directory that a path starts from."""
    for part in re.finditer(r'(?:(?:AT_FDCWD|\d+)(?:<([^>]*)>)?, )?"((?:[^"\\]|\\.)*)"', arguments):
        start, path = part.groups()
        yield path if path.startswith("/") or not start else f"{start}/{path}"


@pytest.mark.parametrize("attack", CORPUS, ids=lambda a: a.key)
def test_it_is_refused_and_nothing_outside_is_touched(
    attack: Attack, seen: dict[str, Seen], tmp_path_factory: pytest.TempPathFactory
) -> None:
    found = seen[attack.key]
    assert found.code == attack.code
    assert found.others == [], "a program was run, or somebody was connected to"
    outside = {p for p in found.paths if "/place/" not in f"{p}/" and not p.startswith(OURS)}
    assert outside <= ({"/"} | LOOKUP if attack.row == 16 else {"/"}), outside
    for path in found.paths:
        _, _, inside = path.partition("/place/")
        own = inside.startswith((f"import/{attack.key}", "OVS/.staging", "OVS/running_pool"))
        assert not inside or own or inside in ("import", "OVS"), path


def test_the_trace_is_a_real_one(seen: dict[str, Seen]) -> None:
    """What has to be opened to be refused was seen to be opened."""
    opened = [a.key for a in CORPUS if any(f"import/{a.key}" in p for p in seen[a.key].paths)]
    assert set(opened) >= {a.key for a in CORPUS if a.row != 16}


def test_every_attack_has_a_file() -> None:
    assert {a.row for a in CORPUS} == ROWS.keys()
    assert len({a.key for a in CORPUS}) == len(CORPUS)


def test_the_page_says_which_attack_is_refused_with_which_code() -> None:
    lines = [
        line.split(" | ") for line in PAGE.read_text().splitlines() if re.match(r"\| \d", line)
    ]
    said = {int(number.strip("| ")): (what, _quoted(codes)) for number, what, _, codes, _ in lines}
    assert {number: what for number, (what, _) in said.items()} == ROWS
    for number, (_, codes) in said.items():
        assert codes == {a.code for a in CORPUS if a.row == number and a.code}, number
    for _, _, files, _, further in lines:
        for name in _quoted(files):
            assert (ROOT / "tests" / "data" / "hostile" / name).is_file(), name
        for name in _quoted(further):
            assert list((ROOT / "tests").rglob(name)), name


def _quoted(cell: str) -> set[str]:
    return set(re.findall(r"`([\w.]+)`", cell))
