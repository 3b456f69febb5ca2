"""Bugs for the C model of the conformance suite, each with the table that must notice it."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["BUGS", "Bug"]


class Bug(NamedTuple):
    """One change of a file of the model.

    Attributes
    ----------
    file, old, new
        The file, a text that occurs in it once, and what replaces it.
    table
        Committed table that must fail.
    """

    file: str
    old: str
    new: str
    table: str


BUGS = {
    "toward zero is floor": Bug(
        *("numbers.c", "return floor + (negative && (half || sticky));", "return floor;"),
        "L1/shift-toward_zero",
    ),
    "half up is half away": Bug(
        *("numbers.c", "return floor + half;", "return floor + (half && (sticky || !negative));"),
        "L1/shift-half_up",
    ),
    "half even is half up": Bug(
        *("numbers.c", "(half && (bit(floor, 0) || sticky))", "half"), "L1/shift-half_even"
    ),
    "half away is half up": Bug(
        *("numbers.c", "(half && (sticky || !negative))", "half"), "L1/shift-half_away"
    ),
    "left shift wraps": Bug(
        *("numbers.c", "return x > 0 ? INT64_MAX : INT64_MIN;", "return 0;"), "L1/shift-floor"
    ),
    "no sign extension": Bug(
        *("numbers.c", "return wrap(field, window.bits);", "return (int64_t)field;"), "L2/reads"
    ),
    "bipolar is unsigned": Bug(
        *("numbers.c", "2 * (int64_t)field - 1", "(int64_t)field"), "L2/reads"
    ),
    "sum of 64 bits": Bug(
        *("requantize.c", "floor_shift(a, 32) * c.multiplier +", "0 +"), "L1/scale_bias_shift"
    ),
    "high half not saturated": Bug(
        *("requantize.c", "h = clip(h, INT32_MIN, INT32_MAX);", ""), "L1/boundary"
    ),
    "left shift before the multiplication does not wrap": Bug(
        *(
            "requantize.c",
            "wrap((uint64_t)a << left, 32)",
            "clip(left_shift(a, left), INT32_MIN, INT32_MAX)",
        ),
        "L1/q31_double",
    ),
    "second rounding half up": Bug(
        *("requantize.c", "rounded_shift(h, right, HALF_AWAY)", "rounded_shift(h, right, HALF_UP)"),
        "L1/q31_double",
    ),
    "one rounding instead of two": Bug(
        "requantize.c",
        "return right ? rounded_shift(h, right, HALF_AWAY) : h;",
        "return rounded_shift(x * c.multiplier, 31 + right, HALF_AWAY);",
        "L1/q31_double",
    ),
    "result not wrapped": Bug(
        "requantize.c",
        "return wrap((uint64_t)rounded_shift(a * c.multiplier, (int)(31 + c.shift), HALF_UP), 32);",
        "return rounded_shift(a * c.multiplier, (int)(31 + c.shift), HALF_UP);",
        "L1/q31_single",
    ),
    "multiplier cut to 16 bits": Bug(
        *("requantize.c", "c.multiplier + (1 << 15), 16", "c.multiplier, 16"), "L1/q15_acc64"
    ),
    "float instead of double": Bug(
        *(
            "requantize.c",
            "nearest((double)a * scale_of(c.scale)",
            "nearest((double)((float)a * (float)scale_of(c.scale))",
        ),
        "L1/f64_away",
    ),
    "double instead of float": Bug(
        *(
            "requantize.c",
            "single = (float)((double)single * scale);",
            "return nearest((double)a * scale, HALF_EVEN);",
        ),
        "L1/f32_even",
    ),
    "zero point added behind the rounding": Bug(
        "requantize.c",
        "product = product + (double)zero_point;\n    return nearest(product, HALF_EVEN);",
        "return nearest(product, HALF_EVEN) + zero_point;",
        "L1/f_even_zp_in",
    ),
    "threshold not counted where it is met": Bug(
        *("requantize.c", "c.thresholds[t] <= a", "c.thresholds[t] < a"), "L1/multithreshold"
    ),
    "clamp not told": Bug(*("requantize.c", "*clamped = output != code;", ""), "L1/shift-floor"),
    "group not widened upwards": Bug(
        *(
            "read.c",
            "(window.lo + window.bits + granularity - 1) / granularity * granularity",
            "window.lo + window.bits",
        ),
        "L2/reads",
    ),
    "group not widened downwards": Bug(
        *(
            "read.c",
            "gate.first = window.lo / granularity * granularity;",
            "gate.first = window.lo;",
        ),
        "L2/reads",
    ),
    "halves swapped": Bug(
        *("read.c", "<< block * (width / blocks);", "<< (blocks - 1 - block) * (width / blocks);"),
        "L2/reads",
    ),
    "unaligned partner": Bug(
        *("read.c", "(!next && column % blocks != 0)", "(!next && column % 2 != 0)"), "L2/reads"
    ),
    "read leaves its row": Bug(
        *("read.c", "column + blocks > columns", "column > columns"), "L2/reads"
    ),
    "read leaves its run": Bug(*("read.c", "blocks > left", "blocks > left + 8"), "L2/reads"),
    "packed lines not moved back": Bug(*("read.c", "window.lo -= gate.first;", ""), "L2/reads"),
    "tail words counted": Bug(
        *("accumulate.c", "per_lane || block == blocks - 1 ? live", "per_lane ? live"), "L3/sums"
    ),
    "saturates at the end only": Bug(
        *("accumulate.c", "if (accumulator->policy == SATURATE && beyond) {", "if (0) {"), "L3/sums"
    ),
    "low end one too high": Bug(
        *("accumulate.c", "-most(accumulator->bits) - 1;", "-most(accumulator->bits);"), "L3/sums"
    ),
    "overflow of the register, not of the total": Bug(
        *(
            "accumulate.c",
            "side(accumulator->bias, accumulator->added,",
            "side(accumulator->value, 0,",
        ),
        "L3/sums",
    ),
    "resident zero point of the first word": Bug(
        *("accumulate.c", "weight_zeros[word])", "weight_zeros[0])"), "L3/sums"
    ),
    "sums of several taps": Bug(
        *("layer.c", "l->linear || l->unfolded ? products : per_group", "products"), "L4/layers"
    ),
    "border is a code of 0": Bug(
        "layer.c",
        "        return 0;\n    a = l->codes",
        "        return -l->a_zero;\n    a = l->codes",
        "L4/layers",
    ),
    "dilation left out": Bug(*("layer.c", "x0 + kx * l->dilation_x", "x0 + kx"), "L4/layers"),
    "groups left out": Bug(
        *("layer.c", "m / (l->filters / l->groups) * per_group + c", "c"), "L4/layers"
    ),
    "codes of the first image": Bug(
        *("layer.c", "(n * l->channels + channel)", "(n * 0 + channel)"), "L4/layers"
    ),
    "later layers read the first input": Bug(
        *("layer.c", "codes = outputs;", "codes = l.codes;"), "L5/networks"
    ),
}
