"""What products need next is asked for a while before, so that they do not wait for memory.

Rows of streamed vectors are short, and some are read at once: processors that guess what is read
next do not see them come. Nothing that is computed depends on what is fetched, nor must an address
be one of memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from llvmlite import ir

from qpim_emu.engine.fast.kernels.emission import BYTE, INDEX, LANE, cgutils
from qpim_emu.engine.fast.kernels.instructions import GROUP_BYTES
from qpim_emu.engine.fast.kernels.kernel import LINE

if TYPE_CHECKING:
    from qpim_emu.engine.fast.kernels.emission import Emission

__all__ = ["CHUNK", "Ahead", "fetch"]

CHUNK: Final = LINE // GROUP_BYTES
"""Steps after which rows begin a new line of the cache: the next ones are asked for there."""

FIRST_LEVEL, SECOND_LEVEL = 3, 2
"""Caches to fetch into, as LLVM numbers them."""


class Ahead(NamedTuple):
    """What to fetch while a block is multiplied, for each `CHUNK` of steps.

    Attributes
    ----------
    streamed, rows
        Addresses of the first of the next rows, and how many follow each: a line of each.
    resident, lines
        Address in the table, and how many lines.
    """

    streamed: tuple[Any, ...]
    rows: Any
    resident: Any
    lines: Any


def fetch(emission: Emission, ahead: Ahead, chunk: Any, row: Any) -> None:  # noqa: ANN401
    """Write what fetches for a chunk: a line of each of the next rows, and some of the table.

    Parameters
    ----------
    emission
        Writes it.
    ahead
        What to fetch.
    chunk
        Number of the chunk.
    row
        Bytes between streamed vectors.
    """
    builder, line = emission.builder, INDEX(LINE)
    for streamed in ahead.streamed:
        begun = emission.at(streamed, chunk, line)
        with cgutils.for_range(builder, ahead.rows) as loop:
            prefetch(builder, emission.at(begun, loop.index, row), FIRST_LEVEL)
    begun = emission.at(ahead.resident, chunk, builder.mul(ahead.lines, line))
    with cgutils.for_range(builder, ahead.lines) as loop:
        prefetch(builder, emission.at(begun, loop.index, line), SECOND_LEVEL)


def prefetch(builder: Any, place: Any, cache: int) -> None:  # noqa: ANN401
    """Have a line of the cache fetched."""
    kind = ir.FunctionType(ir.VoidType(), [BYTE.as_pointer(), LANE, LANE, LANE])
    function = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
    to_read, data = LANE(0), LANE(1)
    builder.call(function, [place, to_read, LANE(cache), data])
