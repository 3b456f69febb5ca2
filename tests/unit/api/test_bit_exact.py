"""Does `assert_bit_exact` accept what is right, and name the place of what is wrong?"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import qpim_emu as qe
from qpim_emu.engine.run import run_layer
from qpim_emu.errors import CodeError, MismatchError
from qpim_emu.hardware.events import Observer
from qpim_emu.oracle import partial_sums

RNG = np.random.default_rng(3)
LAYER = qe.Conv2d(
    weights=RNG.integers(-8, 8, (5, 6, 3, 3)),
    weight_type="int4",
    activation_type="uint6",
    padding=1,
    requantize=qe.Requantize(mode="shift", shift=3, low=-128, high=127),
)
CODES = RNG.integers(0, 64, (2, 6, 4, 5))
EXPECTED = qe.reference(LAYER, CODES)


def test_accepts_the_oracle() -> None:
    run = qe.assert_bit_exact(
        LAYER, CODES, EXPECTED.outputs, spec=qe.TOY, accumulators=EXPECTED.accumulators
    )
    assert run.outputs.shape == (2, 5, 4, 5)


def test_names_element_place_and_bit() -> None:
    wrong = EXPECTED.outputs.copy()
    wrong[1, 3, 2, 4] ^= 4
    wrong[1, 4, 0, 0] ^= 1
    with pytest.raises(MismatchError) as caught:
        qe.assert_bit_exact(LAYER, CODES, wrong, spec=qe.TOY)
    message = str(caught.value)
    got, want = int(EXPECTED.outputs[1, 3, 2, 4]), int(wrong[1, 3, 2, 4])
    assert f"output [1, 3, 2, 4] must be {want}, got {got} (2 of 200 differ)" in message
    for word in ("vault 1", "bank", "row", "column", "word 3", "lane", "bit 2"):
        assert word in message


def test_place_holds_the_word() -> None:
    """The named place is where the machine's own image holds the output."""
    run = qe.Machine(qe.TOY).run(LAYER, CODES)
    wrong = EXPECTED.outputs.copy()
    wrong[0, 2, 1, 1] += 1
    with pytest.raises(MismatchError) as caught:
        qe.assert_bit_exact(LAYER, CODES, wrong, spec=qe.TOY)
    named = str(caught.value).split("at ")[1]
    vault, bank, row, column, word = (int(part.split()[-1]) for part in named.split(",")[:5])
    held = run.image[vault].words[qe.TOY.address(bank, row, column), word]
    assert int(held) == int(EXPECTED.outputs[0, 2, 1, 1]) & 0xFFFF


def named_place(layer: qe.Linear, codes: list[list[int]], **wrong: Any) -> str:  # noqa: ANN401
    with pytest.raises(MismatchError) as caught:
        qe.assert_bit_exact(layer, codes, spec=qe.TOY, **wrong)
    return str(caught.value).split("at ")[1]


def test_a_bit_of_a_wide_output_is_named_in_its_own_word() -> None:
    # 48 bits are three words in consecutive blocks: output 1 of vault 1 starts at row 2, column 0.
    layer = qe.Linear(weights=[[1, 2], [3, 4]], weight_type="int4", activation_type="int4")
    right = [[5, 11]]
    for bit, place in (
        (3, "column 0, word 0, array 0, lane all, bit 3"),
        (20, "column 1, word 0, array 0, lane all, bit 4"),
        (47, "column 2, word 0, array 0, lane all, bit 15"),
        (48, "column 0, word 0, array 0, lane all, bit 48 of the output"),
    ):
        wrong = [[5, 11 ^ (1 << bit)]]
        named = named_place(layer, [[1, 2]], expected=wrong)
        assert named == f"vault 1, bank 0, row 2, {place}"
        if bit < 48:
            found = qe.Machine(qe.TOY).run(layer, [[1, 2]]).image[1].read(16 + bit // 16)[0, 0]
            assert (int(found) ^ (wrong[0][1] >> bit // 16 * 16)) & 0xFFFF == 1 << bit % 16
    named = named_place(layer, [[1, 2]], expected=right, accumulators=[[5, 11 ^ (1 << 20)]])
    assert named.endswith("column 0, word 0, array 0, lane all, bit 20 of the accumulator")


def test_a_depthwise_output_is_named_with_its_lane() -> None:
    layer = qe.Conv2d(
        weights=np.arange(1, 7).reshape(6, 1, 1, 1),
        weight_type="int4",
        activation_type="int4",
        groups=6,
        accumulator=qe.Accumulator(bits=16),
    )
    codes = np.ones((1, 6, 1, 1), int)
    wrong = qe.reference(layer, codes).outputs.copy()
    wrong[0, 5, 0, 0] ^= 2
    with pytest.raises(MismatchError, match=r"word 1, array 0, lane 1, bit 1$"):
        qe.assert_bit_exact(layer, codes, wrong, spec=qe.TOY)


class Additions(Observer):
    """Registers after each addition, by the number of the accumulator."""

    def __init__(self) -> None:
        self.values: dict[int, list[int]] = defaultdict(list)

    def accumulated(self, *, accumulator: int, lane: int, value: int, clipped: bool) -> None:  # noqa: ARG002
        self.values[accumulator].append(value)


def test_partial_sums_are_those_of_the_machine() -> None:
    # One vault and one filter a pass: accumulators count pixels, filters follow each other.
    layer = replace(LAYER, accumulator=qe.Accumulator(bits=10, overflow="saturate"))
    seen = Additions()
    run = run_layer(layer, CODES[:1], spec=qe.TOY.replace(vaults=1), observe=lambda _: seen)
    assert run.counters.total("overflows") > 0
    sums = partial_sums(layer, CODES[:1], run.plan.word_groups)
    found = np.array([seen.values[pixel] for pixel in range(4 * 5)]).reshape(4, 5, 5, -1)
    np.testing.assert_array_equal(found.transpose(2, 0, 1, 3), sums[0])


def test_names_the_addition_where_partial_sums_part() -> None:
    plan = qe.Machine(qe.TOY).run(LAYER, CODES).plan
    sums = partial_sums(LAYER, CODES, plan.word_groups).copy()
    qe.assert_bit_exact(LAYER, CODES, EXPECTED.outputs, spec=qe.TOY, partial_sums=sums)
    sums[0, 0, 0, 0, 5:] += 7
    with pytest.raises(MismatchError, match=r"addition 5 \(k \d+\.\.\d+\) must leave"):
        qe.assert_bit_exact(LAYER, CODES, EXPECTED.outputs, spec=qe.TOY, partial_sums=sums)


def test_refuses_other_shapes() -> None:
    with pytest.raises(CodeError, match=r"expected must have shape \[2, 5, 4, 5\], got \[2\]"):
        qe.assert_bit_exact(LAYER, CODES, [1, 2], spec=qe.TOY)
