"""Every operation with its request's fields."""

from typing import Any

from millpond.operations.registry import OPERATIONS
from pages import schema
from pages.markdown import code, page, table


def text() -> str:
    parts = [_INTRODUCTION, table(("operation", "what it does", "permission"), _rows())]
    shared: dict[str, Any] = {}
    for kind, operation in OPERATIONS.items():
        document = operation.spec_type.model_json_schema()
        shared |= document.get("$defs", {})
        parts += [f"## {kind}", operation.summary + ".", schema.fields(document)]
    parts.append("## Values")
    for name, document in sorted(shared.items()):
        parts += [f"### {name}", schema.described(document)]
    return page("Operations", *parts, *schema.strings())


def _rows() -> list[tuple[str, str, str]]:
    return [
        (f"[{code(kind)}](#{kind.replace('.', '')})", o.summary, code(o.permission.value))
        for kind, o in OPERATIONS.items()
    ]


_INTRODUCTION = """\
Every change is an operation: a request with these fields, checked first (a refusal changes
nothing), then carried out by a job. See [Operations and jobs](../explanation/operations-and-jobs.md)."""
