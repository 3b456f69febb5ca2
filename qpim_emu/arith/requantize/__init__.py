"""Requantization: from an accumulator to an output code, one module per mode.

Every mode is one function of integers, or of ``int64`` arrays, that gives the same results on
both. A positive `shift` shifts right and a negative one left in every mode (so TFLite's exponent
is the negative of our shift). `requantize` adds the zero point and clamps.
"""

from __future__ import annotations

from qpim_emu.arith.requantize.dispatch import Constants, requantize
from qpim_emu.arith.requantize.f32_even import f32_even
from qpim_emu.arith.requantize.f64_away import f64_away
from qpim_emu.arith.requantize.f_even_zp_in import f_even_zp_in
from qpim_emu.arith.requantize.mode import RULES, Mode, ModeRules, Range
from qpim_emu.arith.requantize.multithreshold import multithreshold
from qpim_emu.arith.requantize.q15_acc64 import q15_acc64, reduced_multiplier
from qpim_emu.arith.requantize.q31_double import doubling_high_multiply, q31_double
from qpim_emu.arith.requantize.q31_single import q31_single
from qpim_emu.arith.requantize.scale_bias_shift import scale_bias_shift
from qpim_emu.arith.requantize.shift import shift

__all__ = [
    "RULES",
    "Constants",
    "Mode",
    "ModeRules",
    "Range",
    "doubling_high_multiply",
    "f32_even",
    "f64_away",
    "f_even_zp_in",
    "multithreshold",
    "q15_acc64",
    "q31_double",
    "q31_single",
    "reduced_multiplier",
    "requantize",
    "scale_bias_shift",
    "shift",
]
