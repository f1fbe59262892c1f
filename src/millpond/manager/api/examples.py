"""An example for every request body and every success reply, made from the schema itself: from a
field's own example, its default, or a value that fits its pattern."""

from typing import Any

from millpond.domain import backup, cloud_init, image, names, vm

Json = dict[str, Any]

_ID = "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11"


def _pattern(annotated: Any) -> str:
    pattern: str = annotated.__metadata__[0].pattern
    return pattern


_BY_PATTERN = {
    _pattern(names.Name): "web1",
    _pattern(names.Id): _ID,
    _pattern(names.Mac): "00:16:3e:1a:2b:3c",
    _pattern(names.InterfaceName): "xenbr0",
    _pattern(names.Tag): "web",
    _pattern(names.Address): "192.0.2.11",
    _pattern(names.AbsolutePath): "/OVS",
    _pattern(names.Text): "",
    _pattern(vm.DiskTarget): "vda",
    _pattern(vm.DiskSource): "file:system.img",
    _pattern(vm.LayerSource): "file:vda-1.qcow2",
    _pattern(backup.BackupId): "20261127T120000000Z-0f0e6a52",
    _pattern(cloud_init.Hostname): "web1",
    _pattern(cloud_init.SshKey): "ssh-ed25519 AAAA anna@desk",
    _pattern(cloud_init.IpAddress): "192.0.2.1",
    _pattern(cloud_init.IpInterface): "192.0.2.10/24",
    _pattern(image.Url): "https://cdimage.debian.org/debian.iso",
    _pattern(image.Sha256): "0" * 64,
}


def add_examples(schema: Json) -> None:
    """Give every JSON body of the OpenAPI document that lacks one an ``example``."""
    components = schema["components"]["schemas"]
    for path in schema["paths"].values():
        for operation in path.values():
            for parameter in operation.get("parameters", []):
                if parameter["in"] == "path":
                    parameter["example"] = _example(parameter["schema"], components)
            bodies = [operation["requestBody"]] if "requestBody" in operation else []
            bodies += [r for status, r in operation["responses"].items() if status < "300"]
            for body in bodies:
                content = body.get("content", {}).get("application/json")
                if content is not None and content.get("schema"):
                    content.setdefault("example", _example(content["schema"], components))


def _example(schema: Json, components: Json) -> Any:
    if "$ref" in schema:
        return _example(components[schema["$ref"].rpartition("/")[2]], components)
    if schema.get("examples"):
        return schema["examples"][0]
    for word in ("default", "const"):
        if schema.get(word) is not None:
            return schema[word]
    if "enum" in schema:
        return schema["enum"][0]
    for word in ("anyOf", "oneOf", "allOf"):
        if word in schema:
            return _example(schema[word][0], components)
    return _by_type(schema, components)


def _by_type(schema: Json, components: Json) -> Any:
    match schema.get("type"):
        case "object":
            return {k: _example(v, components) for k, v in schema.get("properties", {}).items()}
        case "array":
            return [_example(schema["items"], components)] if schema.get("items") else []
        case "string":
            return _BY_PATTERN.get(schema.get("pattern", ""), "text")
        case "integer":
            return max(1, schema.get("minimum", 1))
        case "number":
            return max(1.0, schema.get("minimum", 1.0))
        case "boolean":
            return False
        case _:
            return None
