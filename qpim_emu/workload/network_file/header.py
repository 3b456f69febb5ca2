"""The JSON header: strict text, and objects with exactly the keys they must have."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, TypeAlias

from qpim_emu.errors import NetworkFileError
from qpim_emu.workload.network_file.problems import refuse

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

__all__ = [
    "HEADER",
    "MAX_HEADER_BYTES",
    "Json",
    "check_json",
    "dump_header",
    "parse_header",
    "read_list",
    "read_mapping",
    "read_object",
    "read_text",
]

Json: TypeAlias = object
"""None, bool, int, float, str, or lists of them, or dicts from str to them."""

HEADER = "header.json"
MAX_HEADER_BYTES = 4 << 20
MAX_DEPTH = 32
INT64_MIN, INT64_MAX = -(1 << 63), (1 << 63) - 1


def dump_header(header: Json) -> bytes:
    """Write a header, the same text for the same header.

    Raises
    ------
    NetworkFileError
        If it is longer or nests deeper than a reader accepts.
    """
    check_json(header, field=HEADER)
    data = json.dumps(header, allow_nan=False, separators=(",", ":")).encode("ascii")
    if len(data) > MAX_HEADER_BYTES:
        refuse(f"size of {HEADER}", f"at most {MAX_HEADER_BYTES} bytes", len(data))
    return data


def parse_header(data: bytes) -> Json:
    """Read a header.

    Raises
    ------
    NetworkFileError
        If it is no JSON in UTF-8, repeats a key, nests deeper than 32 levels, or holds a number
        that is not finite or an integer of more than 64 bits.
    """
    try:
        value = json.loads(
            data.decode("utf-8"), object_pairs_hook=unique_keys, parse_int=read_digits
        )
    except NetworkFileError:
        raise
    except (ValueError, RecursionError) as error:
        refuse(HEADER, "JSON in UTF-8", str(error))
    check_json(value, field=HEADER)
    return value


def unique_keys(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    """Make an object, refusing a key that comes twice."""
    found: dict[str, Json] = {}
    for key, value in pairs:
        if key in found:
            refuse("keys of an object", "different", f"{key!r} twice")
        found[key] = value
    return found


def read_digits(digits: str) -> int:
    """Read an integer of a sane length; `check_json` judges its value."""
    if len(digits) > len(str(INT64_MIN)):
        refuse("integer", "one of 64 bits", digits)
    return int(digits)


def check_json(value: Json, *, field: str) -> None:
    """Refuse what a header cannot hold, level by level so that no depth can hurt.

    Raises
    ------
    NetworkFileError
        Naming the first such value.
    """
    level = [value]
    for _ in range(MAX_DEPTH):
        if not level:
            return
        level = [child for item in level for child in children(item, field)]
    if level:
        refuse(field, f"nested at most {MAX_DEPTH} levels deep", "more")


def children(item: Json, field: str) -> Iterator[Json]:
    """Give the values inside a list or an object; check anything else."""
    if isinstance(item, dict):
        for key, value in item.items():
            if type(key) is not str:
                refuse(f"key in {field}", "a string", key)
            yield value
    elif type(item) is list:
        yield from item
    elif type(item) is int:
        if not INT64_MIN <= item <= INT64_MAX:
            refuse(f"integer in {field}", "one of 64 bits", item)
    elif type(item) is float:
        if not math.isfinite(item):
            refuse(f"number in {field}", "finite", item)
    elif item is not None and type(item) not in {str, bool}:
        refuse(f"value in {field}", "a string, number, boolean, null, list or dict", item)


def read_mapping(value: Json, *, field: str) -> dict[str, Json]:
    """Read an object with any keys."""
    if not isinstance(value, dict):
        refuse(field, "an object", value)
    return value


def read_object(
    value: Json, *, field: str, required: Collection[str] = (), optional: Collection[str] = ()
) -> dict[str, Json]:
    """Read an object that has all `required` keys, and no others than `optional` ones."""
    found = read_mapping(value, field=field)
    known = dict.fromkeys((*required, *optional))
    for key in required:
        if key not in found:
            refuse(f"keys of {field}", f"{', '.join(known)}", f"no {key}")
    for key in found:
        if key not in known:
            refuse(f"keys of {field}", f"{', '.join(known)}", key)
    return found


def read_list(value: Json, *, field: str) -> list[Json]:
    """Read a list."""
    if not isinstance(value, list):
        refuse(field, "a list", value)
    return value


def read_text(value: Json, *, field: str) -> str:
    """Read a string."""
    if not isinstance(value, str):
        refuse(field, "a string", value)
    return value
