"""Vectors of numbers in emitted code, written like numbers.

`Values` stands for a vector that the code will hold when it runs. Operators and methods write the
instructions; integers among their operands are repeated in all lanes. Sums and products wrap, and
nothing is contracted or reassociated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from llvmlite import ir

from qpim_emu.engine.fast.kernels.emission import LANE, cgutils

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["FLAG", "FLOAT", "REAL", "Values"]

FLAG: Final = ir.IntType(1)
FLOAT: Final = ir.FloatType()
REAL: Final = ir.DoubleType()


class Values:
    """A vector of integers, floats or flags.

    Parameters
    ----------
    builder
        Where instructions go.
    vector
        LLVM's vector.
    """

    def __init__(self, builder: Any, vector: Any) -> None:  # noqa: ANN401
        self.builder = builder
        self.vector = vector

    @property
    def kind(self) -> Any:  # noqa: ANN401
        """Type of an element."""
        return self.vector.type.element

    def vectors_of(self, kind: Any) -> Any:  # noqa: ANN401
        """Type of as many elements of another kind."""
        return ir.VectorType(kind, self.vector.type.count)

    def full(self, value: float) -> Values:
        """Repeat a number in all lanes, as an element of this type."""
        kind = self.vector.type
        return Values(
            self.builder, ir.Constant(kind, [ir.Constant(kind.element, value)] * kind.count)
        )

    def lift(self, other: Values | float) -> Any:  # noqa: ANN401
        """Vector of an operand of this type."""
        return other.vector if isinstance(other, Values) else self.full(other).vector

    def by(self, write: Callable[[Any, Any], Any], other: Values | float) -> Values:
        """Write an instruction of two operands of this type."""
        return Values(self.builder, write(self.vector, self.lift(other)))

    @property
    def is_real(self) -> bool:
        """Whether elements are floats."""
        return self.kind in {FLOAT, REAL}

    def __add__(self, other: Values | float) -> Values:
        builder = self.builder
        return self.by(builder.fadd if self.is_real else builder.add, other)

    def __sub__(self, other: Values | float) -> Values:
        builder = self.builder
        return self.by(builder.fsub if self.is_real else builder.sub, other)

    def __mul__(self, other: Values | float) -> Values:
        builder = self.builder
        return self.by(builder.fmul if self.is_real else builder.mul, other)

    def __and__(self, other: Values | int) -> Values:
        return self.by(self.builder.and_, other)

    def __or__(self, other: Values | int) -> Values:
        return self.by(self.builder.or_, other)

    def __xor__(self, other: Values | int) -> Values:
        return self.by(self.builder.xor, other)

    def __lshift__(self, other: Values | int) -> Values:
        return self.by(self.builder.shl, other)

    def __rshift__(self, other: Values | int) -> Values:
        """Shift with the sign, by less bits than an element has."""
        return self.by(self.builder.ashr, other)

    def compare(self, relation: str, other: Values | float) -> Values:
        """Flags of where a relation holds; of floats, none of which may be a NaN."""
        builder = self.builder
        write = builder.fcmp_ordered if self.is_real else builder.icmp_signed
        return self.by(lambda left, right: write(relation, left, right), other)

    def chosen(self, yes: Values, no: Values | float) -> Values:
        """Elements of `yes` where these flags are set, else of `no`."""
        return Values(self.builder, self.builder.select(self.vector, yes.vector, yes.lift(no)))

    def at_most(self, limit: Values | float) -> Values:
        """Lesser of two."""
        return self.compare("<", limit).chosen(self, limit)

    def at_least(self, limit: Values | float) -> Values:
        """Greater of two."""
        return self.compare(">", limit).chosen(self, limit)

    def increased(self, flags: Values) -> Values:
        """Add 1 where flags are set."""
        ones = self.builder.zext(flags.vector, self.vector.type)
        return Values(self.builder, self.builder.add(self.vector, ones))

    def to(self, kind: Any) -> Values:  # noqa: ANN401
        """Extend integers with their sign, or keep their low bits."""
        if kind == self.kind:
            return self
        write = self.builder.sext if kind.width > self.kind.width else self.builder.trunc
        return Values(self.builder, write(self.vector, self.vectors_of(kind)))

    def real(self, kind: Any) -> Values:  # noqa: ANN401
        """Convert integers to floats, to nearest even, in one rounding."""
        return Values(self.builder, self.builder.sitofp(self.vector, self.vectors_of(kind)))

    def float_bits(self) -> Values:
        """Take the bits of 64-bit integers for floats."""
        return Values(self.builder, self.builder.bitcast(self.vector, self.vectors_of(REAL)))

    def to_float(self) -> Values:
        """Round ``float64`` to ``float32``."""
        return Values(self.builder, self.builder.fptrunc(self.vector, self.vectors_of(FLOAT)))

    def integers(self, kind: Any) -> Values:  # noqa: ANN401
        """Convert whole floats to integers whose range they do not leave."""
        return Values(self.builder, self.builder.fptosi(self.vector, self.vectors_of(kind)))

    def whole(self, how: str) -> Values:
        """Round floats: `how` is ``rint`` (to nearest even) or ``trunc``."""
        kind = self.vector.type
        name = f"llvm.{how}.v{kind.count}{'f32' if kind.element == FLOAT else 'f64'}"
        function = cgutils.get_or_insert_function(
            self.builder.module, ir.FunctionType(kind, [kind]), name
        )
        return Values(self.builder, self.builder.call(function, [self.vector]))

    def count(self) -> Any:  # noqa: ANN401
        """How many flags are set, 32 bits."""
        lanes = self.vector.type.count
        bits = self.builder.bitcast(self.vector, ir.IntType(lanes))
        return self.builder.zext(self.builder.ctpop(bits), LANE)
