"""Nothing frees a dead server's leases early but a proof, and nothing makes a proof but the one that
weighs what fence devices say. Read from the source, for a type checker cannot see it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src/millpond"

ALLOWED = {
    "Proof": ("domain/ha/proof.py",),
    "prove": ("ha/fencing.py",),
    "write_resource": ("adapters/sanlock/",),
    "clear": ("ha/", "array/"),
}
"""Who may make a proof, have one made, overwrite a lease, clear one. An array knows no leases, and clears
other things."""


def uses(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Each name of ``ALLOWED`` that is used, with its line. A class that is only named where a type
    stands is not used; ``clear`` is one of a lease if it is given something, and not an override's
    call of what it overrides."""
    types = set(_type_names(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr == "clear" and (node.args or node.keywords) and not _overridden(node):
                yield "clear", node.lineno
        elif isinstance(node, ast.Name) and node.id in {"Proof", "prove", "write_resource"}:
            if node not in types:
                yield node.id, node.lineno
        elif isinstance(node, ast.ImportFrom | ast.Import):
            for alias in node.names:
                if alias.name.rpartition(".")[2] in ALLOWED and alias.asname:
                    yield alias.name, node.lineno
        if isinstance(node, ast.Attribute) and node.attr in {"Proof", "prove", "write_resource"}:
            yield node.attr, node.lineno


def _type_names(tree: ast.Module) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        for field in ("annotation", "returns"):
            if (annotation := getattr(node, field, None)) is not None:
                yield from ast.walk(annotation)


def _overridden(call: ast.Call) -> bool:
    assert isinstance(call.func, ast.Attribute)
    of = call.func.value
    return isinstance(of, ast.Call) and isinstance(of.func, ast.Name) and of.func.id == "super"


def wrong(source: str, path: str) -> list[str]:
    """Other things may be called proofs too, where nothing of HA is imported."""
    meant = set(ALLOWED) if "millpond.domain.ha" in source else {"write_resource", "clear"}
    return [
        f"{path}:{line} uses {name}"
        for name, line in uses(ast.parse(source))
        if name in meant and not path.startswith(ALLOWED[name])
    ]


def test_nobody_else_proves_or_clears() -> None:
    files = sorted(SOURCE.rglob("*.py"))
    found = [
        text for file in files for text in wrong(file.read_text(), str(file.relative_to(SOURCE)))
    ]
    assert not found, "a lease of a server that lives could be freed: " + ", ".join(found)


def test_those_who_may_do() -> None:
    """Else the rules would guard names that nobody uses any more."""
    used = {
        (name, path)
        for name, paths in ALLOWED.items()
        for path in paths
        for file in ([SOURCE / path] if path.endswith(".py") else (SOURCE / path).rglob("*.py"))
        if name in {n for n, _ in uses(ast.parse(file.read_text()))}
    }
    assert used == {(name, path) for name, paths in ALLOWED.items() for path in paths}


@pytest.mark.parametrize(
    "source",
    [
        "Proof(1, 2, ())",
        "proof.Proof(1, 2, ())",
        "make = Proof",
        "partial(Proof, 1)",
        "from millpond.domain.ha.proof import Proof as P",
        "prove(before, claims, after)",
        "sanlock.write_resource(b'', b'', [])",
        "partial(sanlock.write_resource, b'')",
        "await self.lockspaces.clear(lease, proof)",
        "lockspaces.clear(resource=lease, proof=proof)",
    ],
)
def test_a_breach_is_found(source: str) -> None:
    assert wrong(f"from millpond.domain.ha import proof\n{source}", "operations/breach.py")


@pytest.mark.parametrize(
    "source",
    [
        "def act(proof: Proof) -> Proof | None: ...",
        "proof: Proof",
        "from millpond.domain.ha.proof import Proof, prove",
        "found.clear()",
        "super().clear(resource, proof)",
    ],
)
def test_what_is_harmless_is_let_be(source: str) -> None:
    assert not wrong(f"from millpond.domain.ha import proof\n{source}", "sim/harmless.py")
