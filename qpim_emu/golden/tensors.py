"""Tensors as files: little-endian integers, described by the manifest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from qpim_emu.arith.formats import Encoding

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qpim_emu.arith.formats import Format
    from qpim_emu.golden.sink import Sink
    from qpim_emu.typing import IntArray

__all__ = ["AXES", "dtype_of", "read_tensor", "write_tensor"]

AXES = {
    1: ("filter",),
    2: ("image", "channel"),
    3: ("image", "channel", "length"),
    4: ("image", "channel", "height", "width"),
}
"""Names of the axes of codes, by how many there are."""

DTYPES = ("int8", "uint8", "int16", "uint16", "int32", "int64")


def dtype_of(stored: Format) -> np.dtype[Any]:
    """Smallest type that holds every value of a format, little-endian."""
    for name in DTYPES:
        limits = np.iinfo(name)
        if limits.min <= stored.min and stored.max <= limits.max:
            return np.dtype(name).newbyteorder("<")
    return np.dtype("<i8")


def write_tensor(
    sink: Sink,
    path: str,
    codes: IntArray,
    stored: Format,
    *,
    axes: Sequence[str] | None = None,
    zero_point: object = None,
    scale: object = None,
) -> dict[str, Any]:
    """Write a tensor and describe it as the manifest does.

    Parameters
    ----------
    sink, path
        Where it goes.
    codes, stored
        Its codes and their format.
    axes
        Names of its axes; image, channel, height and width as far as it has them if not given.
    zero_point, scale
        Its quantization, None where it is not known.
    """
    kind = dtype_of(stored)
    with sink.open(path) as writer:
        writer.write(np.ascontiguousarray(codes).astype(kind).tobytes())
    names = axes if axes is not None else AXES.get(codes.ndim) or axis_names(codes.ndim)
    return {
        "file": path,
        "shape": list(codes.shape),
        "axes": list(names),
        "dtype": kind.name,
        "format": str(stored),
        "bits": stored.bits,
        "signed": stored.encoding is not Encoding.UNSIGNED,
        "scale": scale,
        "zero_point": zero_point,
    }


def axis_names(count: int) -> tuple[str, ...]:
    """Names of axes of a tensor that is no image: the batch, then numbers."""
    return ("image", *(f"axis{i}" for i in range(1, count)))


def read_tensor(data: bytes, shape: Sequence[int], stored: Format) -> IntArray:
    """Read a tensor back, ``int64`` in its shape.

    Raises
    ------
    ValueError
        If there are not as many bytes as the shape needs.
    """
    return np.frombuffer(data, dtype_of(stored)).astype(np.int64).reshape(tuple(shape))
