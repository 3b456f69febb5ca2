"""Do vectors of saturating accumulators clip after every block, as single integers do?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qpim_emu.arith.formats import Encoding, Format
from qpim_emu.engine.fast.kernels import availability
from qpim_emu.engine.fast.kernels.choice import KERNELS as ALL
from qpim_emu.engine.fast.kernels.choice import Operands
from qpim_emu.engine.fast.kernels.kernel import Kernel
from qpim_emu.engine.fast.kernels.multiply import saturate
from qpim_emu.engine.fast.kernels.saturating import Registers, saturate_lanes
from qpim_emu.engine.fast.kernels.stepping_rule import choose_stepping

if TYPE_CHECKING:
    from qpim_emu.engine.fast.kernels.stepping_rule import Stepping
    from qpim_emu.typing import IntArray

KERNELS = ("vnni8", "vnni16", "madd16", "madd16_avx2", "loops64")
VNNI = {"avx2", "avx512f", "avx512bw", "avx512vnni"}


def signed(bits: int) -> Format:
    """Format of an accumulator."""
    return Format(bits, Encoding.SIGNED)


def known(streamed: tuple[int, int], resident: IntArray, words: int) -> Operands:
    """What is known of the operands of a table."""
    sums = np.abs(resident).reshape(len(resident), -1, words).sum(axis=2).astype(np.float64)
    limits = int(resident.min()), int(resident.max())
    return Operands(streamed=streamed, resident=limits, block_sums=sums, words_per_block=words)


def stepped(
    stepping: Stepping, streamed: IntArray, resident: IntArray, biases: IntArray, register: Format
) -> tuple[IntArray, IntArray]:
    """Registers and clips ``[vectors, residents]`` after all blocks."""
    kernel = stepping.kernel
    tile = np.zeros((len(streamed), kernel.depth(streamed.shape[1])), kernel.streamed)
    tile[:, : streamed.shape[1]] = streamed - stepping.offset
    table = np.zeros((len(resident), tile.shape[1]), np.int64)
    table[:, : resident.shape[1]] = resident
    values = np.zeros((len(tile), kernel.columns(len(resident))), np.int64)
    values[:, : len(resident)] = biases
    registers = Registers(values, np.zeros_like(values), register.min, register.max)
    saturate(kernel.pack(table), tile, registers, stepping.steps(resident))
    return values[:, : len(resident)], registers.clips[:, : len(resident)]


def clipped_one_by_one(
    amounts: IntArray, biases: IntArray, register: Format
) -> tuple[IntArray, IntArray]:
    """Add ``amounts[step]`` to the biases, clipping each time."""
    values, clips = biases.astype(amounts.dtype), np.zeros(biases.shape, np.int64)
    for amount in amounts:
        totals = values + amount
        values = np.clip(totals, register.min, register.max)
        clips += totals != values
    return values.astype(np.int64), clips


def block_amounts(streamed: IntArray, resident: IntArray, words: int) -> IntArray:
    """Sums of blocks, ``int64[blocks, vectors, residents]``: below 2**40 here."""
    left = streamed.reshape(len(streamed), -1, words)
    right = resident.reshape(len(resident), -1, words)
    return np.array([left[:, b] @ right[:, b].T for b in range(left.shape[1])])


def runs_here(name: str) -> bool:
    """Whether this machine has the kernel."""
    (kernel,) = (kernel for kernel in ALL if kernel.name == name)
    return isinstance(kernel, Kernel) and not availability.missing_features(kernel)


@pytest.mark.parametrize("name", [name for name in KERNELS if runs_here(name)])
@given(seed=st.integers(0, 2**32 - 1))
def test_every_kernel_clips_as_integers_do(name: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    words = int(rng.choice([4, 8, 16]))
    bits = int(rng.choice([3, 8] if name == "vnni8" else [3, 8, 12, 16]))
    low = int(rng.choice([-(1 << bits >> 1), 0]))
    span = low, low + (1 << bits) - 1
    register = signed(int(rng.integers(2 * bits, 2 * bits + 6)) if rng.random() < 0.7 else 40)
    vectors, residents, blocks = (int(rng.integers(1, most)) for most in (8, 40, 9))
    streamed = rng.integers(*span, (vectors, blocks * words), endpoint=True)
    resident = rng.integers(-(1 << bits >> 1), 1 << bits >> 1, (residents, blocks * words))
    biases = rng.integers(register.min, register.max, (vectors, residents), endpoint=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QPIM_KERNEL", name)
        stepping = choose_stepping(known(span, resident, words), register)
    found = stepped(stepping, streamed, resident, biases, register)
    expected = clipped_one_by_one(block_amounts(streamed, resident, words), biases, register)
    np.testing.assert_array_equal(found, expected)


def chosen(bits: int, streamed: tuple[int, int], resident: tuple[int, int]) -> tuple[str, int, int]:
    """Kernel, lane bits and parts for blocks of 16 words with these operands in each."""
    table = np.tile(np.array([resident]), (1, 8))
    stepping = choose_stepping(known(streamed, table, 16), signed(bits))
    return stepping.kernel.name, 8 * stepping.lanes.itemsize, stepping.parts


@pytest.mark.parametrize(
    ("bits", "streamed", "resident", "expected"),
    [
        (31, (-128, 127), (-128, 127), ("vnni8", 32, 1)),
        (32, (-128, 127), (-128, 127), ("vnni8", 64, 1)),  # 2**31 - 1 and a block leave 32 bits
        (62, (-128, 127), (-128, 127), ("vnni8", 64, 1)),
        (63, (-128, 127), (-128, 127), ("loops64", 64, 1)),
        (20, (-1000, 1000), (-128, 127), ("vnni16", 32, 1)),
        (50, (-8191, 8191), (-8192, 8191), ("vnni16", 64, 1)),  # 16 * 2**26 and less: one sum
        (50, (-8192, 8191), (-8192, 8191), ("vnni16", 64, 1)),
        (50, (-16384, 16383), (-8192, 8191), ("vnni16", 64, 2)),  # 16 * 2**27 is 2**31
        (50, (-32768, 32767), (-32767, 32767), ("vnni16", 64, 8)),
        (50, (-32768, 32767), (-32768, 32767), ("loops64", 64, 1)),  # one pair can be 2**31
        (40, (-32768, 32767), (-32768, 32767), ("limbs16", 32, 1)),
        (46, (-32768, 32767), (-32768, 32767), ("limbs16", 32, 1)),
        (47, (-32768, 32767), (-1, 1), ("vnni16", 64, 1)),  # 2**46 alone is too much
        (17, (-32768, 32767), (-32768, 32767), ("limbs16", 32, 1)),
        (16, (-32768, 32767), (-32767, 32767), ("vnni16", 64, 8)),  # its limits end otherwise
        (40, (-70000, 0), (-1, 1), ("loops64", 64, 1)),
    ],
)
def test_rule(
    monkeypatch: pytest.MonkeyPatch,
    bits: int,
    streamed: tuple[int, int],
    resident: tuple[int, int],
    expected: tuple[str, int, int],
) -> None:
    monkeypatch.setattr(availability, "compiled_features", lambda: VNNI)
    monkeypatch.setattr(availability, "is_exact", lambda _: True)
    monkeypatch.delenv("QPIM_KERNEL", raising=False)
    assert chosen(bits, streamed, resident) == expected


@pytest.mark.parametrize("wrong", ["vnni8", "vnni16"])
def test_two_lanes_need_both_instructions(monkeypatch: pytest.MonkeyPatch, wrong: str) -> None:
    monkeypatch.setattr(availability, "compiled_features", lambda: VNNI)
    monkeypatch.setattr(availability, "is_exact", lambda kernel: kernel.name != wrong)
    monkeypatch.delenv("QPIM_KERNEL", raising=False)
    expected = "vnni16" if wrong == "vnni8" else "madd16"
    assert chosen(40, (-32768, 32767), (-32767, 32767))[0] == expected


@pytest.mark.parametrize(
    ("words", "expected"), [(124, "limbs16"), (126, "vnni16"), (128, "vnni16")]
)
def test_two_lanes_take_whole_groups_and_no_long_blocks(
    monkeypatch: pytest.MonkeyPatch, words: int, expected: str
) -> None:
    monkeypatch.setattr(availability, "compiled_features", lambda: VNNI)
    monkeypatch.setattr(availability, "is_exact", lambda _: True)
    monkeypatch.delenv("QPIM_KERNEL", raising=False)
    operands = known((-32768, 32767), np.full((1, words), -32767), words)
    assert choose_stepping(operands, signed(40)).kernel.name == expected


@pytest.mark.parametrize(
    ("bits", "largest", "name"),
    [
        (31, (1 << 30) - 1, "vnni16"),  # one lane of 32 bits
        (31, 1 << 30, "limbs16"),
        (46, (1 << 45) - 1, "limbs16"),
        (46, 1 << 45, "vnni16"),
    ],
)
def test_two_lanes_are_taken_where_one_does_not_do_and_the_upper_one_does(
    monkeypatch: pytest.MonkeyPatch, bits: int, largest: int, name: str
) -> None:
    monkeypatch.setattr(availability, "compiled_features", lambda: VNNI)
    monkeypatch.setattr(availability, "is_exact", lambda _: True)
    monkeypatch.delenv("QPIM_KERNEL", raising=False)
    sums = np.array([[float(largest)]])
    operands = Operands(streamed=(0, 1), resident=(0, 300), block_sums=sums, words_per_block=16)
    assert choose_stepping(operands, signed(bits)).kernel.name == name


def test_lanes_of_32_bits_end_where_a_block_could_leave_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("QPIM_KERNEL", "loops64")
    assert chosen(8, (0, 1), (0, 1))[0] == "loops64"
    monkeypatch.delenv("QPIM_KERNEL")
    monkeypatch.setattr(availability, "compiled_features", lambda: {"avx2"})
    monkeypatch.setattr(availability, "is_exact", lambda _: True)
    table = np.zeros((1, 16), np.int64)
    table[0, 0] = 1
    for largest, lanes in ((1 << 30) - 1, 32), (1 << 30, 64):
        sums = np.array([[float(largest)]])
        operands = Operands(streamed=(0, 1), resident=(0, 1), block_sums=sums, words_per_block=16)
        assert choose_stepping(operands, signed(31)).lanes == np.dtype(f"int{lanes}")


@pytest.mark.parametrize("bits", [8, 20, 62, 63, 64])
@pytest.mark.parametrize("operand", [np.int16, np.int32])
def test_lanes_clip_as_integers_do(operand: type[np.integer], bits: int) -> None:
    rng = np.random.default_rng(bits)
    register, limits = signed(bits), np.iinfo(operand)
    table = rng.integers(limits.min, limits.max, (2, 9, 5)).astype(operand)
    tile = rng.integers(limits.min, limits.max, (7, 45)).astype(operand)
    biases = rng.choice([register.min, 0, register.max], (7, 10))
    values = biases.copy()
    registers = Registers(values, np.zeros_like(values), register.min, register.max)
    saturate_lanes(table, tile, registers)
    products = tile.reshape(7, 1, 9, 5).astype(object) * table.astype(object)
    amounts = products.transpose(2, 0, 1, 3).reshape(9, 7, 10)
    expected = clipped_one_by_one(amounts, biases, register)
    np.testing.assert_array_equal((values, registers.clips), expected)
