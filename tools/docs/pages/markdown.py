"""The little Markdown the reference pages are made of."""

from collections.abc import Iterable, Sequence

NOTICE = "<!-- Made by `make docs` from the code; do not edit. -->"


def page(title: str, *parts: str) -> str:
    """A whole page."""
    return "\n\n".join([NOTICE, f"# {title}", *(part.strip("\n") for part in parts if part)]) + "\n"


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; cells may hold Markdown, but ``|`` and line breaks are taken care of."""
    lines = [_row(columns), _row(["---"] * len(columns)), *map(_row, rows)]
    return "\n".join(lines)


def code(text: object) -> str:
    """``text`` in the code font."""
    return f"`{text}`"


def fenced(text: str, language: str = "") -> str:
    return f"```{language}\n{text.strip()}\n```"


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(" ".join(c.split()).replace("|", "\\|") for c in cells) + " |"
