"""Reading a Xen configuration's values without running it.

The file is Python: people compute names, loop over numbers, and ask ``os`` and ``random``. We walk its
syntax tree and do, with our own few operations and within a budget, what needs nothing but the file.
What needs more is not guessed: its value is ``Unknown``, so is what depends on it, and each statement
concerned is reported with its line and text.
"""

import ast
from dataclasses import dataclass, field
from typing import Any

from millpond.adapters.formats import xen_source
from millpond.adapters.formats.xen_source import Source
from millpond.adapters.formats.xen_values import (
    BUILTINS,
    COMPARISONS,
    NotUnderstood,
    Unknown,
    binary,
    call_builtin,
    call_method,
    check_size,
    formatted,
)
from millpond.domain.errors import Refused
from millpond.domain.foreign import too_large

MAX_STEPS = 20_000
MAX_VOLUME = 2 << 20
"""Characters and list items that all values of a file may have together."""
_WRONG = (NotUnderstood, TypeError, ValueError, KeyError, IndexError, ArithmeticError)
_NAMES: dict[str, Any] = {"True": True, "False": False, "None": None}


@dataclass(frozen=True)
class Setting:
    """A variable at the file's end, and the line that gave it its value."""

    value: Any
    line: int


@dataclass
class _State:
    what: str
    source: Source
    names: dict[str, Setting] = field(default_factory=dict)
    reports: dict[int, str] = field(default_factory=dict)
    steps: int = 0
    volume: int = 0


def evaluate(data: bytes, what: str) -> tuple[dict[str, Setting], tuple[str, ...]]:
    """The file's variables, and a sentence for each statement that was not understood. Raises
    ``Refused``: ``import.too_large``, ``import.unreadable``."""
    source = xen_source.parse(data, what)
    state = _State(what, source)
    for line in source.left_out:
        state.reports[line] = f"{source.show(line)}: this is not Python 3's grammar"
    try:
        _block(source.tree.body, state)
    except RecursionError as error:
        raise too_large(what, "an expression in it is nested too deeply") from error
    return state.names, tuple(text for _, text in sorted(state.reports.items()))


def _block(statements: list[ast.stmt], state: _State) -> None:
    for statement in statements:
        _step(state)
        try:
            _statement(statement, state)
        except _WRONG as error:
            _give_up(statement, _why(error), state)


def _why(error: Exception) -> str:
    return (
        f"{error} is not understood" if isinstance(error, NotUnderstood) else f"it fails: {error}"
    )


def _step(state: _State) -> None:
    state.steps += 1
    if state.steps > MAX_STEPS:
        raise too_large(state.what, f"it takes more than {MAX_STEPS} steps to read")


def _give_up(statement: ast.stmt, why: str, state: _State) -> None:
    """Report the statement, and forget whatever it may have set."""
    _report(statement, why, state)
    for node in ast.walk(statement):
        _step(state)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            state.names[node.id] = Setting(Unknown(why), statement.lineno)


def _report(statement: ast.stmt, why: str, state: _State) -> None:
    last = statement.end_lineno if not hasattr(statement, "body") else statement.lineno
    shown = state.source.show(statement.lineno, last)
    state.reports.setdefault(statement.lineno, f"{shown}: {xen_source.hide_passwords(why)}")


def _statement(node: ast.stmt, state: _State) -> None:
    match node:
        case ast.Assign(targets=targets):
            value = _assigned(node, node.value, state)
            for target in targets:
                _store(target, value, node, state)
        case ast.AnnAssign(target=ast.Name() as target, value=ast.expr() as given):
            _store(target, _assigned(node, given, state), node, state)
        case ast.AugAssign(target=ast.Name() as target):
            name = ast.Name(target.id, ast.Load(), lineno=node.lineno, col_offset=0)
            sum_ = ast.BinOp(name, node.op, node.value, lineno=node.lineno, col_offset=0)
            _store(target, _assigned(node, sum_, state), node, state)
        case ast.Expr(value=ast.Constant()) | ast.Pass():
            pass
        case ast.Expr(value=ast.Call() as call):
            _grow(node, call, state)
        case ast.If():
            _if(node, state)
        case ast.For(target=ast.Name(), orelse=[]):
            _for(node, state)
        case ast.Import() | ast.ImportFrom():
            _import(node, state)
        case ast.FunctionDef(name=name):
            why = f"it needs the function {name}, which is not run"
            state.names[name] = Setting(Unknown(why), node.lineno)
            _report(node, "functions are not run", state)
        case _:
            raise NotUnderstood(f"a statement of this kind ({type(node).__name__})")


