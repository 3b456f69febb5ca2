"""Reading all constants of a mode: which must be given, which may, which must not."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from qpim_emu.arith.requantize.checks import (
    read_integer,
    read_integers,
    read_scales,
    read_thresholds,
)
from qpim_emu.arith.requantize.mode import (
    LIMIT_FORMAT,
    RULES,
    ZERO_POINT_FORMAT,
    Mode,
    Range,
)
from qpim_emu.arith.rounding import Rounding
from qpim_emu.errors import LayerError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike

    from qpim_emu.arith.rounding import Integers
    from qpim_emu.typing import FloatArray, IntArray

    Constant: TypeAlias = Integers | float | FloatArray | IntArray | None

__all__ = ["read_constants", "read_limits", "read_mode", "read_rounding", "read_zero_point"]

SINGLE_MODES = frozenset({Mode.F32_EVEN, Mode.F_EVEN_ZP_IN})


def read_mode(value: Mode | str) -> Mode:
    """Read the name of a mode; a `LayerError` lists them."""
    if not isinstance(value, str) or value not in list(Mode):
        msg = f"mode must be one of {', '.join(Mode)}, got {value!r}"
        raise LayerError(msg)
    return Mode(value)


def read_rounding(mode: Mode, value: Rounding | str) -> Rounding:
    """Read the rounding of ``shift``; every other mode defines its own."""
    if not isinstance(value, str) or value not in list(Rounding):
        msg = f"rounding must be one of {', '.join(Rounding)}, got {value!r}"
        raise LayerError(msg)
    if value != Rounding.FLOOR and "rounding" not in RULES[mode].others:
        msg = f"rounding must not be given for mode {mode}, got {value!r}"
        raise LayerError(msg)
    return Rounding(value)


def read_zero_point(mode: Mode, value: ArrayLike) -> Integers:
    """Read the zero point, 0 for modes without one."""
    points = read_integers(value, field="zero_point", allowed=Range.of(ZERO_POINT_FORMAT))
    if np.any(points) and not RULES[mode].zero_point:
        msg = f"zero_point must be 0 for mode {mode}, got {value!r}"
        raise LayerError(msg)
    return points


def read_limits(mode: Mode, low: int | None, high: int | None) -> tuple[int | None, int | None]:
    """Read the clamp: both limits where the mode needs them, in order."""
    given = {"low": low, "high": high}
    limits: list[int | None] = []
    for field, value in given.items():
        if value is None and RULES[mode].limits:
            msg = f"{field} must be given for mode {mode}, got None"
            raise LayerError(msg)
        if value is not None and mode is Mode.NONE:
            msg = f"{field} must not be given for mode none, got {value!r}"
            raise LayerError(msg)
        allowed = Range.of(LIMIT_FORMAT)
        limits.append(None if value is None else read_integer(value, field=field, allowed=allowed))
    if limits[0] is not None and limits[1] is not None and limits[0] > limits[1]:
        msg = f"low must be at most high = {high}, got {low}"
        raise LayerError(msg)
    return limits[0], limits[1]


def read_constants(mode: Mode, given: Mapping[str, ArrayLike | None]) -> dict[str, Constant]:
    """Read the constants that modes differ in.

    Parameters
    ----------
    mode
        What they are for.
    given
        Every such constant by name; None where it was not given.

    Returns
    -------
    dict
        The same names: validated constants, 0 for optional ones, None for those of other modes.

    Raises
    ------
    LayerError
        If a constant is missing, does not belong to the mode, or has a value it does not accept.
    """
    return {field: read_constant(mode, field, value) for field, value in given.items()}


def read_constant(mode: Mode, field: str, value: ArrayLike | None) -> Constant:
    """Read one of them."""
    rules = RULES[mode]
    if field not in rules.integers and field not in rules.others:
        if value is not None:
            msg = f"{field} must not be given for mode {mode}, got {value!r}"
            raise LayerError(msg)
        return None
    if value is None:
        if field in rules.optional:
            return 0
        msg = f"{field} must be given for mode {mode}, got None"
        raise LayerError(msg)
    if field == "scale":
        return read_scales(value, held=np.float32 if mode in SINGLE_MODES else np.float64)
    if field == "thresholds":
        return read_thresholds(value)
    return read_integers(value, field=field, allowed=rules.integers[field])
