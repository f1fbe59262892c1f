"""JSON Schema, as pydantic writes it, turned into tables."""

import json
from typing import Any

from pydantic import TypeAdapter

from millpond.domain import names
from pages.markdown import code, table

_BOUNDS = (
    ("minimum", "at least {}"),
    ("maximum", "at most {}"),
    ("minLength", "at least {} characters"),
    ("maxLength", "at most {} characters"),
    ("minItems", "at least {} of them"),
    ("maxItems", "at most {} of them"),
    ("pattern", "matches `{}`"),
)

STRINGS: dict[str, dict[str, Any]] = {
    name: TypeAdapter(getattr(names, name)).json_schema()
    for name in ("AbsolutePath", "Address", "Id", "InterfaceName", "Mac", "Name", "Tag", "Text")
}
"""The kinds of string that have a name of their own, with their rules."""

_BY_PATTERN = {rules["pattern"]: name for name, rules in STRINGS.items()}


def described(document: dict[str, Any]) -> str:
    """A named type: its own words, then its values or fields."""
    words = " ".join(document.get("description", "").split())
    if "enum" in document:
        return "\n\n".join(filter(None, (words, _values(document))))
    return "\n\n".join(filter(None, (words, fields(document))))


def fields(document: dict[str, Any]) -> str:
    """The table of an object's fields."""
    required = document.get("required", [])
    rows = [
        (
            code(name),
            type_of(field),
            "required" if name in required else code(json.dumps(field.get("default"))),
            _notes(field),
        )
        for name, field in document.get("properties", {}).items()
    ]
    return table(("field", "type", "default", "notes"), rows)


def type_of(field: dict[str, Any]) -> str:
    """A type in words; named ones link to their section."""
    if "$ref" in field:
        name = field["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    for combined in ("anyOf", "oneOf"):
        if combined in field:
            return " or ".join(type_of(option) for option in field[combined])
    if "const" in field:
        return code(field["const"])
    if "enum" in field:
        return _values(field)
    if field.get("type") == "array":
        return f"list of {type_of(field.get('items', {}))}"
    named = _BY_PATTERN.get(field.get("pattern", ""))
    return f"[{named}](#{named.lower()})" if named else str(field.get("type", "any"))


def _values(document: dict[str, Any]) -> str:
    return "one of " + ", ".join(code(value) for value in document["enum"])


def bounds(document: dict[str, Any]) -> list[str]:
    """What a value must keep to, in words."""
    return [
        text.format(document[key])
        for key, text in _BOUNDS
        if key in document and not (key == "minimum" and document[key] == 0)
    ]


def strings() -> list[str]:
    """A section on the strings that have a name."""
    parts = ["## Strings"]
    for name, rules in STRINGS.items():
        parts += [f"### {name}", "A string: " + "; ".join(bounds(rules)) + "."]
    return parts


def _notes(field: dict[str, Any]) -> str:
    notes = [" ".join(field["description"].split())] if "description" in field else []
    for part in (field, field.get("items", {}), *field.get("anyOf", ())):
        if part.get("pattern") not in _BY_PATTERN:
            notes += bounds(part)
    if "examples" in field:
        notes.append("for example " + ", ".join(code(json.dumps(e)) for e in field["examples"]))
    return "; ".join(notes)
