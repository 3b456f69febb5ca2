"""Requantize units from the real scales of a network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qpim_emu.arith.constants import mode_constants
from qpim_emu.arith.requantize import Mode
from qpim_emu.arith.requantize.read import read_mode
from qpim_emu.arith.rounding import Rounding
from qpim_emu.arith.scales import PRESETS, effective_scale
from qpim_emu.errors import LayerError
from qpim_emu.workload.requantize import Requantize

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["from_scale", "from_scales"]


def from_scale(
    scale: ArrayLike,
    *,
    mode: Mode | str,
    low: int,
    high: int,
    zero_point: ArrayLike = 0,
    multiplier_bits: int = 16,
) -> Requantize:
    """Derive the constants of a mode from real multipliers, see `mode_constants`.

    Parameters
    ----------
    scale
        Real multiplier from accumulator to output, scalar or one per filter.
    mode
        Any but ``none`` and ``multithreshold``; ``shift`` rounds half up.
    low, high, zero_point
        As in `Requantize`.
    multiplier_bits
        Signed width of the multiplier of ``scale_bias_shift``.

    Raises
    ------
    InputError
        If the mode has no scale, or the constants are outside their ranges.
    """
    mode = read_mode(mode)
    constants: dict[str, Any] = dict(mode_constants(mode, scale, multiplier_bits=multiplier_bits))
    if mode is Mode.SHIFT:
        constants["rounding"] = Rounding.HALF_UP
    return Requantize(mode=mode, zero_point=zero_point, low=low, high=high, **constants)


def from_scales(
    *,
    input_scale: ArrayLike,
    weight_scale: ArrayLike,
    output_scale: ArrayLike,
    preset: str,
    low: int,
    high: int,
    zero_point: ArrayLike = 0,
) -> Requantize:
    """Requantize as a framework does: its mode, with scales combined in its floats.

    Parameters
    ----------
    input_scale, weight_scale, output_scale
        Scales of the tensors; scalars, or one per filter.
    preset
        A key of `qpim_emu.arith.scales.PRESETS`.
    low, high, zero_point
        As in `Requantize`.

    Raises
    ------
    InputError
        If the preset is unknown, or the scales do not give valid constants.

    Examples
    --------
    >>> unit = from_scales(
    ...     input_scale=0.5, weight_scale=[0.25, 0.5], output_scale=1.0,
    ...     preset="tflite", low=-128, high=127,
    ... )
    >>> unit.multiplier.tolist(), unit.shift.tolist()
    ([1073741824, 1073741824], [2, 1])
    """
    if not isinstance(preset, str) or preset not in PRESETS:
        msg = f"preset must be one of {', '.join(PRESETS)}, got {preset!r}"
        raise LayerError(msg)
    chosen = PRESETS[preset]
    scale = effective_scale(input_scale, weight_scale, output_scale, rule=chosen.rule)
    return from_scale(scale, mode=chosen.mode, low=low, high=high, zero_point=zero_point)
