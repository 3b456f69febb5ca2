"""Parameters as JSON, by the types that classes declare for them.

====================  =========================================================
type                  JSON
====================  =========================================================
int, float, str, bool number, string, boolean (an int must have no fraction)
None                  null
an enumeration        its value
tuple                 list
`Format`              its name, ``"int4"``
an array              ``{"array": entry}``
`Requantize`          object of `Requantize.fields`
another dataclass     object of all its fields
====================  =========================================================
"""

from __future__ import annotations

from dataclasses import is_dataclass
from enum import Enum
from itertools import repeat
from types import UnionType
from typing import TYPE_CHECKING, Any, Union, get_args, get_origin

import numpy as np

from qpim_emu.arith.formats import Format, parse_format
from qpim_emu.errors import NetworkFileError
from qpim_emu.workload.network_file.header import (
    Json,
    check_json,
    read_list,
    read_object,
    read_text,
)
from qpim_emu.workload.network_file.kinds import types_of
from qpim_emu.workload.network_file.problems import inside, refuse
from qpim_emu.workload.requantize import Requantize

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from qpim_emu.workload.network_file.arrays import ArrayReader, ArrayWriter

__all__ = ["decode", "decode_fields", "encode", "encode_fields"]


def encode(value: Any, arrays: ArrayWriter, *, place: str) -> Json:  # noqa: ANN401 - any parameter
    """Write one parameter.

    Parameters
    ----------
    place
        Names of the parameter and what it is part of, with slashes; where its array goes.

    Raises
    ------
    NetworkFileError
        If it is of a type that a file cannot hold.
    """
    match value:
        case Format():
            found: Json = str(value)
        case Enum():
            found = value.value
        case tuple():
            found = [encode(v, arrays, place=f"{place}/{i}") for i, v in enumerate(value)]
        case np.ndarray():
            found = arrays.add(value, place=place)
        case np.generic():
            found = value.item()
        case Requantize():
            constants = value.fields()
            found = {k: encode(v, arrays, place=f"{place}/{k}") for k, v in constants.items()}
        case _ if is_dataclass(value):
            found = encode_fields(value, arrays, place=place)
        case _:
            found = value
    check_json(found, field=place)
    return found


def encode_fields(
    item: Any,  # noqa: ANN401 - any dataclass
    arrays: ArrayWriter,
    *,
    place: str,
    instead: Mapping[str, object] | None = None,
) -> dict[str, Json]:
    """Write all parameters of a dataclass, some with a value that stands for their own."""
    own = {name: getattr(item, name) for name in types_of(item.__class__)}
    return {
        name: encode(value, arrays, place=f"{place}/{name}")
        for name, value in (own | dict(instead or {})).items()
    }


def decode(value: Json, wanted: Any, arrays: ArrayReader, *, field: str) -> Any:  # noqa: ANN401
    """Read one parameter of the type `wanted`.

    Raises
    ------
    NetworkFileError
        If it is not of that type.
    TypeError
        If no file can hold that type.
    """
    origin = get_origin(wanted)
    if origin in {Union, UnionType}:
        return decode_union(value, get_args(wanted), arrays, field=field)
    if origin is tuple:
        return decode_tuple(value, get_args(wanted), arrays, field=field)
    if origin is np.ndarray:
        return decode_array(value, wanted, arrays, field=field)
    if is_dataclass(wanted) and wanted is not Format:
        return decode_fields(value, wanted, arrays, field=field)
    return decode_scalar(value, wanted, field=field)


def decode_scalar(value: Json, wanted: Any, *, field: str) -> Any:  # noqa: ANN401
    """Read a parameter that takes one word in JSON."""
    if wanted in PLAIN:
        return decode_plain(value, wanted, field=field)
    if wanted is Format:
        with inside(field):
            return parse_format(read_text(value, field=field), field="format")
    if isinstance(wanted, type) and issubclass(wanted, Enum):
        if value not in [member.value for member in wanted]:
            refuse(field, f"one of {', '.join(str(m.value) for m in wanted)}", value)
        return wanted(value)
    msg = f"{field} must be of a type that files can hold, got {wanted}"
    raise TypeError(msg)


def decode_fields(value: Json, wanted: Any, arrays: ArrayReader, *, field: str) -> Any:  # noqa: ANN401
    """Read all parameters of a dataclass and build it; `Requantize` may leave some out."""
    types = types_of(wanted)
    needed = () if wanted is Requantize else types
    given = read_object(value, field=field, required=needed, optional=types)
    parameters = {
        name: decode(given[name], types[name], arrays, field=f"{field}.{name}") for name in given
    }
    with inside(field):
        return wanted(**parameters)


PLAIN = {
    int: ("an integer", (int,)),
    float: ("a number", (float, int)),
    str: ("a string", (str,)),
    bool: ("true or false", (bool,)),
    type(None): ("null", (type(None),)),
}


def decode_plain(value: Json, wanted: Any, *, field: str) -> Any:  # noqa: ANN401
    """Read a number, a string, a boolean or null."""
    name, accepted = PLAIN[wanted]
    if type(value) not in accepted:
        refuse(field, name, value)
    return None if value is None else wanted(value)


def decode_union(value: Json, members: tuple[Any, ...], arrays: ArrayReader, *, field: str) -> Any:  # noqa: ANN401
    """Read whichever type of several fits; only one of them can be an array."""
    if isinstance(value, dict) and "array" in value:
        members = tuple(m for m in members if get_origin(m) is np.ndarray) or members
    problems = []
    for member in members:
        try:
            return decode(value, member, arrays, field=field)
        except NetworkFileError as error:
            problems.append(str(error))
    msg = " or ".join(problems)
    raise NetworkFileError(msg)


def decode_tuple(
    value: Json, types: tuple[Any, ...], arrays: ArrayReader, *, field: str
) -> tuple[Any, ...]:
    """Read a list as a tuple of a fixed length, or of any with ``...``."""
    items = read_list(value, field=field)
    members = repeat(types[0], len(items)) if types[1:] == (...,) else types
    if members is types and len(items) != len(types):
        refuse(field, f"a list of {len(types)}", value)
    pairs = zip(items, members, strict=True)
    return tuple(
        decode(item, member, arrays, field=f"{field}[{i}]")
        for i, (item, member) in enumerate(pairs)
    )


def decode_array(value: Json, wanted: Any, arrays: ArrayReader, *, field: str) -> NDArray[Any]:  # noqa: ANN401
    """Read an array, in the dtype its parameter has in memory; nothing is lost."""
    (held,) = get_args(get_args(wanted)[1])
    array = arrays.take(value, field=field)
    if (array.dtype.kind in "iu") != issubclass(held, np.integer):
        refuse(f"dtype of {field}", held.__name__, array.dtype.name)
    return array.astype(held, copy=False)