def _assigned(node: ast.stmt, value: ast.expr, state: _State) -> Any:
    found = _value(value, state)
    why = _unknown_in(found)
    if why:
        part = "" if isinstance(found, Unknown) else "an entry of it is left out: "
        _report(node, part + why, state)
    return found


def _unknown_in(value: Any) -> str:
    if isinstance(value, Unknown):
        return value.why
    if isinstance(value, list | tuple):
        return next((v.why for v in value if isinstance(v, Unknown)), "")
    return ""


def _store(target: ast.expr, value: Any, node: ast.stmt, state: _State) -> None:
    match target:
        case ast.Name(id=name):
            state.names[name] = Setting(value, node.lineno)
        case ast.Tuple(elts=elts) | ast.List(elts=elts):
            values = [value] * len(elts) if isinstance(value, Unknown) else list(value)
            if len(values) != len(elts):
                raise NotUnderstood("more or fewer names than values")
            for each, one in zip(elts, values, strict=True):
                _store(each, one, node, state)
        case _:
            raise NotUnderstood("an assignment to a part of a value")


def _grow(node: ast.stmt, call: ast.Call, state: _State) -> None:
    """``disk.append(...)`` and ``disk.extend(...)`` of a list that the file has made."""
    match call:
        case ast.Call(
            func=ast.Attribute(value=ast.Name(id=name), attr=("append" | "extend") as how),
            args=[argument],
            keywords=[],
        ) if name in state.names and isinstance(state.names[name].value, list):
            added = _assigned(node, argument, state)
            more = [added] if how == "append" else added
            grown = [*state.names[name].value, *([more] if isinstance(more, Unknown) else more)]
            check_size(grown, state.what)
            state.names[name] = Setting(grown, node.lineno)
        case _:
            value = _value(call, state)
            why = value.why if isinstance(value, Unknown) else "it has no effect"
            _give_up(node, why, state)


def _if(node: ast.If, state: _State) -> None:
    test = _value(node.test, state)
    if isinstance(test, Unknown):
        _give_up(node, f"neither branch is taken: {test.why}", state)
        return
    _block(node.body if test else node.orelse, state)


def _for(node: ast.For, state: _State) -> None:
    items = _value(node.iter, state)
    if isinstance(items, Unknown) or not isinstance(items, list | tuple | str):
        why = items.why if isinstance(items, Unknown) else "it goes over no list"
        _give_up(node, f"the loop is not run: {why}", state)
        return
    for item in items:
        _store(node.target, item, node, state)
        _block(node.body, state)


def _import(node: ast.Import | ast.ImportFrom, state: _State) -> None:
    """Modules are never loaded; a file that only imports one loses nothing, so it is not reported."""
    origin = "" if isinstance(node, ast.Import) else f"{node.module}."
    for alias in node.names:
        name = (alias.asname or alias.name).split(".")[0]
        why = f"it needs {origin}{alias.name}, which is not run"
        state.names[name] = Setting(Unknown(why), node.lineno)


def _value(node: ast.expr, state: _State) -> Any:
    """The value of an expression, counted against the budget."""
    _step(state)
    value = check_size(_expression(node, state), state.what)
    if isinstance(value, str | list | tuple | dict):
        state.volume += len(value)
    if state.volume > MAX_VOLUME:
        raise too_large(state.what, "its values are too large together")
    return value


def _expression(node: ast.expr, state: _State) -> Any:
    match node:
        case ast.Constant(value=value) if isinstance(value, str | int | float | None):
            return value
        case ast.Name(id=name):
            return _lookup(name, state)
        case ast.List(elts=elts):
            return [_value(e, state) for e in elts]
        case ast.Tuple(elts=elts):
            return tuple(_value(e, state) for e in elts)
        case ast.Dict(keys=keys, values=values) if all(isinstance(k, ast.Constant) for k in keys):
            known = [k.value for k in keys if isinstance(k, ast.Constant)]
            return dict(zip(known, (_value(v, state) for v in values), strict=True))
        case ast.BoolOp():
            return _bool_op(node, state)
        case ast.IfExp():
            test = _value(node.test, state)
            if isinstance(test, Unknown):
                return test
            return _value(node.body if test else node.orelse, state)
        case _:
            return _computed(node, state)


