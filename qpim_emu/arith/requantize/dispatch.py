"""From an accumulator to an output code: the mode, the zero point and the clamp."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, overload

import numpy as np

from qpim_emu.arith.requantize.f32_even import f32_even
from qpim_emu.arith.requantize.f64_away import f64_away
from qpim_emu.arith.requantize.f_even_zp_in import f_even_zp_in
from qpim_emu.arith.requantize.mode import Mode
from qpim_emu.arith.requantize.multithreshold import multithreshold
from qpim_emu.arith.requantize.q15_acc64 import q15_acc64
from qpim_emu.arith.requantize.q31_double import q31_double
from qpim_emu.arith.requantize.q31_single import q31_single
from qpim_emu.arith.requantize.scale_bias_shift import scale_bias_shift
from qpim_emu.arith.requantize.shift import shift
from qpim_emu.arith.rounding import Rounding

if TYPE_CHECKING:
    from qpim_emu.arith.rounding import Integers
    from qpim_emu.typing import BoolArray, FloatArray, IntArray

__all__ = ["Constants", "requantize"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Constants:
    """Constants of one requantization, ready to use: nothing is validated here.

    Scalars with an integer accumulator; with an array of accumulators, scalars or arrays of one
    value per position of its last axis. A mode reads only the constants it uses; `low` and
    `high` clamp every mode but ``none``.
    """

    multiplier: Integers = 0
    shift: Integers = 0
    addend: Integers = 0
    scale: float | FloatArray = 1.0
    thresholds: IntArray = field(default_factory=lambda: np.zeros(0, np.int64))
    offset: Integers = 0
    zero_point: Integers = 0
    low: Integers = 0
    high: Integers = 0
    rounding: Rounding = Rounding.FLOOR


@overload
def requantize(mode: Mode, accumulator: int, constants: Constants) -> tuple[int, bool]: ...
@overload
def requantize(
    mode: Mode, accumulator: IntArray, constants: Constants
) -> tuple[IntArray, BoolArray]: ...
def requantize(
    mode: Mode, accumulator: Integers, constants: Constants
) -> tuple[Integers, bool | BoolArray]:
    """Rescale, add the zero point, clamp.

    Parameters
    ----------
    mode
        How to rescale.
    accumulator
        An integer, or ``int64`` with the filters on the last axis.
    constants
        See `Constants`.

    Returns
    -------
    codes
        Output codes, an integer or ``int64`` of the shape of `accumulator`.
    clamped
        Whether the clamp changed the code (``bool``, or an array of them).

    Notes
    -----
    The clamp is applied before the zero point is added, to limits moved by it: the same codes,
    and no sum can leave ``int64``, where rescaled values may saturate.

    Examples
    --------
    >>> requantize(Mode.SHIFT, 1000, Constants(shift=1, zero_point=-8, low=-128, high=127))
    (127, True)
    """
    if isinstance(accumulator, np.ndarray):
        if mode is Mode.NONE:
            return accumulator, np.zeros(accumulator.shape, np.bool_)
        zero = 0 if mode is Mode.F_EVEN_ZP_IN else constants.zero_point
        value = np.asarray(rescale(mode, accumulator, constants))
        codes = np.clip(value, constants.low - zero, constants.high - zero)
        clamped = codes != value
        if np.any(zero):
            codes += zero
        return codes, clamped
    if mode is Mode.NONE:
        return accumulator, False
    rescaled = int(rescale(mode, accumulator, constants))
    code = rescaled if mode is Mode.F_EVEN_ZP_IN else rescaled + int(constants.zero_point)
    clamped = min(max(code, int(constants.low)), int(constants.high))
    return clamped, clamped != code


def rescale(  # noqa: C901, PLR0911 - one case per mode
    mode: Mode, accumulator: Integers, c: Constants
) -> Integers:
    """Rescale by the function named like the mode."""
    match mode:
        case Mode.SHIFT:
            return shift(accumulator, shift=c.shift, rounding=c.rounding)
        case Mode.SCALE_BIAS_SHIFT:
            return scale_bias_shift(
                accumulator, multiplier=c.multiplier, addend=c.addend, shift=c.shift
            )
        case Mode.Q31_DOUBLE:
            return q31_double(accumulator, multiplier=c.multiplier, shift=c.shift)
        case Mode.Q31_SINGLE:
            return q31_single(accumulator, multiplier=c.multiplier, shift=c.shift)
        case Mode.Q15_ACC64:
            return q15_acc64(accumulator, multiplier=c.multiplier, shift=c.shift)
        case Mode.F64_AWAY:
            return f64_away(accumulator, scale=c.scale)
        case Mode.F32_EVEN:
            return f32_even(accumulator, scale=c.scale)
        case Mode.F_EVEN_ZP_IN:
            return f_even_zp_in(accumulator, scale=c.scale, zero_point=c.zero_point)
        case Mode.MULTITHRESHOLD:
            return multithreshold(accumulator, thresholds=c.thresholds, offset=c.offset)
        case Mode.NONE:
            return accumulator
