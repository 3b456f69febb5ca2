"""Requantization in emitted code: a tuple type for every mode, with its step for vectors.

`tests/unit/engine/test_fast_requantize.py` compares every mode and rounding with the definitions
in `qpim_emu.arith`, exhaustively for narrow accumulators.
"""

from __future__ import annotations

from qpim_emu.engine.fast.kernels.requantize.floats import F32Even, F64Away, FEvenZpIn
from qpim_emu.engine.fast.kernels.requantize.multipliers import (
    Q31Double,
    RoundedProduct,
    ScaleBiasShift,
)
from qpim_emu.engine.fast.kernels.requantize.shifts import (
    Floor,
    HalfAway,
    HalfEven,
    HalfUp,
    TowardZero,
)
from qpim_emu.engine.fast.kernels.requantize.thresholds import Multithreshold
from qpim_emu.engine.fast.kernels.requantize.unit import (
    COMMON,
    LANES,
    Coded,
    Constants,
    Later,
    Nothing,
    Unit,
)

__all__ = [
    "COMMON",
    "LANES",
    "Coded",
    "Constants",
    "F32Even",
    "F64Away",
    "FEvenZpIn",
    "Floor",
    "HalfAway",
    "HalfEven",
    "HalfUp",
    "Later",
    "Multithreshold",
    "Nothing",
    "Q31Double",
    "RoundedProduct",
    "ScaleBiasShift",
    "TowardZero",
    "Unit",
]
