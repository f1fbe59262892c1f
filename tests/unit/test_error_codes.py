"""The catalogue of error codes is complete and holds nothing else."""

import ast
from pathlib import Path

import millpond
from millpond.domain.errors import CODES

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


def test_every_code_in_the_catalogue_is_used() -> None:
    used: set[object] = set()
    for name, tree in _trees().items():
        catalogue = _keys_of_dicts(tree) if name == "domain/errors.py" else set()
        used |= {
            node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and node not in catalogue
        }
    assert sorted(CODES.keys() - used) == []


def _keys_of_dicts(tree: ast.Module) -> set[ast.expr | None]:
    return {key for node in ast.walk(tree) if isinstance(node, ast.Dict) for key in node.keys}
