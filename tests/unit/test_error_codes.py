"""The catalogue of error codes is complete and holds nothing else."""

import ast
from pathlib import Path

import millpond
from millpond.domain.errors import CODES
from millpond.operations.registry import OPERATIONS

PACKAGE = Path(millpond.__file__).parent


def _trees() -> dict[str, ast.Module]:
    return {
        str(path.relative_to(PACKAGE)): ast.parse(path.read_text())
        for path in PACKAGE.rglob("*.py")
    }


def test_every_code_that_is_raised_is_in_the_catalogue() -> None:
    strangers = []
    for name, tree in _trees().items():
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id == "Refused"
                and node.args
                and isinstance(node.args[0], ast.Constant)
                and node.args[0].value not in CODES
            ):
                strangers.append(f"{name}:{node.lineno}: {node.args[0].value!r}")
    assert not strangers


DOCUMENTING = {"serves", "runs"}
"""Calls that only tell of codes, as do the tables of ``manager/api/deps.py``."""


def test_every_code_in_the_catalogue_is_used() -> None:
    used: set[object] = set()
    for name, tree in _trees().items():
        if name not in ("domain/errors.py", "manager/api/deps.py"):
            told = {c for node in ast.walk(tree) if _documents(node) for c in ast.walk(node)}
            used |= {
                n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and n not in told
            }
    assert sorted(CODES.keys() - used) == []


def test_no_code_is_called_as_an_operation_is() -> None:
    """It would pass for used wherever the operation is named."""
    assert not CODES.keys() & OPERATIONS.keys()


def _documents(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in DOCUMENTING
    )
