"""Text files for a simulator: a header line, then one record of hexadecimal columns per line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpim_emu.errors import PackageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from qpim_emu.golden.sink import Writer

__all__ = ["Column", "Table", "accumulator_digits", "numbered", "read_records", "word_digits"]

Column = tuple[str, int]
"""Name and number of digits."""

LINE_BITS = 4


def word_digits(word_bits: int) -> int:
    """Digits of a data word."""
    return -(-word_bits // LINE_BITS)


def accumulator_digits(bits: int) -> int:
    """Digits of an accumulator, sign-extended to whole ones."""
    return -(-bits // LINE_BITS)


def numbered(name: str, digits: int, count: int) -> tuple[Column, ...]:
    """Columns ``name0 .. name<count - 1>``."""
    return tuple((f"{name}{i}", digits) for i in range(count))


class Table:
    """Writes records.

    Parameters
    ----------
    writer
        Where they go; the header is written at once.
    columns
        Names and digits.

    Attributes
    ----------
    records
        Records written so far, which is also the number of the next one.
    """

    def __init__(self, writer: Writer, columns: Sequence[Column]) -> None:
        self.writer = writer
        self.columns = tuple(columns)
        self.widths = tuple((digits, 1 << LINE_BITS * digits) for _, digits in columns)
        self.records = 0
        writer.write(f"// {' '.join(name for name, _ in columns)}\n".encode())

    def write(self, *values: int) -> None:
        """Write one record; negative numbers become two's complement of their column.

        Raises
        ------
        PackageError
            If a number has more digits than its column.
        """
        texts = []
        for i, (value, (digits, past)) in enumerate(zip(values, self.widths, strict=True)):
            if not -past <= 2 * value < 2 * past:
                msg = f"{self.columns[i][0]} must fit {digits} hexadecimal digits, got {value}"
                raise PackageError(msg)
            texts.append(f"{value % past:0{digits}x}")
        self.writer.write(f"{' '.join(texts)}\n".encode())
        self.records += 1


def read_records(lines: Iterable[str]) -> Iterator[tuple[int, ...]]:
    """Read the records of a table, all columns unsigned.

    Raises
    ------
    PackageError
        If a line is no record.
    """
    for number, line in enumerate(lines):
        if line.startswith("//"):
            continue
        try:
            yield tuple(int(text, 16) for text in line.split())
        except ValueError as error:
            msg = f"line {number + 1} must hold hexadecimal columns, got {line.strip()[:40]!r}"
            raise PackageError(msg) from error
