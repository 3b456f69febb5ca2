"""Do operations on 16-bit codes by tables behave, and refuse what their tables do not hold?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from qpim_emu.arith.formats import Int, UInt
from qpim_emu.errors import InputError
from qpim_emu.workload.operations import Lookup, Softmax16, WideSoftmax

if TYPE_CHECKING:
    from collections.abc import Callable

FOREIGN: Any = "float16"
SOFTMAX = Softmax16.from_scale(input_scale=2.0**-12)


@pytest.mark.parametrize("length", [1, 2, 3, 100, 32768])
def test_equal_codes_have_equal_shares(length: int) -> None:
    shares = SOFTMAX.compute(np.full((1, length), -7))
    assert len(np.unique(shares)) == 1
    assert abs(int(shares[0, 0]) - 32768 / length) <= 2


def test_shares_sum_up() -> None:
    codes = np.random.default_rng(0).integers(-32768, 32768, (50, 10))
    real = np.exp(codes / 4096 - codes.max(axis=1, keepdims=True) / 4096)
    real = 32768 * real / real.sum(axis=1, keepdims=True)
    assert np.abs(SOFTMAX.compute(codes) - real).max() < 12
    narrow = codes >> 8
    wide = WideSoftmax.from_scale(input_scale=2.0**-4).compute(narrow)
    real = np.exp(narrow / 16 - narrow.max(axis=1, keepdims=True) / 16)
    assert np.abs(wide + 32768 - 65536 * real / real.sum(axis=1, keepdims=True)).max() < 2


def test_the_axis_may_be_any() -> None:
    codes = np.random.default_rng(0).integers(-32768, 32768, (2, 3, 4))
    first = Softmax16.from_scale(input_scale=2.0**-12, axis=0)
    turned = SOFTMAX.compute(codes.transpose(0, 2, 1)).transpose(0, 2, 1)
    np.testing.assert_array_equal(first.compute(codes), turned)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Softmax16(multiplier=1, shift=32), "shift must be in -31..31, got 32"),
        (lambda: Softmax16(multiplier=-1, shift=0), "multiplier must be in 0..2147483647"),
        (
            lambda: Softmax16(multiplier=1, shift=0, table_float=FOREIGN),
            "table_float must be one of float32, float64, got 'float16'",
        ),
        (lambda: SOFTMAX.output_shape((32769,)), "at most 32768 elements, got 32769"),
        (lambda: SOFTMAX.output_shape(()), "axis must be in -1..-1, got -1"),
        (lambda: SOFTMAX.output_format(UInt(17)), "at most 16 bits, got uint17"),
        (lambda: Lookup.sigmoid16(input_scale=2.7), "at most 2.666.*, got 2.7"),
        (lambda: Lookup.tanh16(input_scale=0.0), "at most 2.666.*, got 0.0"),
        (lambda: Lookup.tanh16(input_scale=float("nan")), "at most 2.666.*, got nan"),
    ],
)
def test_refusals(make: Callable[[], object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        make()


def test_formats() -> None:
    assert SOFTMAX.output_format(UInt(9)) == Int(16)
    assert WideSoftmax.from_scale(input_scale=0.1).output_format(Int(8)) == Int(16)
    assert Lookup.tanh16(input_scale=0.1).output_format(Int(16)) == Int(16)
