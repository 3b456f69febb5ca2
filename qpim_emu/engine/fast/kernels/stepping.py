"""Dot products into saturating accumulators: vectors of outputs, clipped after every block.

The sum of a block of products comes from the same instructions as whole products. Then, for all
lanes at once: add it to the register, clip, and count where clipping changed something::

    total = register + amount;  register = min(max(total, low), high);  clips += total != register

Everything stays in registers of the processor along K. Lanes have 32 bits where the range of the
accumulator and the largest amount leave room (`qpim_emu.engine.fast.kernels.stepping_rule`), else
64; the type of the corrections says which.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llvmlite import ir
from numba import types

from qpim_emu.engine.compiled import compiled_across
from qpim_emu.engine.fast.kernels.blocks import Block, ProductEmission, instruction_of
from qpim_emu.engine.fast.kernels.emission import INDEX, LANE, bases_of, cgutils, emitted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qpim_emu.engine.fast.kernels.kernel import Panels
    from qpim_emu.engine.fast.kernels.saturating import Registers, Steps

__all__ = ["saturate_vectors"]


class StepEmission(ProductEmission):
    """Writes inner loops over blocks of K.

    Parameters
    ----------
    builder, instruction
        As for `ProductEmission`.
    register
        Type of a lane.
    limits
        Least and largest content of a register, as values.
    """

    def __init__(self, builder: Any, instruction: Any, register: Any, limits: list[Any]) -> None:  # noqa: ANN401
        super().__init__(builder, instruction)
        self.registers = self.vector(register)
        self.wide = register != LANE
        low, high = limits if self.wide else [builder.trunc(value, register) for value in limits]
        self.low, self.high = self.broadcast(low), self.broadcast(high)

    def clip(self, total: Any) -> Any:  # noqa: ANN401
        """Bring a vector into the range of the accumulator."""
        for name, bound in (("smax", self.low), ("smin", self.high)):
            function = f"llvm.{name}.v{self.lanes}i{self.registers.element.width}"
            kind = ir.FunctionType(self.registers, [self.registers] * 2)
            callee = cgutils.get_or_insert_function(self.builder.module, kind, function)
            total = self.builder.call(callee, [total, bound])
        return total

    def amounts(
        self,
        rows: int,
        block: Block,
        first: Any,  # noqa: ANN401
        steps: tuple[Any, Any],
    ) -> list[list[Any]]:
        """Sums of the products of one block, per row and vector: variables of register type."""
        builder, (groups, parts) = self.builder, steps
        shape = range(rows), range(self.instruction.vectors)
        found = [[self.variable(self.registers) for _ in shape[1]] for _ in shape[0]]
        with cgutils.for_range(builder, parts) as part:
            sums = [[[self.variable(self.groups)] for _ in shape[1]] for _ in shape[0]]
            begin = builder.add(first, builder.mul(part.index, groups))
            with cgutils.for_range(builder, groups) as group:
                self.emit_step(sums, block, builder.add(begin, group.index))
            for amounts, row in zip(found, sums, strict=True):
                for amount, (variable,) in zip(amounts, row, strict=True):
                    value = builder.load(variable)
                    value = builder.sext(value, self.registers) if self.wide else value
                    builder.store(builder.add(builder.load(amount), value), amount)
        return found

    def emit_blocks(
        self,
        block: Block,
        places: list[list[tuple[Any, Any]]],
        corrections: tuple[Any, Any, Any],
        steps: tuple[Any, Any],
    ) -> None:
        """Write the loop over blocks of K.

        Parameters
        ----------
        block
            Where operands are.
        places
            Addresses of the contents and the clips of each row and vector.
        corrections
            Address of the first correction, bytes between blocks, number of blocks.
        steps
            Groups of a part, parts of a block.
        """
        builder, (base, stride, blocks) = self.builder, corrections
        state = [[self.load_state(place) for place in row] for row in places]
        size = self.registers.element.width // 8 * self.lanes
        with cgutils.for_range(builder, blocks) as loop:
            first = builder.mul(loop.index, builder.mul(*steps))
            added = self.at(base, loop.index, stride)
            correction = [
                self.load(builder.gep(added, [INDEX(number * size)]), self.registers)
                for number in range(self.instruction.vectors)
            ]
            amounts = self.amounts(len(places), block, first, steps)
            for row, variables in zip(amounts, state, strict=True):
                for number, (register, clips) in enumerate(variables):
                    amount = builder.add(builder.load(row[number]), correction[number])
                    self.add_clipped(register, clips, amount)
        for variables, row in zip(state, places, strict=True):
            for here, place in zip(variables, row, strict=True):
                self.store_state(here, place)

    def load_state(self, place: tuple[Any, Any]) -> tuple[Any, Any]:
        """Variables with the contents of a vector of registers and with no clips."""
        register, clips = self.variable(self.registers), self.variable(self.groups)
        value = self.load(place[0], self.vector(INDEX))
        value = value if self.wide else self.builder.trunc(value, self.registers)
        self.builder.store(value, register)
        return register, clips

    def store_state(self, here: tuple[Any, Any], place: tuple[Any, Any]) -> None:
        """Store the contents, and add the clips to those stored."""
        builder, kind = self.builder, self.vector(INDEX)
        value, clips = (builder.load(variable) for variable in here)
        self.store(value if self.wide else builder.sext(value, kind), place[0])
        self.store(builder.add(self.load(place[1], kind), builder.zext(clips, kind)), place[1])

    def add_clipped(self, register: Any, clips: Any, amount: Any) -> None:  # noqa: ANN401
        """Add to registers, clip them, count the clips."""
        builder = self.builder
        total = builder.add(builder.load(register), amount)
        clipped = self.clip(total)
        changed = builder.zext(builder.icmp_signed("!=", total, clipped), self.groups)
        builder.store(clipped, register)
        builder.store(builder.add(builder.load(clips), changed), clips)


@emitted
def saturate_block(_: Any, panels: Any, planes: Any, state: Any, rows: Any, place: Any) -> Any:  # noqa: ANN401
    """Step through K for `rows` streamed vectors (a literal) and one panel.

    `state` holds the registers and the steps as for `saturate_vectors`; `place` is the first row
    and the panel.
    """
    registers, steps = state

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:  # noqa: ANN401
        parts_of_state = [
            cgutils.unpack_tuple(builder, part) for part in cgutils.unpack_tuple(builder, values[2])
        ]
        register_parts, (corrections, groups, parts) = parts_of_state
        kinds = signature.args[0][0], signature.args[1], steps[0], *registers[:2]
        table = builder.extract_value(values[0], 0)
        arrays = [table, values[1], corrections, *register_parts[:2]]
        bases, strides = bases_of(context, builder, kinds, arrays)
        row, panel = cgutils.unpack_tuple(builder, values[4])
        register = ir.IntType(steps[0].dtype.bitwidth)
        instruction = instruction_of(signature.args[0])
        emission = StepEmission(builder, instruction, register, register_parts[2:])
        column = builder.mul(panel, INDEX(instruction.vectors * instruction.lanes))
        block = Block(
            streamed=(emission.at(bases[1], row, strides[1][1]),),
            resident=emission.at(bases[0], panel, strides[0][0]),
            sums=None,
            starts=None,
            planes=strides[1][0],
            row=strides[1][1],
            sums_row=None,
        )
        places = [
            [
                tuple(
                    emission.at(
                        emission.at(bases[array], builder.add(row, INDEX(n)), strides[array][0]),
                        column,
                        INDEX(8),
                        8 * instruction.lanes * v,
                    )
                    for array in (3, 4)
                )
                for v in range(instruction.vectors)
            ]
            for n in range(rows.literal_value)
        ]
        blocks = cgutils.unpack_tuple(
            builder, context.make_array(steps[0])(context, builder, corrections).shape
        )[0]
        first = emission.at(bases[2], column, INDEX(register.width // 8))
        emission.emit_blocks(block, places, (first, strides[2][0], blocks), (groups, parts))
        return context.get_dummy_value()

    return types.void(panels, planes, state, rows, place), generate


@compiled_across
def saturate_vectors(
    panels: Panels, tile: NDArray[Any], registers: Registers, steps: Steps
) -> None:
    """Add block after block of ``tile[v, k] * table[r, k]`` to the registers, clipping each time.

    Parameters
    ----------
    panels, tile
        As for `qpim_emu.engine.fast.kernels.multiply.multiply`.
    registers
        Of ``[vectors, columns]``, ``int64``; changed in place.
    steps
        See there.
    """
    planes = tile.reshape((1, tile.shape[0], tile.shape[1]))
    vectors = tile.shape[0]
    many = vectors - vectors % 4
    for panel in range(panels.table.shape[0]):
        for row in range(0, many, 4):
            saturate_block(panels, planes, (registers, steps), 4, (row, panel))
        for row in range(many, vectors):
            saturate_block(panels, planes, (registers, steps), 1, (row, panel))
