"""Tensors that an ONNX file holds: their types, and their elements within what the file holds."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.arith.formats import Format, Int, UInt
from qpim_emu.errors import ModelFileError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from numpy.typing import NDArray
    from onnx import TensorProto

__all__ = ["FORMATS", "GraphTensor", "element_type", "read_tensor"]

FORMATS: Mapping[str, Format] = {
    "int2": Int(2),
    "uint2": UInt(2),
    "int4": Int(4),
    "uint4": UInt(4),
    "int8": Int(8),
    "uint8": UInt(8),
    "int16": Int(16),
    "uint16": UInt(16),
}
"""Element types that codes can have, by their name in the format."""

STORED: Mapping[str, tuple[str, str]] = {
    "float": ("<f4", "float_data"),
    "double": ("<f8", "double_data"),
    "float16": ("<f2", "int32_data"),
    "int8": ("<i1", "int32_data"),
    "uint8": ("<u1", "int32_data"),
    "int16": ("<i2", "int32_data"),
    "uint16": ("<u2", "int32_data"),
    "int32": ("<i4", "int32_data"),
    "int64": ("<i8", "int64_data"),
    "uint32": ("<u4", "uint64_data"),
    "uint64": ("<u8", "uint64_data"),
    "bool": ("<u1", "int32_data"),
    "int4": ("<u1", "int32_data"),
    "uint4": ("<u1", "int32_data"),
    "int2": ("<u1", "int32_data"),
    "uint2": ("<u1", "int32_data"),
}
"""Type of an element (or of a byte of packed ones) in ``raw_data``, and its field otherwise."""

BYTE_BITS = 8
MOST_ELEMENTS = 1 << 27


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphTensor:
    """A constant of a graph.

    Attributes
    ----------
    name
        Its name.
    type
        Its element type as the format spells it: ``int8``, ``float``.
    shape
        Its sizes.
    source
        Where its elements are.
    """

    name: str
    type: str
    shape: tuple[int, ...]
    source: TensorProto

    def array(self) -> NDArray[Any]:
        """Decode the elements: integers and truth values as ``int64``, floats as they are.

        Raises
        ------
        ModelFileError
            If the elements are of a type that is not read (float8, strings).
        """
        if self.type not in STORED:
            msg = f"tensor {self.name!r} must be of {', '.join(STORED)}, got {self.type}"
            raise ModelFileError(msg)
        flat = elements(self.source, self.type, prod(self.shape))
        wide = flat if flat.dtype.kind == "f" else flat.astype(np.int64)
        return wide.reshape(self.shape)


def element_type(number: int) -> str:
    """Name of an element type by its number in the format, lower case: ``int8``, ``float``.

    Raises
    ------
    ModelFileError
        If there is no such type.
    """
    from onnx import TensorProto  # noqa: PLC0415 - optional

    if number not in TensorProto.DataType.values():
        msg = f"element type must be one of the format's, got {number}"
        raise ModelFileError(msg)
    return str(TensorProto.DataType.Name(number)).lower()


def read_tensor(tensor: TensorProto) -> GraphTensor:
    """Check what a tensor declares against the elements it holds.

    Raises
    ------
    ModelFileError
        If sizes are negative, elements are missing or too many, or lie in another file.
    """
    kind = element_type(tensor.data_type)
    found = GraphTensor(
        name=tensor.name, type=kind, shape=tuple(int(size) for size in tensor.dims), source=tensor
    )
    if tensor.data_location == tensor.EXTERNAL or tensor.external_data:
        msg = (
            f"tensor {tensor.name!r} must lie in the model file, got external data; "
            "save the model again with all its data in one file"
        )
        raise ModelFileError(msg)
    if any(size < 0 for size in found.shape):
        msg = f"sizes of tensor {tensor.name!r} must be 0 or more, got {list(found.shape)}"
        raise ModelFileError(msg)
    if max(*found.shape, prod(found.shape), 0) > MOST_ELEMENTS:
        msg = (
            f"tensor {tensor.name!r} must have at most {MOST_ELEMENTS} elements, "
            f"got {list(found.shape)}"
        )
        raise ModelFileError(msg)
    if kind in STORED and held(tensor, kind) != stored(prod(found.shape), kind):
        msg = (
            f"tensor {tensor.name!r} must hold the {prod(found.shape)} elements of shape "
            f"{list(found.shape)}, got data of another size"
        )
        raise ModelFileError(msg)
    return found


def per_byte(kind: str) -> int:
    """How many elements share a byte."""
    stored_format = FORMATS.get(kind)
    return 1 if stored_format is None else max(1, BYTE_BITS // stored_format.bits)


def stored(count: int, kind: str) -> int:
    """How many stored numbers `count` elements are."""
    return -(-count // per_byte(kind))


def held(tensor: TensorProto, kind: str) -> int:
    """How many stored numbers a tensor holds, -1 if its bytes are no whole number of them."""
    dtype, field = STORED[kind]
    if tensor.HasField("raw_data"):
        count, rest = divmod(len(tensor.raw_data), np.dtype(dtype).itemsize)
        return -1 if rest else count
    return len(getattr(tensor, field))


def elements(tensor: TensorProto, kind: str, count: int) -> NDArray[Any]:
    """Decode `count` elements that are known to be there."""
    dtype, field = STORED[kind]
    if tensor.HasField("raw_data"):
        flat: NDArray[Any] = np.frombuffer(tensor.raw_data, dtype)
    elif kind == "float16":
        flat = np.array(tensor.int32_data, np.int64).astype(np.uint16).view(np.float16)
    else:
        values = getattr(tensor, field)
        flat = np.array(values, np.dtype(dtype) if np.dtype(dtype).kind == "f" else object)
        if flat.dtype == object:
            flat = (flat & ((1 << (8 * np.dtype(dtype).itemsize)) - 1)).astype(np.uint64)
            flat = flat.astype(dtype)
    return flat if per_byte(kind) == 1 else unpacked(flat, FORMATS[kind])[:count]


def unpacked(packed: NDArray[Any], stored_format: Format) -> NDArray[np.int64]:
    """Take the elements out of their bytes, lowest bits first."""
    bits = stored_format.bits
    shifts = np.arange(0, BYTE_BITS, bits)
    fields = (packed.astype(np.int64)[:, None] >> shifts) & ((1 << bits) - 1)
    return stored_format.from_field(fields.reshape(-1))
