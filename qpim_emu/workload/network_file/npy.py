"""One array as the bytes of an ``npy`` file: little-endian numbers in C order, nothing else.

NumPy's own reader evaluates the header as Python and warns about oddities; a pattern for what
may stand there is shorter and has no surprises.
"""

from __future__ import annotations

import io
import re
import struct
from typing import TYPE_CHECKING, Any

import numpy as np

from qpim_emu.workload.network_file.problems import refuse

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["DTYPES", "MAX_HEAD_BYTES", "decode_npy", "encode_npy"]

DTYPES = {
    name: np.dtype(name).newbyteorder("<")
    for name in (
        *("int8", "int16", "int32", "int64"),
        *("uint8", "uint16", "uint32"),
        *("float32", "float64"),
    )
}
"""What elements may be, by name. There is no uint64: codes and constants are signed 64 bits."""

MAX_HEAD_BYTES = 4096

MAGIC = b"\x93NUMPY"
LENGTHS = {(1, 0): struct.Struct("<H"), (2, 0): struct.Struct("<I")}
HEAD = re.compile(
    rb"\{'descr': '([^']{1,16})', 'fortran_order': (True|False), "
    rb"'shape': \(([0-9, ]{0,200})\),? *\} *\n"
)


def encode_npy(array: NDArray[Any]) -> bytes:
    """Write an array in C order, little-endian."""
    stream = io.BytesIO()
    plain = np.asarray(array, dtype=array.dtype.newbyteorder("<"), order="C")
    np.lib.format.write_array(stream, plain, version=(1, 0), allow_pickle=False)
    return stream.getvalue()


def decode_npy(data: bytes, *, dtype: str, shape: tuple[int, ...], field: str) -> NDArray[Any]:
    """Read an array that must have the `dtype` and `shape` its table promises.

    Parameters
    ----------
    data
        The whole entry; the array is a read-only view of it.

    Raises
    ------
    NetworkFileError
        If the entry is anything else, in any byte.
    """
    start, head = read_head(data, field=field)
    found = HEAD.fullmatch(head)
    if found is None:
        refuse(f"npy header of {field}", "descr, fortran_order and shape", repr(head[:60]))
    descr, order, sizes = (text.decode("latin-1") for text in found.groups())
    if descr != DTYPES[dtype].str:
        refuse(f"npy descr of {field}", f"{DTYPES[dtype].str} ({dtype})", descr)
    if order != "False":
        refuse(f"npy fortran_order of {field}", "False", order)
    if sizes.replace(" ", "").rstrip(",") != ",".join(map(str, shape)):
        refuse(f"npy shape of {field}", f"{shape}", f"({sizes})")
    wanted = int(np.prod(shape, dtype=object)) * DTYPES[dtype].itemsize
    if len(data) - start != wanted:
        refuse(f"data of {field}", f"{wanted} bytes", len(data) - start)
    return np.frombuffer(data, DTYPES[dtype], offset=start).reshape(shape)


def read_head(data: bytes, *, field: str) -> tuple[int, bytes]:
    """Find where the elements start, and the text before them."""
    fixed = len(MAGIC) + 2
    if len(data) < fixed or not data.startswith(MAGIC):
        refuse(f"magic of {field}", "that of an npy file", repr(data[:fixed]))
    version = (data[fixed - 2], data[fixed - 1])
    if version not in LENGTHS:
        refuse(f"npy version of {field}", "1.0 or 2.0", f"{version[0]}.{version[1]}")
    length = LENGTHS[version]
    text = fixed + length.size
    if len(data) < text:
        refuse(f"npy header of {field}", "complete", f"{len(data)} bytes")
    start = text + int(length.unpack_from(data, fixed)[0])
    if start > min(len(data), MAX_HEAD_BYTES):
        refuse(f"npy header of {field}", f"within {min(len(data), MAX_HEAD_BYTES)} bytes", start)
    return start, data[text:start]
