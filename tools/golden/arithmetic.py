"""The integer requantization modes as expressions with the numbers of a case put in.

Written from section 8 of the semantics with nothing but integer operators, so that a derivation
can be read, and evaluated, by itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qpim_emu.arith.requantize import Mode

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["FORMULAS", "Case"]

Case = dict[str, Any]
"""Constants and an accumulator; of the table also what is expected, and why."""


def rounded(x: str, n: int, rounding: str) -> str:
    """``x / 2**n`` rounded: what is added before the shift makes the rounding."""
    if n <= 0:
        return f"({x}) * 2**{-n}"
    half = 1 << (n - 1)
    match rounding:
        case "floor":
            return f"({x}) >> {n}"
        case "toward_zero":
            return f"(({x}) + {2 * half - 1} * (({x}) < 0)) >> {n}"
        case "half_up":
            return f"(({x}) + {half}) >> {n}"
        case "half_even":
            return f"(({x}) + {half - 1} + (({x}) >> {n} & 1)) >> {n}"
        case _:
            return f"(({x}) + {half} - (({x}) < 0)) >> {n}"


def wrapped(x: str, bits: int) -> str:
    """``x`` as a two's complement number of so many bits."""
    return f"(({x}) + 2**{bits - 1}) % 2**{bits} - 2**{bits - 1}"


def limited(x: str, low: object, high: object) -> str:
    """``x`` clamped."""
    return f"min(max({x}, {low}), {high})"


def finished(value: str, case: Case) -> str:
    """Zero point and clamp."""
    c = case["constants"]
    return limited(f"({value}) + {c.get('zero_point', 0)}", c["low"], c["high"])


def shift(case: Case) -> str:
    """8.2."""
    c = case["constants"]
    value = rounded(str(case["accumulator"]), c["shift"], str(c.get("rounding", "floor")))
    return finished(limited(value, "-2**63", "2**63 - 1"), case)


def scale_bias_shift(case: Case) -> str:
    """8.3."""
    c = case["constants"]
    total = f"{case['accumulator']} * {c['multiplier']} + {c.get('addend', 0)}"
    value = rounded(total, c["shift"], "floor")
    return finished(limited(value, "-2**63", "2**63 - 1"), case)


def q31_double(case: Case) -> str:
    """8.4."""
    c = case["constants"]
    x = wrapped(f"{case['accumulator']} << {max(-c['shift'], 0)}", 32)
    high = f"min((({x}) * {c['multiplier']} + 2**30) >> 31, 2**31 - 1)"
    return finished(rounded(high, max(c["shift"], 0), "half_away"), case)


def q31_single(case: Case) -> str:
    """8.5."""
    c = case["constants"]
    product = f"{case['accumulator']} * {c['multiplier']}"
    return finished(wrapped(rounded(product, 31 + c["shift"], "half_up"), 32), case)


def q15_acc64(case: Case) -> str:
    """8.6."""
    c = case["constants"]
    multiplier = f"min(({c['multiplier']} + 2**15) >> 16, 2**15 - 1)"
    product = f"{case['accumulator']} * {multiplier}"
    return finished(wrapped(rounded(product, 15 + c["shift"], "half_up"), 32), case)


def multithreshold(case: Case) -> str:
    """8.8."""
    c = case["constants"]
    counted = " + ".join(f"({t} <= {case['accumulator']})" for t in c["thresholds"])
    value = f"{c.get('offset', 0)} + {counted}"
    return value if c.get("low") is None else limited(value, c["low"], c["high"])


def none(case: Case) -> str:
    """The accumulator is the output."""
    return str(case["accumulator"])


FORMULAS: dict[Mode, Callable[[Case], str]] = {
    Mode.NONE: none,
    Mode.SHIFT: shift,
    Mode.SCALE_BIAS_SHIFT: scale_bias_shift,
    Mode.Q31_DOUBLE: q31_double,
    Mode.Q31_SINGLE: q31_single,
    Mode.Q15_ACC64: q15_acc64,
    Mode.MULTITHRESHOLD: multithreshold,
}
