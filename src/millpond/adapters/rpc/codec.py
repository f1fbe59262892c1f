"""What goes over the wire, read off the Protocols themselves.

A method's arguments are one JSON object, its result one JSON value; pydantic derives both from the
annotations. Only ``async def`` methods are calls: those that return an iterator are streams.
"""

import inspect
from collections.abc import Mapping
from functools import cache, cached_property
from typing import Any, get_type_hints

from pydantic import BaseModel, ConfigDict, TypeAdapter, create_model

from millpond.ports.agent import PORTS


class Method:
    """One method of a port. The models are built at first use, for an agent must start fast."""

    def __init__(self, port: str, name: str, function: Any) -> None:
        self.port = port
        self.name = name
        self._function = function

    @property
    def path(self) -> str:
        return f"/v1/{self.port}/{self.name}"

    @property
    def step(self) -> str:
        """What the call is named in errors."""
        return f"{self.port}.{self.name}"

    @property
    def waits(self) -> bool:
        """Whether it may take its time on purpose."""
        return not {"wait", "timeout"}.isdisjoint(self._signature.parameters)

    @cached_property
    def _signature(self) -> inspect.Signature:
        return inspect.signature(self._function)

    @cached_property
    def _hints(self) -> dict[str, Any]:
        return get_type_hints(self._function, include_extras=True)

    @cached_property
    def _arguments(self) -> type[BaseModel]:
        fields: dict[str, Any] = {
            name: (self._hints[name], ... if p.default is p.empty else p.default)
            for name, p in self._signature.parameters.items()
            if name != "self"
        }
        return create_model(self.step, __config__=ConfigDict(extra="forbid"), **fields)

    @cached_property
    def _result(self) -> TypeAdapter[Any]:
        return TypeAdapter(self._hints["return"])

    def encode_arguments(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> bytes:
        """Raises TypeError or pydantic's ValidationError if the caller does not fit the Protocol."""
        bound = dict(self._signature.bind(None, *args, **kwargs).arguments)
        del bound["self"]
        return self._arguments(**bound).model_dump_json().encode()

    def decode_arguments(self, body: bytes) -> dict[str, Any]:
        """Raises pydantic's ValidationError."""
        model = self._arguments.model_validate_json(body or b"{}")
        return {name: getattr(model, name) for name in type(model).model_fields}

    def encode_result(self, value: Any) -> bytes:
        return self._result.dump_json(value)

    def decode_result(self, body: bytes) -> Any:
        """Raises pydantic's ValidationError."""
        return self._result.validate_json(body)


@cache
def methods(port: str) -> dict[str, Method]:
    """The calls of a port (a key of ``PORTS``), by name."""
    return {
        name: Method(port, name, function)
        for name, function in vars(PORTS[port]).items()
        if inspect.iscoroutinefunction(function) and not name.startswith("_")
    }


def find(port: str, name: str) -> Method | None:
    """The call of that name, None if there is none."""
    return methods(port).get(name) if port in PORTS else None
