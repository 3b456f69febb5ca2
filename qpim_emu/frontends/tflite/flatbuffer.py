"""Bounds of a FlatBuffer: every offset, table, vector and text that a schema reaches.

The parser of the schema believes what it reads. Once `verify` has passed, whatever it follows
lies within the file. Source of the encoding: "FlatBuffer Internals" of the FlatBuffers project;
offsets are unsigned 32 bits from where they stand, but that of a table's *vtable*, which is
signed and points backwards from the table.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from qpim_emu.errors import ModelFileError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Numbers", "Scalar", "Table", "Tables", "Text", "Union", "verify"]

MOST_VISITS = 1 << 20
"""Tables, vectors and texts followed to; real models of a quarter of a gigabyte have thousands."""
OFFSET = 4
SLOT = 2
HEADER = 2
"""Slots before the fields of a vtable: its own size, and the table's."""


@dataclass(frozen=True, slots=True)
class Scalar:
    """A number within the table, of a size in bytes."""

    size: int


@dataclass(frozen=True, slots=True)
class Numbers:
    """A vector of numbers, each of a size in bytes."""

    size: int


@dataclass(frozen=True, slots=True)
class Text:
    """Characters, and a zero behind them."""


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A table: what is at each slot of its vtable that is read; the others are passed over."""

    slots: Mapping[int, Field]


@dataclass(frozen=True, slots=True, eq=False)
class Tables:
    """A vector of tables."""

    of: Table


@dataclass(frozen=True, slots=True, eq=False)
class Union:
    """A table whose kind a number at another slot of the same table names."""

    named_by: int
    kinds: Mapping[int, Table]


Field = Scalar | Numbers | Text | Table | Tables | Union


def verify(data: bytes, root: Table) -> None:
    """Check that everything `root` reaches lies within the file.

    Raises
    ------
    ModelFileError
        Naming the first place that does not.
    """
    walk = Walk(data=data)
    walk.visit(root, walk.follow(0, "root"))
    while walk.waiting:
        kind, position = walk.waiting.pop()
        walk.check_table(kind, position)


@dataclass(slots=True, kw_only=True)
class Walk:
    """A walk over a file that looks at each table once as each of its kinds."""

    data: bytes
    waiting: list[tuple[Table, int]] = field(default_factory=list)
    seen: set[tuple[int, int]] = field(default_factory=set)
    visits: int = 0

    def visit(self, kind: Table, position: int) -> None:
        """Note a table to be checked, if that has not been done."""
        if self.is_new(kind, position):
            self.waiting.append((kind, position))

    def is_new(self, kind: Field, position: int) -> bool:
        """Whether a place has not been seen as this kind before."""
        self.visits += 1
        if self.visits > MOST_VISITS:
            msg = f"file must refer to at most {MOST_VISITS} tables and vectors, got more"
            raise ModelFileError(msg)
        key = (id(kind), position)
        if key in self.seen:
            return False
        self.seen.add(key)
        return True

    def need(self, position: int, size: int, what: str) -> int:
        """Return a place whose next `size` bytes lie within the file."""
        if position < 0 or position + size > len(self.data):
            msg = f"{what} must lie within {len(self.data)} bytes, got {size} bytes at {position}"
            raise ModelFileError(msg)
        return position

    def number(self, code: str, position: int, what: str) -> int:
        """Read a number as `struct` codes it."""
        self.need(position, struct.calcsize(code), what)
        return int(struct.unpack_from(code, self.data, position)[0])

    def follow(self, position: int, what: str) -> int:
        """Follow the offset that stands at a place."""
        return self.need(position + self.number("<I", position, what), OFFSET, what)

    def check_table(self, kind: Table, position: int) -> None:
        """Check a table's vtable and each field that is read."""
        vtable = position - self.number("<i", position, "table")
        size = self.number("<H", self.need(vtable, HEADER * SLOT, "vtable"), "vtable")
        self.need(vtable, max(size, HEADER * SLOT), "vtable")
        if size % SLOT:
            msg = f"vtable at {vtable} must have an even size, got {size}"
            raise ModelFileError(msg)
        extent = self.number("<H", vtable + SLOT, "vtable")
        self.need(position, extent, "table")
        places: dict[int, int] = {}
        for slot in kind.slots:
            entry = SLOT * (HEADER + slot)
            offset = self.number("<H", vtable + entry, "vtable") if entry + SLOT <= size else 0
            if offset:
                places[slot] = position + offset
        for slot, place in places.items():
            self.check_field(kind.slots[slot], place, end=position + extent, places=places)

    def check_field(self, kind: Field, place: int, *, end: int, places: dict[int, int]) -> None:
        """Check a field, which lies within its table, and what it points to."""
        size = kind.size if isinstance(kind, Scalar) else OFFSET
        if place + size > end:
            msg = f"field at {place} must end within its table at {end}, got {size} bytes"
            raise ModelFileError(msg)
        if isinstance(kind, Scalar):
            return
        target = self.follow(place, "field")
        if isinstance(kind, Table):
            self.visit(kind, target)
        elif isinstance(kind, Union):
            named = places.get(kind.named_by)
            number = 0 if named is None else self.data[named]
            if number in kind.kinds:
                self.visit(kind.kinds[number], target)
        elif self.is_new(kind, target):
            self.check_vector(kind, target)

    def check_vector(self, kind: Numbers | Text | Tables, position: int) -> None:
        """Check a vector's length and the tables in it."""
        length = self.number("<I", position, "vector")
        first = position + OFFSET
        size = kind.size if isinstance(kind, Numbers) else 1 if isinstance(kind, Text) else OFFSET
        self.need(first, length * size, "vector")
        if isinstance(kind, Tables):
            for place in range(first, first + length * OFFSET, OFFSET):
                self.visit(kind.of, self.follow(place, "element"))
