"""The text of a Xen configuration as a syntax tree. It is Python, and often that of Python 2: a line
that today's grammar does not know is left out and reported, the rest is read."""

import ast
import io
import re
import tokenize
from typing import NamedTuple

from millpond.domain.foreign import too_large, unreadable

MAX_BYTES = 64 << 10
MAX_LEFT_OUT = 32
_SECRET = re.compile(r"(?i)(\w*passw\w*['\"]?\s*[=:,]\s*)('[^']*'|\"[^\"]*\"|[^\s,'\"]+)")
_SHOWN = 160
_BETWEEN = (tokenize.NL, tokenize.COMMENT, tokenize.INDENT, tokenize.DEDENT)


class Source(NamedTuple):
    """``left_out`` are the numbers of the lines at which what is not in ``tree`` begins."""

    tree: ast.Module
    lines: tuple[str, ...]
    left_out: tuple[int, ...]

    def show(self, first: int, last: int | None = None) -> str:
        """``line N: text``, on one line, without passwords, and cut where it is long."""
        text = " ".join(line.strip() for line in self.lines[first - 1 : last or first])
        text = hide_passwords(text).removesuffix(":")
        shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
        return f"line {first}: {shown}"


def hide_passwords(text: str) -> str:
    return _SECRET.sub(r"\1***", text)


def parse(data: bytes, what: str) -> Source:
    """Raises ``Refused``: ``import.too_large``, ``import.unreadable``."""
    if len(data) > MAX_BYTES:
        raise too_large(what, f"it has {len(data)} bytes; {MAX_BYTES} are enough for any VM")
    text = _decode(data).replace("\r\n", "\n")
    lines = text.split("\n")
    working = list(lines)
    left_out: list[int] = []
    while True:
        try:
            return Source(ast.parse("\n".join(working)), tuple(lines), tuple(left_out))
        except SyntaxError as error:
            first, last = _logical_line(working, error.lineno or 1)
            if first in left_out or len(left_out) == MAX_LEFT_OUT:
                raise unreadable(what, f"line {error.lineno}: {error.msg}") from error
            left_out.append(first)
            _leave_out(working, first, last)
        except (MemoryError, RecursionError) as error:
            raise too_large(what, "an expression in it is nested too deeply") from error
        except ValueError as error:  # a NUL byte
            raise unreadable(what, str(error)) from error


def _decode(data: bytes) -> str:
    """UTF-8, or else Latin-1, which is what Python 2 took any bytes for."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _logical_line(lines: list[str], number: int) -> tuple[int, int]:
    """The first and last line (from 1) of the statement that line ``number`` is in."""
    first = None
    try:
        for token in tokenize.generate_tokens(io.StringIO("\n".join(lines) + "\n").readline):
            if token.type in _BETWEEN:
                continue
            first = first or token.start[0]
            if token.type == tokenize.NEWLINE:
                if first <= number <= token.start[0]:
                    return first, token.start[0]
                first = None
    except (tokenize.TokenError, SyntaxError):
        pass
    return number, number


def _leave_out(lines: list[str], first: int, last: int) -> None:
    indent = lines[first - 1][: len(lines[first - 1]) - len(lines[first - 1].lstrip())]
    lines[first - 1 : last] = [f"{indent}pass", *([""] * (last - first))]
