"""Output codes read from a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from qpim_emu.arith.fixed_point import logistic, tanh
from qpim_emu.arith.integers import is_integer
from qpim_emu.errors import LayerError
from qpim_emu.workload.operations.elementwise import Elementwise
from qpim_emu.workload.operations.limits import (
    CODES,
    hold_integers,
    integer_in,
    require_integer_format,
    sequence_of,
    smallest_format,
)
from qpim_emu.workload.operations.tables import TABLE_BITS, table_of
from qpim_emu.workload.operations.tables_of_16_bits import (
    CODES_OF_16_BITS,
    sigmoid_of_16_bits,
    tanh_of_16_bits,
)

if TYPE_CHECKING:
    from qpim_emu.arith.formats import Format
    from qpim_emu.typing import IntArray

__all__ = ["Lookup"]

MOST_BITS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup(Elementwise):
    """``table[code - first]``: any function of one code.

    Parameters
    ----------
    table
        Output codes in the order of the input codes; ``2**bits`` of them, 1..16 bits.
    first
        Input code of the first entry: 0, or minus half of the entries.

    Raises
    ------
    LayerError
        If the table has another number of entries, an entry is no integer of 17 bits, or `first`
        is another code.

    Examples
    --------
    >>> Lookup(table=(5, 6, 7, 8), first=-2).compute(np.array([[-2, 1, 0]]))
    array([[5, 8, 7]])
    """

    table: tuple[int, ...]
    first: int

    def __post_init__(self) -> None:
        hold_integers(self)
        entries = tuple(
            integer_in(entry, CODES, field="table")
            for entry in sequence_of(self.table, field="table")
        )
        object.__setattr__(self, "table", entries)
        if len(entries) not in {1 << bits for bits in range(1, MOST_BITS + 1)}:
            msg = f"table must have 2**bits entries, 1..{MOST_BITS} bits, got {len(entries)}"
            raise LayerError(msg)
        if not is_integer(self.first) or self.first not in {0, -len(entries) // 2}:
            msg = f"first must be 0 or {-len(entries) // 2}, got {self.first!r}"
            raise LayerError(msg)

    @classmethod
    def sigmoid(cls, *, input_scale: float, input_zero_point: int) -> Self:
        """Tabulate the logistic function for int8 codes, as TFLite Micro computes it.

        The output has scale 1/256 and zero point -128. With ``x`` the code less the zero point:

        1. Scale: ``input_scale * 2**27`` (float32 scale, in double) as `quantize_multiplier`
           writes it. Where ``|x|`` reaches ``floor(15 * 2**27 / 2**left shift)``, the output is
           -128 or 127.
        2. Elsewhere ``x`` rescaled by it as `q31_double` does has 4 integer bits; `logistic` of
           that, divided by ``2**23`` to nearest, ties away, less 128, saturates at int8.

        Source: LOGISTIC of TFLite Micro's reference kernels (integer_ops/logistic.h). TFLite's
        optimized kernels use a table of floats instead.

        Raises
        ------
        LayerError
            If the scale is not in ``2**-28 .. 16``, or the zero point no int8.

        Examples
        --------
        >>> lookup = Lookup.sigmoid(input_scale=1 / 16, input_zero_point=0)
        >>> lookup.compute(np.array([[-128, -16, 0, 16, 127]])).tolist()
        [[-128, -59, 0, 59, 127]]
        """
        table = table_of(
            logistic, input_scale, input_zero_point, dropped_bits=23, output_zero_point=-128
        )
        return cls(table=table, first=-(1 << (TABLE_BITS - 1)))

    @classmethod
    def tanh(cls, *, input_scale: float, input_zero_point: int) -> Self:
        """Tabulate the hyperbolic tangent for int8 codes, as TFLite Micro computes it.

        The output has scale 1/128 and zero point 0. As `sigmoid`, but with `tanh` divided by
        ``2**24``. Source: TANH of TFLite Micro's reference kernels (integer_ops/tanh.h).

        Raises
        ------
        LayerError
            As `sigmoid`.

        Examples
        --------
        >>> lookup = Lookup.tanh(input_scale=1 / 16, input_zero_point=0)
        >>> lookup.compute(np.array([[-128, -16, 0, 16, 127]])).tolist()
        [[-128, -97, 0, 97, 127]]
        """
        table = table_of(tanh, input_scale, input_zero_point, dropped_bits=24, output_zero_point=0)
        return cls(table=table, first=-(1 << (TABLE_BITS - 1)))

    @classmethod
    def sigmoid16(cls, *, input_scale: float) -> Self:
        """Tabulate the logistic function for int16 codes, as `sigmoid_of_16_bits`.

        Input and output have zero point 0, the output scale 2**-15.

        Raises
        ------
        LayerError
            If the scale is not positive, or above 2.67.

        Examples
        --------
        >>> lookup = Lookup.sigmoid16(input_scale=2.0 ** -12)
        >>> lookup.compute(np.array([[-32768, -4096, 0, 4096, 32767]])).tolist()
        [[11, 8812, 16384, 23956, 32757]]
        """
        return cls(table=sigmoid_of_16_bits(input_scale), first=CODES_OF_16_BITS[0])

    @classmethod
    def tanh16(cls, *, input_scale: float) -> Self:
        """Tabulate the hyperbolic tangent for int16 codes, as `tanh_of_16_bits`.

        Input and output have zero point 0, the output scale 2**-15.

        Raises
        ------
        LayerError
            As `sigmoid16`.

        Examples
        --------
        >>> lookup = Lookup.tanh16(input_scale=2.0 ** -12)
        >>> lookup.compute(np.array([[-32768, -4096, 0, 4096, 32767]])).tolist()
        [[-32767, -24956, 0, 24956, 32767]]
        """
        return cls(table=tanh_of_16_bits(input_scale), first=CODES_OF_16_BITS[0])

    def output_format(self, *formats: Format) -> Format:
        """Smallest format that holds every entry; the input's codes must have one."""
        stored = require_integer_format(formats[0], self)
        last = self.first + len(self.table) - 1
        if stored.min < self.first or stored.max > last:
            msg = f"input of Lookup must be in {self.first}..{last}, got {stored}"
            raise LayerError(msg)
        return smallest_format(min(self.table), max(self.table))

    def compute(self, *codes: IntArray) -> IntArray:
        """Read the table at every code."""
        (values,) = codes
        entries: IntArray = np.array(self.table, np.int64)[values - self.first]
        return entries
