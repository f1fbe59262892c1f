"""From an HTTP request to an operation's spec: path, query, If-Match and body, put together.

The specs are declared once, beside their operations. ``Asked(vm="key")`` on a handler's argument
says: field ``vm`` comes from the path parameter ``key``, every other field from the JSON body.
"""

import inspect
import json
import re
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Body, Depends, Header, Path, Query
from fastapi.exceptions import RequestValidationError
from pydantic import (
    BaseModel,
    ConfigDict,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    create_model,
)
from pydantic.fields import FieldInfo

from millpond.domain.errors import Refused
from millpond.manager.api.errors import invalid

IF_MATCH = re.compile(r'^"(\d{1,18})"$')

IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        description='Only if the object\'s ETag still is this, such as `"7"`, or `*` (RFC 9110)',
        examples=['"7"'],
        max_length=64,
    ),
]


def generation(if_match: str | None) -> int | None:
    """The generation an If-Match header asks for. Raises ``Refused(request.invalid)``."""
    if if_match is None or if_match.strip() == "*":
        return None
    found = IF_MATCH.match(if_match.strip())
    if found is None:
        raise invalid('If-Match must be an ETag as it was received, such as "7", or *')
    return int(found.group(1))


def body_model(spec: type[BaseModel], names: list[str], label: str) -> type[BaseModel]:
    """A model of some fields of ``spec``, for the documentation and first validation of a body."""
    fields: dict[str, Any] = {
        n: (spec.model_fields[n].annotation, spec.model_fields[n]) for n in names
    }
    return create_model(
        label,
        __config__=ConfigDict(extra="forbid", frozen=True),
        __doc__=inspect.getdoc(spec) if spec.__doc__ else None,
        **fields,
    )


def Asked(  # noqa: N802 - reads as a marker in annotations, as FastAPI's Path and Body do
    spec: type[BaseModel], body: str | None = None, query: tuple[str, ...] = (), **path: str
) -> Any:
    """The dependency that builds ``spec``.

    ``path`` maps fields to path parameters, ``query`` names fields given in the query string.
    ``body`` names the one field that is the whole JSON body; without it the body is an object of
    all remaining fields (and none at all if none remain).
    """
    taken = {*path, *query, "if_match"}
    rest = [name for name in spec.model_fields if name not in taken]
    parameters = [_parameter(p, spec.model_fields[f], Path()) for f, p in path.items()]
    parameters += [_parameter(f, spec.model_fields[f], Query()) for f in query]
    if "if_match" in spec.model_fields:
        parameters.append(_keyword("if_match", IfMatch, None))
    if body is not None:
        wanted: Any = spec.model_fields[body].annotation
        parameters.append(_keyword("body", _json(wanted), inspect.Parameter.empty))
    elif rest:
        wanted = body_model(spec, rest, spec.__name__.removesuffix("Spec") + "Request")
        optional = not any(spec.model_fields[n].is_required() for n in rest)
        default = wanted() if optional else inspect.Parameter.empty
        parameters.append(_keyword("body", _json(wanted), default))

    def build(**given: Any) -> BaseModel:
        values: dict[str, Any] = {f: given[p] for f, p in path.items()}
        values |= {f: given[f] for f in query}
        if "if_match" in given:
            values["if_match"] = generation(given["if_match"])
        if body is not None:
            values[body] = given["body"]
        elif rest:
            asked = given["body"]
            values |= {n: getattr(asked, n) for n in asked.model_fields_set}
        try:
            return spec(**values)
        except ValidationError as error:
            raise RequestValidationError(
                [{**e, "loc": ("body", *e["loc"])} for e in error.errors()]
            ) from error

    return Depends(_with_signature(build, parameters))


def _json(model: Any) -> Any:
    """``model`` as a JSON body, to the letter of its schema: pydantic would take ``false`` for the
    number 0 and "5" for 5. Only its JSON mode can be strict and still know a list for a tuple."""

    def strictly(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
        if isinstance(value, bytes):
            return handler(value)  # not sent as JSON: let it be refused
        return model.model_validate_json(json.dumps(value), strict=True)

    return Annotated[model, WrapValidator(strictly), Body()]


def _parameter(name: str, field: FieldInfo, source: Any) -> inspect.Parameter:
    """Not the field's own default and examples alone: its type's constraints come along, so that a
    name with a slash or a NUL is refused at the door."""
    default = inspect.Parameter.empty if field.is_required() else field.default
    source.description = field.description
    source.examples = field.examples
    annotation = Annotated.__class_getitem__((field.annotation, *field.metadata, source))  # type: ignore[attr-defined]
    return _keyword(name, annotation, default)


def _keyword(name: str, annotation: Any, default: Any) -> inspect.Parameter:
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=default
    )


def _with_signature(
    function: Callable[..., BaseModel], parameters: list[inspect.Parameter]
) -> Callable[..., BaseModel]:
    function.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return function


__all__ = ["Asked", "IfMatch", "Refused", "generation"]