def _lookup(name: str, state: _State) -> Any:
    if name in state.names:
        return state.names[name].value
    if name in _NAMES:
        return _NAMES[name]
    return Unknown(f"it needs {name}, which the file does not set")


def _bool_op(node: ast.BoolOp, state: _State) -> Any:
    wanted = isinstance(node.op, ast.Or)
    value: Any = None
    for each in node.values:
        value = _value(each, state)
        if isinstance(value, Unknown) or bool(value) is wanted:
            return value
    return value


def _computed(node: ast.expr, state: _State) -> Any:
    """An expression whose parts all have to be known."""
    parts = _parts(node)
    if parts is None:
        raise NotUnderstood(f"an expression of this kind ({type(node).__name__})")
    values = [_value(p, state) for p in parts]
    for value in values:
        why = _unknown_in(value)
        if why:
            return Unknown(why)
    try:
        return _combine(node, values, state.what)
    except Refused:
        raise
    except _WRONG as error:
        return Unknown(_why(error))


def _parts(node: ast.expr) -> list[ast.expr] | None:
    match node:
        case ast.BinOp(left=left, right=right):
            return [left, right]
        case ast.UnaryOp(operand=operand):
            return [operand]
        case ast.Compare(left=left, comparators=[right]):
            return [left, right]
        case ast.Subscript(value=value, slice=ast.Slice(lower=lower, upper=upper, step=None)):
            return [value, *(b for b in (lower, upper) if b is not None)]
        case ast.Subscript(value=value, slice=index):
            return [value, index]
        case ast.JoinedStr(values=values):
            return [v.value if isinstance(v, ast.FormattedValue) else v for v in values]
        case ast.Attribute(value=value):
            return [value]
        case ast.Call(func=ast.Name(id=name), args=args) if name in BUILTINS:
            return list(args)
        case ast.Call(func=ast.Attribute(value=value), args=args, keywords=keywords):
            return [value, *args, *(k.value for k in keywords)]
        case ast.Call(func=ast.Name() as name):
            return [name]
    return None


def _combine(node: ast.expr, values: list[Any], what: str) -> Any:
    match node:
        case ast.BinOp(op=op):
            return binary(type(op).__name__, values[0], values[1], what)
        case ast.UnaryOp(op=ast.Not()):
            return not values[0]
        case ast.UnaryOp(op=ast.USub()) if isinstance(values[0], int | float):
            return -values[0]
        case ast.Compare(ops=[op]):
            return COMPARISONS[type(op).__name__](values[0], values[1])
        case ast.Subscript(slice=ast.Slice(lower=lower, upper=upper)):
            bounds = values[1:]
            first = bounds.pop(0) if lower is not None else None
            return values[0][first : bounds.pop(0) if upper is not None else None]
        case ast.Subscript():
            return values[0][values[1]]
        case ast.JoinedStr(values=parts):
            return "".join(_piece(p, v, what) for p, v in zip(parts, values, strict=True))
        case ast.Call(func=ast.Name(id=name), keywords=[]):
            return call_builtin(name, values, what)
        case ast.Call(func=ast.Attribute(attr=name), args=args, keywords=keywords):
            given = values[1 : 1 + len(args)]
            named = dict(
                zip((k.arg or "**" for k in keywords), values[1 + len(args) :], strict=True)
            )
            return call_method(values[0], name, given, named, what)
    raise NotUnderstood(f"an expression of this kind ({type(node).__name__})")


def _piece(part: ast.expr, value: Any, what: str) -> str:
    if not isinstance(part, ast.FormattedValue):
        return str(value)
    spec = ""
    match part:
        case ast.FormattedValue(conversion=-1, format_spec=None):
            pass
        case ast.FormattedValue(
            conversion=-1, format_spec=ast.JoinedStr(values=[ast.Constant(value=str() as spec)])
        ):
            pass
        case _:
            raise NotUnderstood("a conversion in an f-string")
    return formatted(value, spec, what)
