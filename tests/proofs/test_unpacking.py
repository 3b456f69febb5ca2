"""Does the lane side get back the operands that a window means, for all words of 16 bits?

The literal machine's gate and bus image run on bits that stand for every value; its packing onto
the bus, with several blocks at once, and its unpacking are compared with the window's definition
on the word itself: bits ``shift .. shift + precision - 1``, extended.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import pytest
import z3

from qpim_emu.arith.formats import BIPOLAR, Format, Int, UInt
from qpim_emu.arith.window import Window
from qpim_emu.engine.literal import bus
from qpim_emu.hardware.gating import max_blocks
from qpim_emu.hardware.presets import TOY
from tests.proofs.definitions import counterexample
from tests.proofs.terms import Term, same, unknown

if TYPE_CHECKING:
    from qpim_emu.hardware.spec import Spec

WORD = 16
GRANULARITIES = [
    pytest.param(lines, marks=pytest.mark.extended) if lines in {2, 8} else lines
    for lines in (1, 2, 4, 8, 16)
]


class Bits:
    """Stands for a bit array: a list of bits, each of them a term of the solver."""

    def __init__(self, bits: Any = 0, endian: str = "little") -> None:  # noqa: ANN401 - as bitarray
        assert endian == "little"
        self.bits: list[Any] = [None] * bits if isinstance(bits, int) else list(bits)

    def __len__(self) -> int:
        return len(self.bits)

    def __getitem__(self, part: slice) -> Self:
        return type(self)(self.bits[part])

    def __setitem__(self, part: slice, other: Bits) -> None:
        assert len(self.bits[part]) == len(other)
        self.bits[part] = other.bits

    def __delitem__(self, part: slice) -> None:
        del self.bits[part]

    def __and__(self, other: Bits) -> Self:
        return type(self)([a & b for a, b in zip(self.bits, other.bits, strict=True)])

    def setall(self, value: int) -> None:
        """Set every bit."""
        self.bits = [z3.BitVecVal(value, 1)] * len(self.bits)

    def frombytes(self, data: bytes) -> None:
        """Append known bits."""
        self.bits += [z3.BitVecVal(byte >> i & 1, 1) for byte in data for i in range(8)]


def as_integer(bits: Bits) -> Term:
    """Stand for ``ba2int``."""
    return Term(z3.Concat(z3.BitVecVal(0, 1), *reversed(bits.bits)), 0, (1 << len(bits)) - 1)


@pytest.fixture(autouse=True)
def on_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bus, "bitarray", Bits)
    monkeypatch.setattr(bus, "ba2int", as_integer)


Block = tuple[list[Term], Bits]
"""Words, and the same as lines."""


def unknown_block(name: str, words: int) -> Block:
    """Words of any value, and their lines."""
    values = [unknown(f"{name}{i}", 0, (1 << WORD) - 1) for i in range(words)]
    return values, Bits([z3.Extract(i, i, word.bits) for word in values for i in range(WORD)])


def meant(word: Term, window: Window) -> Any:  # noqa: ANN401 - has no types
    """The operand by its definition: extracted bits, extended as the encoding says."""
    field = z3.Extract(window.past - 1, window.shift, word.bits)
    wide = 2 * WORD
    if window.format == BIPOLAR:
        return z3.If(field == 1, z3.BitVecVal(1, wide), z3.BitVecVal(-1, wide))
    extend = z3.SignExt if window.format.is_signed else z3.ZeroExt
    return extend(wide - window.precision, field)


def formats(bits: int) -> list[Format]:
    """Formats of a width."""
    return [Int(bits), UInt(bits), *([BIPOLAR] if bits == 1 else [])]


@pytest.mark.parametrize("bits", range(1, WORD + 1))
def test_a_window_reads_the_bits_it_names(bits: int) -> None:
    word: Any = unknown("word", 0, (1 << WORD) - 1)
    for low in range(WORD - bits + 1):
        for stored in formats(bits):
            window = Window(stored, shift=low)
            wide = z3.SignExt(2 * WORD, window.operand(word).bits)
            read = z3.Extract(2 * WORD - 1, 0, wide)
            assert not counterexample(read == meant(word, window)), str(window)


@pytest.mark.parametrize("bits", range(1, WORD + 1))
def test_a_code_comes_back_from_its_word(bits: int) -> None:
    for stored in formats(bits):
        code: Any = unknown(f"code of {stored}", stored.min, stored.max)
        if stored == BIPOLAR:
            continue
        assert not counterexample(same(stored.from_field(stored.to_field(code)), code))


@pytest.mark.parametrize("granularity", GRANULARITIES)
@pytest.mark.parametrize("bits", range(1, WORD + 1))
def test_the_bus_image_unpacks_to_the_operands(bits: int, granularity: int) -> None:
    spec = TOY.replace(gate_granularity=granularity, max_blocks_per_read=4)
    blocks = [unknown_block(f"block {i} word ", spec.words_per_block) for i in range(4)]
    claims = []
    for low in range(WORD - bits + 1):
        for stored in formats(bits):
            window = Window(stored, shift=low)
            for count in (1, 2, 4)[: max_blocks(window, spec).bit_length()]:
                claims += unpacked_claims(window, blocks[:count], spec)
    assert claims
    assert not counterexample(*claims)


def unpacked_claims(window: Window, blocks: list[Block], spec: Spec) -> list[Any]:
    """That every operand of blocks read at once is what the window means."""
    gate = bus.Gate(window, spec)
    lines: Any = [bits for _, bits in blocks]
    image = gate.several(lines) if len(lines) > 1 else gate.one(lines[0])
    return [
        z3.Extract(2 * WORD - 1, 0, z3.SignExt(2 * WORD, operand.bits)) == meant(word, window)
        for part, (words, _) in enumerate(blocks)
        for operand, word in zip(operands(image, part), words, strict=True)
    ]


def operands(image: bus.BusImage, part: int) -> list[Any]:
    """What the lane side unpacks."""
    found: list[Any] = image.operands(part)
    return found
