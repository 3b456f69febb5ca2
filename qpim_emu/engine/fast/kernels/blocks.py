"""Blocks of sums in registers: the inner loop of products, emitted for each of `INSTRUCTIONS`.

::

              lane 0     lane 1   ...             one step, one resident vector per lane:
    resident [a b c d] [e f g h]  ...  panel      sum 0 += a*w + b*x + c*y + d*z
    streamed [w x y z] [w x y z]  ...  broadcast  sum 1 += e*w + f*x + g*y + h*z

The inner loop keeps a block of sums in registers, some streamed vectors (rows) times the
residents of one panel, and walks along K: per step it loads the panel's vectors, and for each row
one group, broadcast to all lanes. Where operands are cut into slices, there is a sum for each
place that products of slices have, and they are joined at the end.

Meanwhile it asks for what comes next (`qpim_emu.engine.fast.kernels.fetching`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from llvmlite import binding, ir
from numba import types

from qpim_emu.engine.fast.kernels.emission import INDEX, LANE, Emission, bases_of, cgutils, emitted
from qpim_emu.engine.fast.kernels.fetching import CHUNK, Ahead, fetch
from qpim_emu.engine.fast.kernels.instructions import GROUP_BYTES, INSTRUCTIONS
from qpim_emu.engine.fast.kernels.kernel import LINE

if TYPE_CHECKING:
    from qpim_emu.engine.fast.kernels.instructions import Instruction

__all__ = ["Block", "ProductEmission", "instruction_of", "multiply_block", "rows_of"]

# Assembly is read wherever code that has some is compiled or linked into a caller, also where it
# comes from the cache; without this, LLVM would end the process.
binding.initialize_native_asmparser()


class Block(NamedTuple):
    """Addresses of a block's streamed groups, first panel vector and sum, and of its first start.

    Each of the streamed addresses is that of the first of as many vectors. `planes` and `row` are
    the bytes between slices and between vectors of the streamed operands, `sums_row` those between
    rows of the sums.
    """

    streamed: tuple[Any, ...]
    resident: Any
    sums: Any
    starts: Any
    planes: Any
    row: Any
    sums_row: Any


class ProductEmission(Emission):
    """Writes inner loops of one instruction."""

    def __init__(self, builder: Any, instruction: Instruction) -> None:  # noqa: ANN401
        super().__init__(builder, instruction.lanes)
        self.instruction = instruction
        self.bytes = instruction.lanes * GROUP_BYTES
        self.groups = self.vector(LANE)
        bits = instruction.bits
        self.narrow = ir.VectorType(ir.IntType(bits), instruction.lanes * instruction.group)
        self.sums = self.vector(LANE if instruction.slices == 1 else INDEX)
        self.sum_bytes = self.sums.element.width // 8

    def multiply_add(self, total: Any, streamed: Any, resident: Any) -> None:  # noqa: ANN401
        """Add the products of two vectors of groups to a variable with a vector of sums."""
        builder, name = self.builder, self.instruction.name
        if self.instruction.adds:
            kind = ir.FunctionType(self.groups, [self.groups] * 3)
            function = ir.InlineAsm(kind, f"{name} $3, $2, $0", "=v,0,v,v", side_effect=False)
            found = builder.call(function, [builder.load(total), streamed, resident])
        else:
            kind = ir.FunctionType(self.groups, [self.narrow] * 2)
            function = cgutils.get_or_insert_function(builder.module, kind, name)
            operands = [builder.bitcast(part, self.narrow) for part in (streamed, resident)]
            found = builder.add(builder.load(total), builder.call(function, operands))
        builder.store(found, total)

    def block(self, arrays: Any, row: Any, panel: Any, step: Any) -> Block:  # noqa: ANN401
        """Addresses of the block at `row` and `panel`, from `step` on.

        `arrays` are addresses and strides of the table, the planes, the sums and their starts.
        """
        bases, (table, planes, sums, starts) = arrays
        width = self.instruction.vectors * self.instruction.lanes
        return Block(
            streamed=(self.at(self.at(bases[1], row, planes[1]), step, INDEX(GROUP_BYTES)),),
            resident=self.at(self.at(bases[0], panel, table[0]), step, table[1]),
            sums=self.at(self.at(bases[2], row, sums[0]), panel, INDEX(width * self.sum_bytes)),
            starts=self.at(bases[3], row, starts[0]),
            planes=planes[0],
            row=planes[1],
            sums_row=sums[0],
        )

    def emit(self, rows: int, block: Block, reach: tuple[Any, Any], ahead: Ahead) -> None:
        """Write a loop over `rows` streamed vectors.

        The sums are added to their starts if K begins here, else to what is stored. They are
        written as variables, one for each place of slices, which LLVM turns into registers.

        Parameters
        ----------
        rows
            How many.
        block
            Where they are.
        reach
            Groups of each, and whether K begins here.
        ahead
            What to fetch meanwhile.
        """
        steps, begins = reach
        totals = self.totals(rows)
        self.walk(totals, block, steps, ahead)
        for row, vectors in enumerate(totals):
            for number, slices in enumerate(vectors):
                self.finish(slices, block, (row, number), begins)

    def totals(self, rows: int) -> list[list[list[Any]]]:
        """Variables for the sums of so many rows, 0 at first."""
        places = range(2 * self.instruction.slices - 1)
        vectors = range(self.instruction.vectors)
        return [
            [[self.variable(self.groups) for _ in places] for _ in vectors] for _ in range(rows)
        ]

    def walk(self, totals: list[list[list[Any]]], block: Block, steps: Any, ahead: Ahead) -> None:  # noqa: ANN401
        """Write the loop along K, a chunk of steps at a time."""
        builder = self.builder
        chunks = builder.sdiv(builder.add(steps, INDEX(CHUNK - 1)), INDEX(CHUNK))
        with cgutils.for_range(builder, chunks) as chunk:
            fetch(self, ahead, chunk.index, block.row)
            first = builder.mul(chunk.index, INDEX(CHUNK))
            left = builder.sub(steps, first)
            is_last = builder.icmp_signed("<", left, INDEX(CHUNK))
            with cgutils.for_range(builder, builder.select(is_last, left, INDEX(CHUNK))) as loop:
                self.emit_step(totals, block, builder.add(first, loop.index))

    def emit_step(self, totals: list[list[list[Any]]], block: Block, step: Any) -> None:  # noqa: ANN401
        """Write one step: all rows times all vectors of the panel, slices with slices."""
        slices, vectors = range(self.instruction.slices), range(self.instruction.vectors)
        bytes_of_step = INDEX(len(slices) * len(vectors) * self.bytes)
        panel = self.at(block.resident, step, bytes_of_step)
        resident = [
            [
                self.load(
                    self.at(panel, INDEX(self.bytes), INDEX(s * len(vectors) + v)), self.groups
                )
                for s in slices
            ]
            for v in vectors
        ]
        groups = [self.at(begun, step, INDEX(GROUP_BYTES)) for begun in block.streamed]
        each = len(totals) // len(groups)
        for row, variables in enumerate(totals):
            first = self.at(groups[row // each], INDEX(row % each), block.row)
            for left in slices:
                operand = self.load(self.at(first, INDEX(left), block.planes), LANE)
                streamed = self.broadcast(operand)
                for v in vectors:
                    for right in slices:
                        self.multiply_add(variables[v][left + right], streamed, resident[v][right])

    def finish(self, slices: list[Any], block: Block, at: tuple[int, int], begins: Any) -> None:  # noqa: ANN401
        """Join the slices of a vector of sums, and store it."""
        builder, (row, number) = self.builder, at
        place = self.at(
            block.sums, INDEX(row), block.sums_row, number * self.instruction.lanes * self.sum_bytes
        )
        before = cgutils.alloca_once(builder, self.sums)
        with builder.if_else(begins) as (then, otherwise):
            with then:
                builder.store(self.start(block, row), before)
            with otherwise:
                builder.store(self.load(place, self.sums), before)
        total = builder.load(before)
        for power, variable in enumerate(slices):
            part = builder.load(variable)
            if self.sums != self.groups:
                part = builder.sext(part, self.sums)
                part = builder.shl(
                    part, ir.Constant(self.sums, [8 * power] * self.instruction.lanes)
                )
            total = builder.add(total, part)
        self.store(total, place)

    def start(self, block: Block, row: int) -> Any:  # noqa: ANN401
        """What the sums of a row start at."""
        if self.instruction.slices == 1:
            return ir.Constant(self.sums, None)
        return self.broadcast(self.load(self.at(block.starts, INDEX(row), INDEX(8)), INDEX))


def instruction_of(panels: Any) -> Instruction:  # noqa: ANN401 - a type of numba
    """Instruction of a panel type."""
    return INSTRUCTIONS[panels.instance_class]


@emitted
def rows_of(_: Any, panels: Any, size: Any) -> Any:  # noqa: ANN401
    """Streamed vectors in a block of each size."""

    def generate(_context: Any, _builder: Any, signature: Any, _values: Any) -> Any:  # noqa: ANN401
        return INDEX(instruction_of(signature.args[0]).rows[signature.args[1].literal_value])

    return types.int64(panels, size), generate


@emitted
def multiply_block(
    _: Any,  # noqa: ANN401
    panels: Any,  # noqa: ANN401
    planes: Any,  # noqa: ANN401
    sums: Any,  # noqa: ANN401
    size: Any,  # noqa: ANN401
    places: Any,  # noqa: ANN401
) -> Any:  # noqa: ANN401
    """Multiply a block of rows with one panel over a stretch of K.

    Parameters
    ----------
    panels, planes, sums
        As for `multiply_planes`; `sums` is a tuple of the sums and their starts.
    size
        Index into `Instruction.rows`, a literal.
    places
        First row, panel, first step, number of steps; and for each `CHUNK` of steps how many of
        the rows behind these to fetch, panel, step and line to fetch from, and how many lines.
    """

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:  # noqa: ANN401
        kinds = signature.args[0][0], signature.args[1], *signature.args[2]
        parts = (
            builder.extract_value(values[0], 0),
            values[1],
            *cgutils.unpack_tuple(builder, values[2]),
        )
        arrays = bases_of(context, builder, kinds, parts)
        emitter = ProductEmission(builder, instruction_of(signature.args[0]))
        place, following = (
            cgutils.unpack_tuple(builder, part) for part in cgutils.unpack_tuple(builder, values[4])
        )
        row, panel, step, steps = place
        block = emitter.block(arrays, row, panel, step)
        begins = builder.icmp_signed("==", step, INDEX(0))
        rows = emitter.instruction.rows[size.literal_value]
        count, panel, step, line, lines = following
        table = emitter.block(arrays, row, panel, step).resident
        ahead = Ahead(
            streamed=(emitter.at(block.streamed[0], INDEX(rows), block.row),),
            rows=count,
            resident=emitter.at(table, line, INDEX(LINE)),
            lines=lines,
        )
        emitter.emit(rows, block, (steps, begins), ahead)
        return context.get_dummy_value()

    return types.void(panels, planes, sums, size, places), generate
