"""Do registers in two lanes of 32 bits clip as integers do, up to the bounds of their rule?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qpim_emu.engine.fast.kernels.availability import missing_features
from qpim_emu.engine.fast.kernels.limbs import LIMBS16, WORDS
from qpim_emu.engine.fast.kernels.stepping_rule import stepping_with
from tests.unit.engine.test_kernel_stepping import (
    block_amounts,
    clipped_one_by_one,
    known,
    signed,
    stepped,
)

if TYPE_CHECKING:
    from qpim_emu.typing import IntArray

pytestmark = pytest.mark.skipif(bool(missing_features(LIMBS16)), reason="no such instructions")

LONGEST = WORDS // LIMBS16.group * LIMBS16.group


def compare(
    streamed: IntArray, resident: IntArray, biases: IntArray, *, bits: int, span: tuple[int, int]
) -> IntArray:
    """Compare contents and clips of blocks ``[.., blocks, words]``; returns the clips."""
    words, register = streamed.shape[-1], signed(bits)
    left, right = (operands.reshape(len(operands), -1) for operands in (streamed, resident))
    stepping = stepping_with(LIMBS16, known(span, right, words), register)
    assert stepping is not None
    found = stepped(stepping, left, right, biases, register)
    expected = clipped_one_by_one(block_amounts(left, right, words), biases, register)
    np.testing.assert_array_equal(found, expected)
    return expected[1]


@given(seed=st.integers(0, 2**32 - 1))
def test_any_operands_and_registers(seed: int) -> None:
    rng = np.random.default_rng(seed)
    bits, words = int(rng.integers(33, 46)), 4 * int(rng.integers(1, 32))
    vectors, residents, blocks = (int(rng.integers(1, most)) for most in (11, 70, 9))
    low = int(rng.choice([-32768, 0, -65535, 5, int(rng.integers(-(1 << 16), 1 << 16))]))
    span = low, low + 65535
    corners = np.array([*span, low + 255, low + 256, low + 32767])
    streamed = rng.integers(*span, (vectors, blocks, words), endpoint=True)
    streamed = np.where(rng.random(streamed.shape) < 0.5, rng.choice(corners), streamed)
    resident = rng.integers(-32768, 32768, (residents, blocks, words))
    edges = rng.choice([-32768, 32767, -1, 255, 256], (residents, blocks, 1))
    resident = np.where(rng.random((residents, blocks, 1)) < 0.5, edges, resident)
    register = signed(bits)
    ends = register.min, register.min + 65535, -1, 0, register.max - 65535, register.max
    biases = rng.choice(np.array(ends), (vectors, residents))
    compare(streamed, resident, biases, bits=bits, span=span)


@pytest.mark.parametrize("bits", [17, 18, 31, 32, 33, 45])
def test_every_width(bits: int) -> None:
    rng = np.random.default_rng(bits)
    register = signed(bits)
    streamed = rng.integers(-32768, 32768, (9, 30, 16))
    resident = rng.integers(-32768, 32768, (33, 30, 16))
    biases = rng.integers(register.min, register.max, (9, 33), endpoint=True)
    compare(streamed, resident, biases, bits=bits, span=(-32768, 32767))


@pytest.mark.parametrize("streamed", [-32768, -32513, -1, 0, 255, 32767])
@pytest.mark.parametrize("resident", [-32768, -32513, -1, 255, 32767])
def test_longest_blocks_of_the_largest_rests(streamed: int, resident: int) -> None:
    """What `high` lacks is as large as it can be, block after block, in both directions."""
    ones = np.ones((5, 12, LONGEST), np.int64)
    biases = np.tile(np.array([0, (1 << 44) - 1, -(1 << 44)]), (5, 1))
    mixed = resident * ones[:3] * np.where(np.arange(12) % 3, 1, -1)[:, None]
    table = np.clip(mixed, -32768, 32767)
    compare(streamed * ones, table, biases, bits=45, span=(-32768, 32767))


@pytest.mark.parametrize("over", [0, 1])
@pytest.mark.parametrize("bits", [33, 40])
def test_limits_are_reached_without_a_clip(bits: int, over: int) -> None:
    """A total of exactly the largest or least content is kept, and one beyond it is clipped."""
    register = signed(bits)
    streamed, resident = np.zeros((2, 1, 16), np.int64), np.zeros((1, 1, 16), np.int64)
    streamed[:, 0, :2], resident[0, 0, :2] = [[32767, 32767], [-32767, -32767]], [32767, 1]
    step = 32767 * 32767 + 32767
    biases = np.array([[register.max - step + over], [register.min + step - over]])
    resident[0, 0, 15] = 32767  # of a streamed 0: the bound on blocks is large enough
    clips = compare(streamed, resident, biases, bits=bits, span=(-32768, 32767))
    assert clips.tolist() == [[over], [over]]
