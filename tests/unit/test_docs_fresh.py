"""The documentation says what the code does, and its links lead somewhere."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([*(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md")])
LINK = re.compile(r"(?<!!)\[[^]\[]+\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`[^`\n]*`")
SOURCE_FILE = re.compile(r"`((?:src|tests|tools|docs|bench|packaging)/[\w./-]+\w)`")
NAMED = re.compile(r"`(src/[\w./]+\.py)`:((?:,?\s+`[\w.]+`)+)")
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def test_the_reference_pages_are_fresh() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "tools/docs/build.py", "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    broken = [target for target in _links(page) if not _exists(page, target)]
    assert not broken


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_files_that_are_named_exist(page: Path) -> None:
    named = SOURCE_FILE.findall(FENCE.sub("", page.read_text()))
    assert not [name for name in named if not (ROOT / name).exists()]


def test_functions_that_are_named_exist() -> None:
    named = [
        (path, name)
        for path, names in NAMED.findall((ROOT / "CONTRIBUTING.md").read_text())
        for name in re.findall(r"`([\w.]+)`", names)
    ]
    assert len(named) > 15
    assert not [(path, name) for path, name in named if name not in _definitions(ROOT / path)]


def _definitions(path: Path) -> set[str]:
    """Functions and classes of a module; methods as ``Class.method``."""
    tops = [n for n in ast.parse(path.read_text()).body if isinstance(n, DEFINITIONS)]
    methods = {
        f"{top.name}.{node.name}"
        for top in tops
        for node in top.body
        if isinstance(top, ast.ClassDef) and isinstance(node, DEFINITIONS)
    }
    return methods | {top.name for top in tops}


def test_every_page_can_be_reached_from_the_readme() -> None:
    seen: set[Path] = set()
    todo = [ROOT / "README.md"]
    while todo:
        page = todo.pop()
        if page in seen:
            continue
        seen.add(page)
        for target in _links(page):
            path = (page.parent / target.partition("#")[0]).resolve()
            if path.suffix == ".md" and path.is_file():
                todo.append(path)
    assert sorted(set(PAGES) - seen) == []


def _links(page: Path) -> Iterator[str]:
    """Links to places in the repository; the web is not ours to test."""
    for target in LINK.findall(CODE.sub("code", FENCE.sub("", page.read_text()))):
        if "://" not in target and not target.startswith("mailto:"):
            yield target


def _exists(page: Path, target: str) -> bool:
    name, _, anchor = target.partition("#")
    path = (page.parent / name).resolve() if name else page
    if not path.exists() or not path.is_relative_to(ROOT):
        return False
    return not anchor or anchor in _anchors(path)


def _anchors(page: Path) -> set[str]:
    """The anchors that a forge gives to a page's headings."""
    headings = re.findall(r"^#+ (.*)$", FENCE.sub("", page.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.lower()).strip().replace(" ", "-") for h in headings}
