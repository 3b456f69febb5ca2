"""Codes of a constant, and where float32 arithmetic gives others.

A code is decided in float64, exactly: the quotient of two float32 numbers is either a tie (a
multiple of 1/2 below 2**17) or at least 2**-26 away from it, and float64 rounds it by less than
2**-36.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from qpim_emu.frontends.onnx.refusal import RefusedError
from qpim_emu.frontends.qonnx.values import FixedCodes
from qpim_emu.workload.operations.limits import smallest_format

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qpim_emu.frontends.qonnx.quantizer import Quantizer
    from qpim_emu.typing import IntArray

__all__ = ["integer_constant", "quantize_constant"]

WIDEST_FORMAT = 16


def quantize_constant(
    values: NDArray[Any], quantizer: Quantizer, *, axis: int
) -> tuple[FixedCodes, str]:
    """Find the codes of a constant, and say where float32 would give others.

    Parameters
    ----------
    values
        float32 (or float16).
    quantizer
        One divisor, or one per place of `axis`.
    axis
        See there.

    Returns
    -------
    codes, note
        The note is empty where float32 gives the same codes.

    Raises
    ------
    RefusedError
        If the values are no such floats, or not finite.
    """
    if values.dtype not in {np.dtype(np.float32), np.dtype(np.float16)}:
        msg = f"a quantized constant must be float32, got {values.dtype}"
        raise RefusedError(msg)
    if not np.isfinite(values).all() or not values.size:
        msg = f"a quantized constant must hold finite numbers, got shape {list(values.shape)}"
        raise RefusedError(msg)
    codes = codes_in(np.float64, values, quantizer, axis)
    held = FixedCodes(
        codes=codes,
        format=quantizer.format,
        scale=quantizer.scale,
        zero=(quantizer.zero,),
        axis=axis,
    )
    return held, difference_note(codes, codes_in(np.float32, values, quantizer, axis))


def codes_in(
    real: type[np.float32 | np.float64], values: NDArray[Any], quantizer: Quantizer, axis: int
) -> IntArray:
    """Count the bounds that every value reaches, the quotient computed in a float."""
    divisor: NDArray[Any] = np.array([float(one) for one in quantizer.divisor]).astype(real)
    along = [1] * values.ndim
    if divisor.size > 1:
        along[axis] = divisor.size
    with np.errstate(over="ignore"):
        read: NDArray[Any] = values.astype(real) / divisor.reshape(along if values.ndim else ())
        read += real(quantizer.addend)
    closed, opened = (
        quantizer.bounds[0].twice[quantizer.bounds[0].closed == wanted] / 2
        for wanted in (True, False)
    )
    count = np.searchsorted(closed, read, side="right") + np.searchsorted(opened, read, side="left")
    step = quantizer.codes.step
    codes: IntArray = (quantizer.low + step * count).astype(np.int64)
    return codes


def difference_note(exact: IntArray, rounded: IntArray) -> str:
    """Name the constants whose code differs in float32."""
    differing = np.argwhere(exact != rounded)
    if not differing.size:
        return ""
    place = tuple(int(i) for i in differing[0])
    return (
        f"{len(differing)} of {exact.size} codes differ in float32, the first at {list(place)}: "
        f"{int(rounded[place])} instead of {int(exact[place])}"
    )


def integer_constant(values: NDArray[Any]) -> FixedCodes:
    """See a constant of integers as codes of the narrowest format that holds them.

    Raises
    ------
    RefusedError
        If it holds other numbers, or needs more than 16 bits.
    """
    whole = values.dtype.kind in "iu" or (
        values.dtype.kind == "f" and np.isfinite(values).all() and (values == np.rint(values)).all()
    )
    limit = 1 << WIDEST_FORMAT
    if not whole or not values.size or np.abs(values).max() >= limit:
        msg = "weights must be quantized, got real numbers: put a Quant between"
        raise RefusedError(msg)
    codes = values.astype(np.int64)
    stored = smallest_format(int(codes.min()), int(codes.max()))
    if stored.bits > WIDEST_FORMAT:
        msg = f"weights must have at most {WIDEST_FORMAT} bits, got {stored}"
        raise RefusedError(msg)
    return FixedCodes(codes=codes, format=stored)
