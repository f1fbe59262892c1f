"""What an expression of a Xen configuration can be worth, and the arithmetic on it.

Each operation here is one that configurations really use, done by us on plain values after its result
was found to be small. Nothing is looked up by a name that the file chooses.
"""

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from string import Formatter
from typing import Any

from millpond.domain.foreign import too_large

MAX_BITS = 64
MAX_ITEMS = 4096
MAX_TEXT = 64 << 10
_MAX_WIDTH = 256
_PERCENT = re.compile(r"%(?:\((?P<key>[^()]*)\))?(?P<spec>[-+ #0]*(?P<width>\d*)(?:\.(?P<digits>\d*))?[diuoxXcrsfeg])|%%|(?P<bad>%)")  # fmt: skip
_SPEC = re.compile(
    r"(?:.?[<>=^])?[-+ ]?#?0?(?P<width>\d*),?(?:\.(?P<digits>\d*))?[bcdeEfFgGnosxX%]?"
)


@dataclass(frozen=True)
class Unknown:
    """A value that only running the file would tell, and why."""

    why: str


class NotUnderstood(Exception):
    """An expression outside of the subset; its text says what."""


def check_size(value: Any, what: str) -> Any:
    """``value``, if it is no larger than a configuration needs."""
    if isinstance(value, int) and value.bit_length() > MAX_BITS:
        raise too_large(what, f"a number in it has more than {MAX_BITS} bits")
    if isinstance(value, str) and len(value) > MAX_TEXT:
        raise too_large(what, "a text in it is too long")
    if isinstance(value, list | tuple | dict) and len(value) > MAX_ITEMS:
        raise too_large(what, "a list in it is too long")
    return value


def binary(kind: str, left: Any, right: Any, what: str) -> Any:
    """One of ``+ - * / // % **``; by the class name of its ``ast`` node."""
    if kind == "Mod" and isinstance(left, str):
        return percent(left, right, what)
    if kind == "Mult":
        return _times(left, right, what)
    numbers = isinstance(left, int | float) and isinstance(right, int | float)
    if kind == "Add" and not numbers:
        if type(left) is not type(right) or not isinstance(left, str | list | tuple):
            raise NotUnderstood(f"{_kind(left)} + {_kind(right)}")
        return left + right
    if not numbers or kind not in _ARITHMETIC:
        raise NotUnderstood(f"{kind} of {_kind(left)} and {_kind(right)}")
    if kind == "Pow":
        return _power(left, right, what)
    if kind == "Div" and isinstance(left, int) and isinstance(right, int) and right:
        return left // right  # as in Python 2, which these files are written for
    return _ARITHMETIC[kind](left, right)


_ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "Add": operator.add,
    "Sub": operator.sub,
    "Div": operator.truediv,
    "FloorDiv": operator.floordiv,
    "Mod": operator.mod,
    "Pow": operator.pow,
}

COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "Eq": operator.eq,
    "NotEq": operator.ne,
    "Lt": operator.lt,
    "LtE": operator.le,
    "Gt": operator.gt,
    "GtE": operator.ge,
    "In": lambda a, b: a in b,
    "NotIn": lambda a, b: a not in b,
    "Is": lambda a, b: a is b,
    "IsNot": lambda a, b: a is not b,
}


def _times(left: Any, right: Any, what: str) -> Any:
    if isinstance(left, int) and isinstance(right, str | list | tuple):
        left, right = right, left
    if isinstance(left, str | list | tuple) and isinstance(right, int):
        if len(left) * max(right, 0) > (MAX_TEXT if isinstance(left, str) else MAX_ITEMS):
            raise too_large(what, "a text or list in it is multiplied beyond all need")
        return left * right
    if isinstance(left, int | float) and isinstance(right, int | float):
        return left * right
    raise NotUnderstood(f"{_kind(left)} * {_kind(right)}")


def _power(left: int | float, right: int | float, what: str) -> int | float:
    if abs(right) * max(int(abs(left)).bit_length(), 1) > MAX_BITS:
        raise too_large(what, "a power in it is too big")
    return _real(left**right)


def _real(value: Any) -> int | float:
    if isinstance(value, int | float):
        return value
    raise NotUnderstood("a complex number")


def percent(template: str, values: Any, what: str) -> str:
    """``template % values`` (printf-style formatting) for texts and numbers."""
    queue = list(values) if isinstance(values, tuple) else [values]

    def one(match: re.Match[str]) -> str:
        if match["bad"]:
            raise NotUnderstood("a format after % that is not known")
        if match[0] == "%%":
            return "%"
        _check_width(match["width"], match["digits"], what)
        value = _picked(match["key"], queue, values)
        return f"%{match['spec']}" % (value,)

    made = _PERCENT.sub(one, template)
    if queue and not isinstance(values, dict):
        raise NotUnderstood("more values than places in a text")
    return made


