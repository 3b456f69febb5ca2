"""Inputs and outputs in the layout of ONNX test data: ``test_data_set_N/input_0.pb``.

A tensor is a ``TensorProto`` message of four fields, written here byte by byte: no package of
ONNX is needed, and none of its versions can change the bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.golden.tensors import dtype_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qpim_emu.arith.formats import Format
    from qpim_emu.golden.sink import Sink
    from qpim_emu.typing import IntArray

__all__ = ["tensor_proto", "write_data_set"]

DATA_TYPES = {"uint8": 2, "int8": 3, "uint16": 4, "int16": 5, "int32": 6, "int64": 7}
"""``TensorProto.DataType``."""

VARINT, LENGTH = 0, 2
DIMS, DATA_TYPE, NAME, RAW_DATA = 1, 2, 8, 9
"""Numbers of the fields."""


def varint(value: int) -> bytes:
    """Seven bits a byte, the low ones first, all but the last byte with their top bit set."""
    groups = []
    while value > 0x7F:  # noqa: PLR2004 - seven bits
        groups.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*groups, value])


def bytes_field(number: int, content: bytes) -> bytes:
    """A field of so many bytes."""
    return varint(number << 3 | LENGTH) + varint(len(content)) + content


def tensor_proto(name: str, codes: IntArray, stored: Format) -> bytes:
    """Write a tensor as a ``TensorProto``; codes have the smallest type that holds the format.

    Parameters
    ----------
    name
        Name of the tensor.
    codes, stored
        Its codes and their format.
    """
    kind = dtype_of(stored)
    dims = b"".join(varint(DIMS << 3 | VARINT) + varint(size) for size in codes.shape)
    data_type = varint(DATA_TYPE << 3 | VARINT) + varint(DATA_TYPES[kind.name])
    raw = np.ascontiguousarray(codes).astype(kind).tobytes()
    return dims + data_type + bytes_field(NAME, name.encode()) + bytes_field(RAW_DATA, raw)


def write_data_set(
    sink: Sink, number: int, inputs: Iterator[bytes], outputs: Iterator[bytes]
) -> None:
    """Write one set of test data, tensors in the order of the network."""
    folder = f"onnx/test_data_set_{number}"
    for kind, tensors in (("input", inputs), ("output", outputs)):
        for i, content in enumerate(tensors):
            sink.write(f"{folder}/{kind}_{i}.pb", content)
