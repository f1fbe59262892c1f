"""Settings of the manager and the agent."""

import types
from enum import Enum
from inspect import getdoc
from typing import Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

from millpond.agent import settings as agent
from millpond.manager import settings as manager
from pages.markdown import code, page, table


def text() -> str:
    return page(
        "Settings",
        _INTRODUCTION,
        *_section("millpond-manager", manager.Settings, str(manager.DEFAULT_FILE)),
        *_section("millpond-agent", agent.AgentSettings, str(agent.DEFAULT_FILE)),
    )


def _section(program: str, settings: type[BaseSettings], file: str) -> list[str]:
    prefix = settings.model_config["env_prefix"]
    rows = (
        (
            code(name),
            code(prefix + name.upper()),
            _type(field.annotation),
            code(_shown(field.default)),
            _notes(field),
        )
        for name, field in settings.model_fields.items()
    )
    return [
        f"## {program}",
        f"File: `{file}`.",
        getdoc(settings) or "",
        table(("setting", "environment", "type", "default", "notes"), rows),
    ]


def _type(annotation: Any) -> str:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (Union, types.UnionType):
        return " or ".join(_type(a) for a in arguments)
    if origin is Literal:
        return "one of " + ", ".join(code(a) for a in arguments)
    if origin is tuple:
        return f"list of {_type(arguments[0])}"
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return "one of " + ", ".join(code(member.value) for member in annotation)
    words = {"str": "string", "int": "integer", "float": "number", "bool": "boolean"}
    words |= {"Path": "path", "NoneType": "none", "IPv4Address": "IPv4", "IPv6Address": "IPv6"}
    name = getattr(annotation, "__name__", str(annotation))
    return words.get(name, "string" if origin is not None else name)


def _shown(value: Any) -> str:
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, tuple):
        return "[" + ", ".join(f'"{v}"' for v in value) + "]"
    return str(value).lower() if value is None or isinstance(value, bool) else str(value)


def _notes(field: FieldInfo) -> str:
    notes = [field.description] if field.description else []
    for metadata in field.metadata:
        for bound, words in (("ge", "at least"), ("gt", "more than"), ("le", "at most")):
            if (value := getattr(metadata, bound, None)) is not None:
                notes.append(f"{words} {value}")
    return "; ".join(notes)


_INTRODUCTION = """\
A setting on the command line comes before one in the environment, that before the TOML file, and that
before the default. In the environment a list is written as JSON. Unknown settings are an error."""