def _picked(key: str | None, queue: list[Any], values: Any) -> Any:
    if key is not None and isinstance(values, dict):
        return _plain(values[key])
    if key is not None or not queue:
        raise NotUnderstood("a place in a text without a value")
    return _plain(queue.pop(0))


def _check_width(width: str | None, digits: str | None, what: str) -> None:
    for number in (width, digits):
        if number and (len(number) > 3 or int(number) > _MAX_WIDTH):
            raise too_large(what, "a text in it is padded beyond all need")


def braces(template: str, args: list[Any], named: dict[str, Any], what: str) -> str:
    """``template.format(...)``: places by number or name, with a width at most; never an attribute or
    an index of a value."""
    made, count = [], 0
    for literal, place, spec, conversion in Formatter().parse(template):
        made.append(literal)
        if place is None:
            continue
        if conversion not in (None, "s"):
            raise NotUnderstood("a conversion in format()")
        if place == "":
            place, count = str(count), count + 1
        value = _plain(args[int(place)] if place.isdecimal() else named[place])
        made.append(formatted(value, spec or "", what))
    return "".join(made)


def formatted(value: Any, spec: str, what: str) -> str:
    match = _SPEC.fullmatch(spec)
    if match is None:
        raise NotUnderstood("a format specification")
    _check_width(match["width"], match["digits"], what)
    return format(_plain(value), spec)


def _plain(value: Any) -> str | int | float | None:
    if value is None or isinstance(value, str | int | float):
        return value
    raise NotUnderstood(f"{_kind(value)} as a text")


def _kind(value: Any) -> str:
    return type(value).__name__


def call_builtin(name: str, args: list[Any], what: str) -> Any:
    """One of the few functions of Python that configurations call."""
    match name, args:
        case "str", [value]:
            return str(_plain(value))
        case "int", [str() as text] if len(text) <= 32:
            return int(text)
        case "int", [int() | float() as number]:
            return int(number)
        case "len", [str() | list() | tuple() | dict() as value]:
            return len(value)
        case ("list" | "tuple") as kind, [list() | tuple() as value]:
            return list(value) if kind == "list" else tuple(value)
        case "range", numbers if 1 <= len(numbers) <= 3:
            return _range(numbers, what)
    raise NotUnderstood(f"the function {name}")


BUILTINS = frozenset({"str", "int", "len", "list", "tuple", "range"})


def _range(numbers: list[Any], what: str) -> list[int]:
    if not all(isinstance(n, int) for n in numbers):
        raise NotUnderstood("range of what is no whole number")
    wanted = range(*numbers)
    if len(wanted) > MAX_ITEMS:
        raise too_large(what, "a range in it is too long")
    return list(wanted)


def call_method(value: Any, name: str, args: list[Any], named: dict[str, Any], what: str) -> Any:
    """A method of a text, by its name here."""
    if isinstance(value, dict) and name == "get" and len(args) in (1, 2):
        return value.get(*args)
    if not isinstance(value, str):
        raise NotUnderstood(f"the method {name} of {_kind(value)}")
    if name == "format":
        return braces(value, args, named, what)
    if named:
        raise NotUnderstood(f"named arguments of {name}")
    match name, args:
        case "join", [list() | tuple() as parts]:
            texts = [str(_plain(p)) for p in parts]
            if sum(map(len, texts)) + len(value) * len(texts) > MAX_TEXT:
                raise too_large(what, "a text in it is too long")
            return value.join(texts)
        case "replace", [str() as old, str() as new]:
            if value.count(old) * len(new) > MAX_TEXT:
                raise too_large(what, "a text in it is too long")
            return value.replace(old, new)
        case "zfill", [int() as width]:
            _check_width(str(max(width, 0)), None, what)
            return value.zfill(width)
        case _, _ if name in _SIMPLE and all(isinstance(a, str) for a in args) and len(args) <= 1:
            return _SIMPLE[name](value, *args)
    raise NotUnderstood(f"the method {name}")


_SIMPLE: dict[str, Callable[..., Any]] = {
    "lower": str.lower,
    "upper": str.upper,
    "strip": str.strip,
    "lstrip": str.lstrip,
    "rstrip": str.rstrip,
    "split": str.split,
    "startswith": str.startswith,
    "endswith": str.endswith,
}
