"""The API's description is complete: a client can be written from it alone."""

import json
import subprocess
import sys
from typing import Any

import jsonschema_rs
import pytest

from millpond.domain.errors import CODES
from millpond.manager.api.app import build
from millpond.manager.api.openapi import document

Json = dict[str, Any]
SCHEMA: Json = build().openapi()
OPERATIONS = {
    operation["operationId"]: (method, path, operation)
    for path, methods in SCHEMA["paths"].items()
    for method, operation in methods.items()
}


def resolve(schema: Json) -> Json:
    """A schema that stands alone."""
    text = json.dumps(schema).replace("#/components/schemas/", "#/$defs/")
    definitions = json.dumps(SCHEMA["components"]["schemas"])
    found: Json = json.loads(text)
    found["$defs"] = json.loads(definitions.replace("#/components/schemas/", "#/$defs/"))
    return found


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_is_described(name: str) -> None:
    method, path, operation = OPERATIONS[name]
    assert operation["summary"].strip()
    assert not operation["summary"].endswith(".")
    assert operation["description"].strip(), "its handler needs a docstring"
    tags = {tag["name"] for tag in SCHEMA["tags"]}
    assert len(operation["tags"]) == 1
    assert set(operation["tags"]) <= tags
    for parameter in operation.get("parameters", []):
        if parameter["in"] == "path":
            assert "{" + parameter["name"] + "}" in path
            assert parameter["example"]
    successes = [s for s in operation["responses"] if s < "300"]
    assert successes, method


@pytest.mark.parametrize("name", OPERATIONS)
def test_errors_are_documented_with_codes_and_examples(name: str) -> None:
    _, _, operation = OPERATIONS[name]
    for status, response in operation["responses"].items():
        if status < "300":
            continue
        content = response["content"]["application/json"]
        assert content["schema"] == {"$ref": "#/components/schemas/ErrorReply"}
        for code, example in content["examples"].items():
            assert CODES[code].status == int(status)
            assert f"`{code}`" in response["description"]
            assert example == {"$ref": f"#/components/examples/{code}"}
            value = SCHEMA["components"]["examples"][code]["value"]
            jsonschema_rs.validate(resolve(content["schema"]), value)
    if operation.get("security"):
        assert "401" in operation["responses"]


@pytest.mark.parametrize("name", OPERATIONS)
def test_bodies_have_examples_that_fit_their_schemas(name: str) -> None:
    _, _, operation = OPERATIONS[name]
    bodies = [operation["requestBody"]] if "requestBody" in operation else []
    bodies += [r for status, r in operation["responses"].items() if status < "300"]
    for body in bodies:
        content = body.get("content", {}).get("application/json")
        if content is not None:
            jsonschema_rs.validate(resolve(content["schema"]), content["example"])


def test_schemas_are_called_by_names_of_the_api() -> None:
    """Of two that share a name, FastAPI tells by the Python modules they are in."""
    assert not [name for name in SCHEMA["components"]["schemas"] if "__" in name]


def test_operations_are_called_by_unique_names() -> None:
    assert len(OPERATIONS) == sum(len(methods) for methods in SCHEMA["paths"].values())
    assert all(name.isidentifier() for name in OPERATIONS)


def test_the_frameworks_own_error_form_is_not_documented() -> None:
    assert "HTTPValidationError" not in json.dumps(SCHEMA)


def test_the_description_is_printed_without_starting_anything() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error::UserWarning", "-m", "millpond.manager.api.openapi"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == document()
    assert json.loads(done.stdout)["openapi"].startswith("3.1")


def test_every_list_comes_in_pages() -> None:
    for name, (_, path, operation) in OPERATIONS.items():
        reply = operation["responses"].get("200", {}).get("content", {})
        schema = json.dumps(reply.get("application/json", {}).get("schema", {}))
        if "Listing_" in schema:
            parameters = {p["name"] for p in operation["parameters"]}
            assert {"limit", "after"} <= parameters, f"{name} ({path})"
