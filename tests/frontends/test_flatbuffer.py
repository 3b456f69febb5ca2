"""Does the check of a FlatBuffer refuse every offset that leaves the file, and end?"""

from __future__ import annotations

import struct

import pytest

from qpim_emu.errors import ModelFileError
from qpim_emu.frontends.tflite.flatbuffer import (
    MOST_VISITS,
    Numbers,
    Scalar,
    Table,
    Tables,
    Text,
    Union,
    verify,
)

LEAF = Table({0: Scalar(4)})
ROOT = Table({0: Scalar(1), 1: Text(), 2: Tables(LEAF), 3: Union(0, {7: LEAF}), 4: Numbers(8)})


def words(*values: int) -> bytes:
    """Little-endian words of 32 bits."""
    return b"".join(struct.pack("<I", value & 0xFFFFFFFF) for value in values)


def vtable(size: int, extent: int, *offsets: int) -> bytes:
    """A vtable, its size and the table's first."""
    return struct.pack(f"<{2 + len(offsets)}H", size, extent, *offsets)


def table_of(field: int, *behind: int, slot: int) -> bytes:
    """A file whose root has one field of four bytes at a slot, and words behind it."""
    offsets = [0] * slot + [4]
    padding = b"\0" * (len(offsets) % 2 * 2)
    head = vtable(4 + 2 * len(offsets), 8, *offsets) + padding
    return words(4 + len(head)) + head + words(len(head), field, *behind)


def test_a_sound_file_passes() -> None:
    verify(table_of(4, 3, 0x00636261, slot=1), ROOT)
    verify(table_of(4, 1, 4, 8, 0x00080008, slot=2), Table({}))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "root must lie within 0 bytes"),
        (words(4), "root must lie within 4 bytes"),
        (words(0xFFFFFFF0, 0), "root must lie within 8 bytes"),
        (words(4, 100, 0), "vtable must lie within"),
        (words(4, -100, 0), "vtable must lie within"),
        (words(8) + vtable(200, 4) + words(4), "vtable must lie within"),
        (words(8) + vtable(4, 200) + words(4), "table must lie within"),
        (words(8) + vtable(5, 4) + words(4, 0), "must have an even size, got 5"),
        (table_of(0xFFFFFFFF, slot=1), "field must lie within"),
        (table_of(4, 0xFFFFFFF0, slot=1), "vector must lie within"),
        (table_of(4, 3, 0, slot=4), "vector must lie within"),
        (table_of(4, 1, 900, slot=2), "element must lie within"),
    ],
)
def test_offsets_that_leave_the_file(data: bytes, message: str) -> None:
    with pytest.raises(ModelFileError, match=message):
        verify(data, ROOT)


def test_a_field_that_leaves_its_table() -> None:
    head = vtable(6, 6, 4) + b"\0\0"
    data = words(4 + len(head)) + head + words(len(head), 0)
    with pytest.raises(ModelFileError, match="must end within its table"):
        verify(data, LEAF)


def test_members_of_a_union_are_checked_by_their_number() -> None:
    head = vtable(12, 12, 4, 0, 0, 8)
    for number, sound in ((6, True), (7, False)):
        data = words(4 + len(head)) + head + words(len(head), number, 4, 0x7FFFFFFF)
        if sound:
            verify(data, ROOT)
        else:
            with pytest.raises(ModelFileError, match="vtable must lie within"):
                verify(data, ROOT)


def test_few_bytes_that_stand_for_many_tables() -> None:
    count = MOST_VISITS + 1
    leaf = 4 * (count + 1)
    elements = b"".join(words(leaf - 4 * i) for i in range(1, 3))
    data = table_of(4, count, slot=2) + elements * (count // 2 + 1)
    with pytest.raises(ModelFileError, match=f"at most {MOST_VISITS} tables|must lie within"):
        verify(data, ROOT)


def test_a_table_that_many_refer_to_is_checked_once() -> None:
    count = 1000
    start = table_of(4, count, slot=2)
    end = len(start) + 4 * count
    elements = b"".join(words(end + 4 - (len(start) + 4 * i)) for i in range(count))
    verify(start + elements + vtable(4, 4) + words(4), ROOT)
