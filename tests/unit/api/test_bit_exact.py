"""Does `assert_bit_exact` accept what is right, and name the place of what is wrong?"""

from __future__ import annotations

import numpy as np
import pytest

import qpim_emu as qe
from qpim_emu.errors import CodeError, MismatchError
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
