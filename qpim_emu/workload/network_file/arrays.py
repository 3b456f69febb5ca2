"""The arrays of a file and the table in its header that describes them.

An array is referred to as ``{"array": entry}``. The table holds dtype, shape and digest of each,
so that sizes are known before anything is inflated, and no two arrays can change places.
"""

from __future__ import annotations

from hashlib import sha256
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from qpim_emu.workload.network_file.header import HEADER, Json, read_list, read_object, read_text
from qpim_emu.workload.network_file.npy import DTYPES, MAX_HEAD_BYTES, decode_npy, encode_npy
from qpim_emu.workload.network_file.problems import refuse

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qpim_emu.workload.network_file.container import Container

__all__ = ["ArrayReader", "ArrayWriter", "smallest_integers"]

MAX_AXES = 8
SHAPE = f"at most {MAX_AXES} integers of 1 or more"
HELD_BYTES = 8  # every number is held in 64 bits once it is loaded


class ArrayWriter:
    """Collects the arrays of a file.

    Attributes
    ----------
    entries
        Bytes of every entry by name.
    table
        What the header says about them.
    """

    def __init__(self) -> None:
        self.entries: dict[str, bytes] = {}
        self.table: dict[str, Json] = {}

    def add(self, array: NDArray[Any], *, place: str) -> Json:
        """Add an array under the name of its place, and refer to it.

        Raises
        ------
        NetworkFileError
            If it has no elements, or they are no integers or finite numbers that a file can hold.
        """
        entry = f"{place}.npy"
        if array.dtype.name not in DTYPES:
            refuse(f"dtype of {place}", f"one of {', '.join(DTYPES)}", array.dtype)
        if array.ndim > MAX_AXES or not array.size:
            refuse(f"shape of {place}", SHAPE, array.shape)
        check_finite(array, field=place)
        data = encode_npy(array)
        self.entries[entry] = data
        self.table[entry] = {
            "dtype": array.dtype.name,
            "shape": list(array.shape),
            "sha256": digest(data[len(data) - array.nbytes :]),
        }
        return {"array": entry}


class ArrayReader:
    """Gives out the arrays of an open file, each of them once.

    Parameters
    ----------
    container
        The open file.
    table
        What its header says about its arrays.

    Raises
    ------
    NetworkFileError
        If table and entries differ in names or sizes, or the arrays would take more memory
        than the container allows.
    """

    def __init__(self, container: Container, table: Json) -> None:
        self.container = container
        self.table = {
            name: read_row(row, field=f"arrays[{name!r}]")
            for name, row in read_object(table, field="arrays", optional=container.sizes).items()
        }
        self.left = dict(self.table)
        for name, size in container.sizes.items():
            if name != HEADER:
                self._check_size(name, size)
        total = HELD_BYTES * sum(prod(shape) for _, shape, _ in self.table.values())
        if total > container.max_bytes:
            refuse("arrays", f"at most {container.max_bytes} bytes in memory", total)

    def _check_size(self, name: str, size: int) -> None:
        """Refuse an entry that is not the size of its array and a short header."""
        if name not in self.table:
            refuse("arrays", f"a table with all entries, {name} included", "none of that name")
        dtype, shape, _ = self.table[name]
        elements = prod(shape) * DTYPES[dtype].itemsize
        if not elements < size <= elements + MAX_HEAD_BYTES:
            refuse(f"size of {name}", f"{elements} bytes and an npy header", size)

    def take(self, reference: Json, *, field: str) -> NDArray[Any]:
        """Read the array of a reference, in the dtype of the file.

        Raises
        ------
        NetworkFileError
            If it is no reference, or to an array that is missing, damaged or taken before.
        """
        name = read_text(
            read_object(reference, field=field, required=("array",))["array"], field=field
        )
        if name not in self.left:
            wanted = "an array of the table that nothing else refers to"
            refuse(field, wanted, name)
        dtype, shape, wanted = self.left.pop(name)
        data = self.container.read(name, limit=self.container.sizes[name])
        array = decode_npy(data, dtype=dtype, shape=shape, field=name)
        found = digest(memoryview(data)[len(data) - array.nbytes :])
        if found != wanted:
            refuse(f"sha256 of {name}", wanted, found)
        check_finite(array, field=name)
        return array

    def finish(self) -> None:
        """Refuse a file in which nothing refers to an array."""
        if self.left:
            refuse("arrays", "referred to", f"{next(iter(self.left))} left over")


def read_row(row: Json, *, field: str) -> tuple[str, tuple[int, ...], str]:
    """Read dtype, shape and digest of an array."""
    keys = read_object(row, field=field, required=("dtype", "shape", "sha256"))
    dtype = read_text(keys["dtype"], field=f"dtype of {field}")
    if dtype not in DTYPES:
        refuse(f"dtype of {field}", f"one of {', '.join(DTYPES)}", dtype)
    shape = read_list(keys["shape"], field=f"shape of {field}")
    sizes = tuple(size for size in shape if type(size) is int and size > 0)
    if len(sizes) != len(shape) or len(shape) > MAX_AXES:
        refuse(f"shape of {field}", SHAPE, shape)
    return dtype, sizes, read_text(keys["sha256"], field=f"sha256 of {field}")


def check_finite(array: NDArray[Any], *, field: str) -> None:
    """Refuse numbers that are none."""
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        refuse(field, "finite numbers", float(array[~np.isfinite(array)].flat[0]))


def digest(data: bytes | memoryview) -> str:
    """SHA-256 of elements, little-endian in C order, in hexadecimal."""
    return sha256(data).hexdigest()


def smallest_integers(array: NDArray[Any]) -> NDArray[Any]:
    """Return the same integers in the first dtype of the table that holds them all."""
    low, high = (int(array.min()), int(array.max())) if array.size else (0, 0)
    for name in ("int8", "uint8", "int16", "uint16", "int32", "uint32"):
        info = np.iinfo(name)
        if info.min <= low and high <= info.max:
            return array.astype(name)
    return array
