"""Mutants of formats, windows, packing, rounding and accumulators."""

from __future__ import annotations

from tests.mutants.harness import Mutant

__all__ = ["EXTENDED", "GATE"]

ORACLE = "tests/differential/test_literal_oracle.py"
WRAPPING = f"{ORACLE}::test_wrapping_layers"
SATURATING = f"{ORACLE}::test_saturating_layers_in_the_order_of_their_mapping"

GATE = (
    Mutant(
        name="mask off by one",
        file="hardware/gating.py",
        old="-(-window.past // group) * group",
        new="-(-(window.past - 1) // group) * group",
        killers=("tests/property/test_windows.py",),
    ),
    Mutant(
        name="sign extension dropped",
        file="arith/formats.py",
        old="return field - ((field >> (self.bits - 1)) << self.bits)",
        new="return field",
        killers=(f"{WRAPPING}[linear]", WRAPPING),
    ),
    Mutant(
        name="codes not extended to the word",
        file="arith/packing.py",
        old="    fields = stored.to_field(codes) if stored.encoding is Encoding.BIPOLAR else codes",
        new="    fields = stored.to_field(codes)",
        killers=("tests/property/test_packing.py",),
    ),
    Mutant(
        name="borders and tails hold 0 instead of the zero point",
        file="arith/packing.py",
        old="return (zero_point << window.shift) & ((1 << word_bits) - 1)",
        new="return 0",
        killers=(f"{WRAPPING}[conv2d]", WRAPPING),
    ),
    Mutant(
        name="half to even rounds half up",
        file="arith/rounding.py",
        old="return half & (floor | sticky)",
        new="return half",
        killers=("tests/differential/test_requantize.py",),
    ),
    Mutant(
        name="wraps counted per addition",
        file="engine/literal/accumulators.py",
        old="        return saturates\n",
        new="        return True\n",
        killers=(f"{WRAPPING}[linear]", WRAPPING),
    ),
    Mutant(
        name="tail products not discarded",
        file="engine/literal/lanes.py",
        old="zip(streamed[:live], self.buffer[resident][:live], strict=True)",
        new="zip(streamed, self.buffer[resident])",
        killers=(f"{WRAPPING}[linear]", WRAPPING),
    ),
    Mutant(
        name="products of a block added one by one",
        file="engine/literal/lanes.py",
        old="registers[0].add(sum(products))",
        new="any([registers[0].add(product) for product in products])",
        killers=(f"{SATURATING}[linear]", SATURATING),
    ),
)

EXTENDED = (
    Mutant(
        name="windows one bit too wide",
        file="arith/window.py",
        old="return self.field_mask << self.shift",
        new="return (2 * self.field_mask + 1) << self.shift",
        killers=("tests/property/test_windows.py",),
    ),
    Mutant(
        name="half away rounds negative ties up",
        file="arith/rounding.py",
        old="return half & (sticky | (1 - negative))",
        new="return half",
        killers=("tests/differential/test_requantize.py",),
    ),
    Mutant(
        name="narrowed bias rounded down",
        file="workload/narrowing.py",
        old="return shift_right(values, shift, Rounding.HALF_EVEN)",
        new="return shift_right(values, shift, Rounding.FLOOR)",
        killers=("tests/property/test_narrowing.py::test_narrowing_is_dropping_bits",),
    ),
    Mutant(
        name="narrowed thresholds rounded down",
        file="arith/requantize/narrow.py",
        old="floor + (rest != 0)",
        new="floor + 0 * rest",
        killers=("tests/property/test_narrowing.py::test_narrowed_units_decide_alike",),
    ),
    Mutant(
        name="a bias in an accumulator that overflowed is not counted",
        file="engine/literal/accumulators.py",
        old="self.value = self.total = start",
        new="self.value, self.total = start, 0",
        killers=(f"{WRAPPING}[linear]", WRAPPING),
    ),
)
