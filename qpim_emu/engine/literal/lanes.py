"""Lane arrays of a vault with their PE buffer, zero-point registers and accumulators."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qpim_emu.engine.literal.accumulators import Register
from qpim_emu.mapping.plane import Reduce

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qpim_emu.workload.accumulator import Accumulator
    from qpim_emu.workload.requantize import Requantize

__all__ = ["Drained", "Lanes"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drained:
    """One output as it leaves the lanes."""

    accumulator: int
    code: int
    total: int
    overflowed: bool
    clamped: bool


class Lanes:
    """The logic-die side of a vault for one plane.

    Zero points are registers: they are subtracted as an operand enters the lanes, from
    streamed operands by `streamed_zero_point`, from resident ones when they are buffered.

    Parameters
    ----------
    reduce
        Whether an array sums its products or keeps one accumulator per lane.
    accumulator, requantize
        Formats of the layer.
    resident_bits
        Precision of the resident operand, for the buffer's bit counters.
    """

    def __init__(
        self,
        *,
        reduce: Reduce,
        accumulator: Accumulator,
        requantize: Requantize,
        resident_bits: int,
    ) -> None:
        self.reduce = reduce
        self.accumulator = accumulator
        self.requantize = requantize
        self.resident_bits = resident_bits
        self.streamed_zero_point = 0
        self.buffer: list[list[int]] = []
        self.registers: dict[int, list[Register]] = {}
        self.filters: dict[int, Sequence[int]] = {}

    def fill(self, operands: list[int], zero_points: Sequence[int]) -> None:
        """Append one resident block to the PE buffer, minus its words' zero points."""
        self.buffer.append([a - z for a, z in zip(operands, zero_points, strict=True)])

    def start(self, address: int, *, filters: Sequence[int], biases: Sequence[int]) -> None:
        """Start the accumulator at `address` (one per lane if per lane) at its bias."""
        self.registers[address] = [Register(self.accumulator, bias) for bias in biases]
        self.filters[address] = filters

    def multiply(
        self, streamed: Sequence[int], *, resident: int, address: int, live: int
    ) -> list[tuple[int, int, bool]]:
        """Multiply a streamed block with a resident one and accumulate.

        Returns
        -------
        list of (lane, value, clipped)
            Every accumulator that was added to; the lane is 0 for a dot product.
        """
        zero = self.streamed_zero_point
        pairs = zip(streamed[:live], self.buffer[resident][:live], strict=True)
        products = [(a - zero) * w for a, w in pairs]
        registers = self.registers[address]
        if self.reduce is Reduce.DOT:
            clipped = registers[0].add(sum(products))
            return [(0, registers[0].value, clipped)]
        return [
            (lane, register.value, clipped)
            for lane, (register, product) in enumerate(zip(registers, products, strict=True))
            for clipped in (register.add(product),)
        ]

    def drain(self, address: int) -> list[Drained]:
        """Requantize the accumulators at `address` and free them."""
        registers, filters = self.registers.pop(address), self.filters.pop(address)
        drained = []
        for register, index in zip(registers, filters, strict=True):
            code, clamped = self.requantize.apply(register.value, filters=index)
            drained.append(
                Drained(
                    accumulator=register.value,
                    code=code,
                    total=register.total,
                    overflowed=register.overflowed,
                    clamped=clamped,
                )
            )
        return drained
