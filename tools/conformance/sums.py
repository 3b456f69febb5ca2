"""Questions of level L3: blocks of operands that meet in the lanes."""

from __future__ import annotations

from qpim_emu.arith.formats import Int
from tools.conformance.draws import Draws

__all__ = ["POLICIES", "sums_question"]

POLICIES = ("wrap", "saturate", "trap")
OPERAND = (-(1 << 15), (1 << 16) - 1)
ZERO = 1 << 16


def sums_question(number: int) -> list[int]:
    """Question of that number; accumulators are about as wide as the sums."""
    draws = Draws(f"L3/sums/{number}")
    per_lane, policy = number % 2, draws.choice((0, 1, 1, 2))
    words, blocks = draws.choice((4, 8, 16)), draws.between(1, 6)
    magnitude = draws.between(1, 16)
    least, most = (-(1 << (magnitude - 1)), (1 << magnitude) - 1)
    bits = min(max(magnitude * 2 + draws.between(-2, 6), 8), 64)
    bits = 64 if draws.chance(16) else bits
    zero, *zeros = (draw_zero(draws, magnitude) for _ in range(words + 1))
    stored = Int(bits)
    biases = [draws.cornered(stored.min, stored.max) if draws.chance(2) else 0] * words
    if per_lane:
        biases = [draws.cornered(stored.min, stored.max) for _ in range(words)]
    operands = [draws.code(least, most) for _ in range(2 * blocks * words)]
    live = draws.between(1, words)
    return [bits, policy, per_lane, words, live, zero, blocks, *zeros, *biases, *operands]


def draw_zero(draws: Draws, magnitude: int) -> int:
    """Draw a zero point: none, one of the operands' magnitude, or any."""
    near = draws.between(-(1 << magnitude), 1 << magnitude)
    return draws.choice((0, near, near, draws.between(-ZERO, ZERO) if draws.chance(4) else near))
