"""Bugs to plant in the requantize unit, with the packages that must notice."""

from __future__ import annotations

from tests.rtl.planted import bug

__all__ = ["BUGS"]

BUGS = (
    bug(
        "qpim_scale_bias_shift",
        "no addend",
        "+ SUM'(addend)",
        "",
        by="requantize-scale_bias_shift",
    ),
    bug(
        "qpim_scale_bias_shift",
        "sum cut to 64 bits",
        "SUM'(a) * SUM'(multiplier) + SUM'(addend)",
        "SUM'(64'(a * multiplier + addend))",
        by="requantize-scale_bias_shift",
    ),
    bug(
        "qpim_scale_bias_shift",
        "shifts in zeros",
        "sum >>> shift[6:0]",
        "sum >> shift[6:0]",
        by="requantize-scale_bias_shift",
    ),
    bug(
        "qpim_scale_bias_shift",
        "left is right",
        "left ? moved",
        "1'b0 ? moved",
        by="requantize-scale_bias_shift",
    ),
    bug(
        "qpim_round",
        "shifts in zeros",
        "floor = x >>> n",
        "floor = x >> n",
        by="requantize-q31_double",
    ),
    bug(
        "qpim_round",
        "toward_zero rounds away",
        "negative & (half | sticky)",
        "~negative & (half | sticky)",
        by="requantize-shift",
    ),
    bug(
        "qpim_round",
        "toward_zero drops what is below the half",
        "negative & (half | sticky)",
        "negative & half",
        by="requantize-roundings",
    ),
    bug(
        "qpim_round",
        "half_up rounds down",
        "HALF_UP ? half",
        "HALF_UP ? half & sticky",
        by="requantize-shift",
    ),
    bug(
        "qpim_round",
        "half_even rounds ties up",
        "(floor[0] | sticky)",
        "1'b1",
        by="requantize-shift",
    ),
    bug(
        "qpim_round",
        "half_even rounds to odd",
        "(floor[0] | sticky)",
        "(~floor[0] | sticky)",
        by="requantize-shift",
    ),
    bug(
        "qpim_round",
        "half_away rounds ties up",
        "(sticky | ~negative)",
        "1'b1",
        by="requantize-shift",
    ),
    bug(
        "qpim_round",
        "half counted as sticky",
        "(N'(1) << (n - 8'd1)) - N'(1)",
        "(N'(1) << n) - N'(1)",
        by="requantize-shift",
    ),
    bug(
        "qpim_shift",
        "no saturation to the left",
        "lost ? limit : moved",
        "moved",
        by="requantize-shift",
    ),
    bug("qpim_shift", "left is right", "!left ? rounded", "1'b1 ? rounded", by="requantize-shift"),
    bug(
        "qpim_q31_double",
        "product cut, not rounded",
        "64'sd1073741824",
        "64'sd0",
        by="requantize-q31_double",
    ),
    bug(
        "qpim_q31_double",
        "second rounding takes ties up",
        "HALF_AWAY",
        "HALF_UP",
        by="requantize-q31_double",
    ),
    bug(
        "qpim_q31_double",
        "2^31 wraps",
        "high[32:31] == 2'b01 ?",
        "1'b0 ?",
        by="requantize-q31_double",
    ),
    bug("qpim_q31_double", "no shift to the left", "a << left", "a", by="requantize-q31_double"),
    bug(
        "qpim_requantize",
        "sign of the zero point",
        "+ 65'(zero_point)",
        "- 65'(zero_point)",
        by="requantize-shift",
    ),
    bug(
        "qpim_requantize",
        "zero point behind the clamp",
        "exact < 65'(low)",
        "65'(value) < 65'(low)",
        by="requantize-clamps",
    ),
    bug(
        "qpim_requantize",
        "lower limit clamps itself",
        "exact < 65'(low)",
        "exact <= 65'(low)",
        by="requantize-clamps",
    ),
    bug(
        "qpim_requantize", "upper limit missing", "exact > 65'(high)", "1'b0", by="requantize-shift"
    ),
)
