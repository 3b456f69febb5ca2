"""Copies of short runs, in whole vectors: what lies behind a run is copied along.

A call of the C library's copy takes longer than most runs do.
"""

from __future__ import annotations

from typing import Any, Final

from numba import types

from qpim_emu.engine.fast.kernels.emission import BYTE, INDEX, Emission, cgutils, emitted

__all__ = ["SLACK", "copy_run"]

SLACK: Final = 64
"""Bytes behind a run that may be read, and overwritten, as well."""


def steps_of(builder: Any, size: Any) -> Any:  # noqa: ANN401 - values of LLVM
    """Vectors of `SLACK` bytes that cover so many bytes."""
    return builder.sdiv(builder.add(size, INDEX(SLACK - 1)), INDEX(SLACK))


@emitted
def copy_run(_: Any, held: Any, begun: Any, out: Any, place: Any, count: Any) -> Any:  # noqa: ANN401
    """Copy `count` elements, and up to `SLACK` bytes more.

    Parameters
    ----------
    held, begun
        C-contiguous array, and the element of it, counted through all axes, where the run begins.
    out, place
        Likewise where it goes; of the same type, not overlapping.
    count
        Elements.
    """

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:  # noqa: ANN401
        emission = Emission(builder, SLACK)
        size = INDEX(signature.args[0].dtype.bitwidth // 8)
        bases = [
            builder.bitcast(
                context.make_array(signature.args[i])(context, builder, values[i]).data,
                BYTE.as_pointer(),
            )
            for i in (0, 2)
        ]
        source = emission.at(bases[0], values[1], size)
        target = emission.at(bases[1], values[3], size)
        size_of_run = builder.mul(values[4], size)
        half = Emission(builder, SLACK // 2)
        is_short = builder.icmp_signed("<=", size_of_run, INDEX(half.lanes))
        with builder.if_else(is_short) as (short, long):
            with short:  # stores that cross lines of the cache cost twice
                half.store(half.load(source, half.vector(BYTE)), target)
            with long, cgutils.for_range(builder, steps_of(builder, size_of_run)) as loop:
                step = INDEX(SLACK)
                vector = emission.load(emission.at(source, loop.index, step), emission.vector(BYTE))
                emission.store(vector, emission.at(target, loop.index, step))
        return context.get_dummy_value()

    return types.void(held, begun, out, place, count), generate
