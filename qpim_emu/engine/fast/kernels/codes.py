"""From totals to words in emitted code: rescale, clamp, count, move by the zero point, narrow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llvmlite import ir

from qpim_emu.engine.fast.kernels.emission import INDEX, LANE, WORD, Emission, cgutils
from qpim_emu.engine.fast.kernels.requantize import COMMON, LANES, Constants
from qpim_emu.engine.fast.kernels.values import FLAG, Values

if TYPE_CHECKING:
    from qpim_emu.engine.fast.kernels.requantize import Coded

__all__ = ["CodeEmission"]

WIDTH = 8 * LANES
"""Bytes of a vector of constants."""

FEW = 64
"""Thresholds that are compared one by one: faster than looking some of them up."""


class CodeEmission(Emission):
    """Writes the code of a mode.

    Parameters
    ----------
    builder
        Where instructions go.
    mode
        Type of the unit.
    constants, thresholds
        Addresses of those of the chunk.
    number
        How many thresholds there are.
    """

    def __init__(
        self,
        builder: Any,  # noqa: ANN401
        mode: type[Coded],
        constants: Any,  # noqa: ANN401
        thresholds: Any,  # noqa: ANN401
        number: Any,  # noqa: ANN401
    ) -> None:
        super().__init__(builder, LANES)
        self.mode = mode
        self.thresholds = thresholds
        self.number = number
        names = (*COMMON, *mode.names)
        places = [builder.gep(constants, [INDEX(WIDTH * i)]) for i in range(len(names))]
        found = [Values(builder, self.load(place, self.vector(INDEX))) for place in places]
        self.constants = Constants(dict(zip(names, found, strict=True)), self.reached)

    def codes(self, total: Values) -> tuple[Values, Values]:
        """Words of totals, and flags of those that the clamp changed."""
        c = self.constants
        value = self.mode.step(total, c)
        code = value.at_least(c.like(value, "low")).at_most(c.like(value, "high"))
        return (code + c.like(value, "zero")).to(WORD), code.compare("!=", value)

    def reached(self, total: Values) -> Values:
        """Count the thresholds that totals reach: of few, every one; of many, by halves."""
        builder, kind = self.builder, self.vector(INDEX)
        count = cgutils.alloca_once(builder, kind)
        builder.store(ir.Constant(kind, None), count)
        with builder.if_else(builder.icmp_signed("<=", self.number, INDEX(FEW))) as (few, many):
            with few:
                self.count_all(total.to(INDEX), count)
            with many:
                self.count_by_halves(total.to(INDEX), count)
        return Values(builder, builder.load(count)).to(total.kind)

    def count_all(self, total: Values, count: Any) -> None:  # noqa: ANN401
        """Compare totals with all thresholds."""
        builder = self.builder
        with cgutils.for_range(builder, self.number) as loop:
            place = self.at(self.thresholds, loop.index, INDEX(WIDTH))
            threshold = Values(builder, self.load(place, self.vector(INDEX)))
            before = Values(builder, builder.load(count))
            builder.store(before.increased(threshold.compare("<=", total)).vector, count)

    def count_by_halves(self, total: Values, count: Any) -> None:  # noqa: ANN401
        """Try powers of two, the largest first: whether so many more are reached."""
        builder, number = self.builder, self.number
        most = Values(builder, self.broadcast(number))
        bits = builder.sub(INDEX(INDEX.width), builder.ctlz(number, ir.Constant(FLAG, 0)))
        with cgutils.for_range(builder, bits) as loop:
            power = builder.sub(builder.sub(bits, loop.index), INDEX(1))
            step = self.broadcast(builder.shl(INDEX(1), power))
            before = Values(builder, builder.load(count))
            after = before + Values(builder, step)
            threshold = self.gather(after.at_most(most) - 1)
            taken = after.compare("<=", most) & threshold.compare("<=", total)
            builder.store(taken.chosen(after, before).vector, count)

    def gather(self, numbers: Values) -> Values:
        """Load a threshold for each lane."""
        builder, found = self.builder, ir.Constant(numbers.vector.type, ir.Undefined)
        for i in range(LANES):
            number = builder.extract_element(numbers.vector, LANE(i))
            place = self.at(self.thresholds, number, INDEX(WIDTH), WIDTH // LANES * i)
            found = builder.insert_element(found, self.load(place, INDEX), LANE(i))
        return Values(builder, found)
