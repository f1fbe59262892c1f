"""Write the reference pages from the code, or with ``--check`` only say which are stale."""

import sys
from collections.abc import Callable
from pathlib import Path

from pages import cli, errors, naviseccli, operations, rest, settings, states

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"

PAGES: dict[str, Callable[[], str]] = {
    "errors.md": errors.text,
    "states.md": states.text,
    "operations.md": operations.text,
    "settings.md": settings.text,
    "cli.md": cli.text,
    "naviseccli.md": naviseccli.text,
    "rest.md": rest.text,
    "rest.json": rest.openapi,
}


def main(arguments: list[str]) -> int:
    """The exit status: 1 when ``--check`` finds a stale page, or a file has no generator."""
    check = arguments == ["--check"]
    stale = []
    for name, text in PAGES.items():
        path, fresh = REFERENCE / name, text()
        if not path.exists() or path.read_text() != fresh:
            stale.append(name)
            if not check:
                path.write_text(fresh)
    stray = sorted(p.name for p in REFERENCE.iterdir() if p.name not in {*PAGES, "README.md"})
    for name in stale:
        print(f"docs/reference/{name} {'is stale: run make docs' if check else 'written'}")
    for name in stray:
        print(f"docs/reference/{name} is made by nothing: delete it")
    return 1 if stray or (check and stale) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
