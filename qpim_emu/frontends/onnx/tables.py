"""Operations on each code by itself, as tables of what the engine's float formula gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.frontends.onnx.quantization import dequantized, quantized
from qpim_emu.frontends.onnx.refusal import RefusedError
from qpim_emu.workload.operations import Lookup

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from qpim_emu.arith.formats import Format
    from qpim_emu.frontends.onnx.quantization import Quantization
    from qpim_emu.typing import FloatArray, IntArray

    Reals = NDArray[np.float32]

__all__ = ["approximated", "computed", "every_code", "rescaled"]


def every_code(stored: Format) -> IntArray:
    """All codes of a format, ascending."""
    return np.arange(stored.min, stored.max + 1, dtype=np.int64)


def table(source: Quantization, codes: IntArray) -> Lookup:
    """Make the operation from its output codes."""
    return Lookup(table=tuple(codes.tolist()), first=source.format.min)


def computed(
    source: Quantization,
    to: Quantization,
    function: Callable[[Reals], Reals],
    *,
    limits: tuple[int, int],
) -> Lookup:
    """Tabulate a function that float32 computes alike everywhere: products, maxima.

    Dequantize, apply it, quantize: each step rounded to float32, as the standard's operators and
    ONNX Runtime's kernels over tables (qlinear_lookup_table.cc) do.
    """
    with np.errstate(over="ignore", under="ignore"):
        reals = function(dequantized(every_code(source.format), source))
    return table(source, np.clip(quantized(reals, to), *limits))


def rescaled(source: Quantization, to: Quantization) -> Lookup:
    """Tabulate the codes of the same reals in another quantization."""
    limits = (to.format.min, to.format.max)
    return computed(source, to, lambda reals: reals, limits=limits)


def approximated(
    source: Quantization,
    to: Quantization,
    function: Callable[[FloatArray], FloatArray],
    *,
    error: float,
    limits: tuple[int, int],
) -> Lookup:
    """Tabulate a function that engines approximate, where every approximation gives one code.

    The exact values, in float64, must keep away from the ties between two codes by more than
    `error` (in reals) and what quantizing in float32 loses. At 0 no function may be approximated.

    Raises
    ------
    RefusedError
        If a code's value lies nearer to a tie.
    """
    scale, zero_point = to.one("output")
    reals = dequantized(every_code(source.format), source).astype(np.float64)
    values = function(reals)
    places = values / np.float64(scale)
    slack = error / np.float64(scale) + np.abs(places) * 2.0**-22 + 2.0**-40
    near = np.abs(places - np.floor(places) - 0.5) <= slack
    inside = (places + zero_point > to.format.min - 1) & (places + zero_point < to.format.max + 1)
    wrong = near & inside & (reals != 0)
    if np.any(wrong):
        code = int(every_code(source.format)[wrong][0])
        msg = (
            f"value of code {code} lies so near to a tie between two codes that approximations "
            "differ; choose another output scale"
        )
        raise RefusedError(msg)
    return table(source, np.clip(quantized(values.astype(np.float32), to), *limits))
