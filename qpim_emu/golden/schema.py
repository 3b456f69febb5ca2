"""The published schema of manifests, and a reader's check against it.

The check knows the keywords that the schema uses and no others; the tests compare it with a full
implementation of JSON Schema, which nobody needs to verify a package.
"""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any

from qpim_emu.data import golden

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["find_violation", "manifest_schema"]

TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}


@cache
def manifest_schema() -> dict[str, Any]:
    """Schema of manifests of version 1."""
    schema: dict[str, Any] = json.loads(golden.MANIFEST_1.read_text(encoding="utf-8"))
    return schema


def find_violation(document: object, schema: dict[str, Any]) -> str | None:
    """Describe the first violation of a schema, None if there is none."""
    return next(violations(document, schema, schema, "manifest"), None)


def violations(value: Any, schema: Any, root: Any, field: str) -> Iterator[str]:  # noqa: ANN401 - JSON
    """Describe every violation of a schema by `value`, which stands at `field`."""
    if "$ref" in schema:
        schema = root["$defs"][schema["$ref"].removeprefix("#/$defs/")]
    yield from scalar_violations(value, schema, field)
    if isinstance(value, dict) and is_type(value, schema):
        yield from object_violations(value, schema, root, field)
    if isinstance(value, list) and "items" in schema:
        for i, item in enumerate(value):
            yield from violations(item, schema["items"], root, f"{field}[{i}]")


def is_type(value: object, schema: dict[str, Any]) -> bool:
    """Whether a value is of a type that the schema allows."""
    allowed = schema.get("type")
    if allowed is None:
        return True
    names = [allowed] if isinstance(allowed, str) else allowed
    if isinstance(value, bool):
        return "boolean" in names
    return any(isinstance(value, TYPES[name]) for name in names)


def scalar_violations(value: Any, schema: dict[str, Any], field: str) -> Iterator[str]:  # noqa: ANN401
    """Describe what is wrong with a value itself."""
    if not is_type(value, schema):
        yield f"{field} must be of type {schema['type']}, got {value!r:.60}"
        return
    if "const" in schema and value != schema["const"]:
        yield f"{field} must be {schema['const']!r}, got {value!r:.60}"
    if "enum" in schema and value not in schema["enum"]:
        yield f"{field} must be one of {schema['enum']}, got {value!r:.60}"
    if "pattern" in schema and not re.search(schema["pattern"], value):
        yield f"{field} must match {schema['pattern']}, got {value!r:.60}"
    if isinstance(value, int) and not isinstance(value, bool):
        low, high = schema.get("minimum", value), schema.get("maximum", value)
        if not low <= value <= high:
            yield f"{field} must be in {low}..{high}, got {value}"


def object_violations(value: Any, schema: Any, root: Any, field: str) -> Iterator[str]:  # noqa: ANN401
    """Describe what is wrong with the keys of an object."""
    known = schema.get("properties", {})
    for key in schema.get("required", ()):
        if key not in value:
            yield f"{field} must have the key {key!r}, got none"
    others = schema.get("additionalProperties", True)
    for key, item in value.items():
        if key in known:
            yield from violations(item, known[key], root, f"{field}.{key}")
        elif others is False:
            yield f"{field} must have no other keys, got {key!r}"
        elif others is not True:
            yield from violations(item, others, root, f"{field}.{key}")
