"""The rules of the house that a machine can check. CONTRIBUTING.md explains them."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("src", "tests", "tools", "bench", "docs", "packaging", ".ci")
LONGEST = 500
LONGEST_TEST = 750
"""A suite shares its fixtures, so it may be longer than what it tests."""


def project_files() -> list[Path]:
    """Everything people wrote here, relative to the root."""
    inside = (path for folder in FOLDERS for path in (ROOT / folder).rglob("*"))
    top = (path for path in ROOT.iterdir() if path.suffix in {".md", ".toml", ".txt"})
    found = [*inside, *top, ROOT / "Makefile"]
    generated = ("__pycache__", ".egg-info")
    return sorted(
        path.relative_to(ROOT)
        for path in found
        if path.is_file() and not any(part.endswith(generated) for part in path.parts)
    )


def test_the_list_of_files_is_not_empty() -> None:
    names = {str(path) for path in project_files()}
    assert {"README.md", "Makefile", ".ci/run", "src/millpond/domain/vm.py"} <= names


def test_arrows_run_down_only() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_file_is_too_long() -> None:
    long = {
        str(path): lines
        for path in project_files()
        if path.suffix == ".py"
        and (lines := len((ROOT / path).read_text().splitlines()))
        > (LONGEST_TEST if path.parts[0] == "tests" else LONGEST)
    }
    assert not long, f"split these by idea, not by size: {long}"


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        (r"/wor[k]/|/tmp/[w]/|/hom[e]/\w", "a path of one machine"),
        (
            r"pypi\.or[g]|pythonhoste[d]|deb\.debian\.or[g]|npmjs\.or[g]",
            "a package registry's host",
        ),
        (r"BEGIN (EC |RSA )?PRIVATE KE[Y]-", "a private key"),
        (r"(?m)^[<]{7} |^[>]{7} ", "a merge conflict"),
    ],
)
def test_no_file_holds(pattern: str, why: str) -> None:
    holders = [
        str(path)
        for path in project_files()
        if re.search(pattern, (ROOT / path).read_text(errors="replace"))
    ]
    assert not holders, f"{why} is in {holders}"
