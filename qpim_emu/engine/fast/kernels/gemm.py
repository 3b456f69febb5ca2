"""Calls of BLAS from compiled code, by the address of its routine."""

from __future__ import annotations

from typing import Any, Final

from llvmlite import ir
from numba import types

from qpim_emu.engine.fast.kernels.arrays import ArrayEmission
from qpim_emu.engine.fast.kernels.emission import INDEX, LANE, emitted

__all__ = ["call_gemm"]

ROW_MAJOR, NO_TRANSPOSE = LANE(101), LANE(111)
"""Constants of the C interface to BLAS."""

SINGLE: Final = 32
"""Bits of a ``float``."""


@emitted
def call_gemm(_: Any, routine: Any, left: Any, right: Any, out: Any) -> Any:  # noqa: ANN401
    """Compute ``out = left @ right``.

    Parameters
    ----------
    routine
        Address of ``cblas_sgemm`` or ``cblas_dgemm``, after the type of the arrays, whose integers
        have 64 bits.
    left, right, out
        ``[n, k]``, ``[k, m]`` and ``[n, m]`` of one type, not empty; elements of a row lie behind
        one another, rows do not overlap.
    """

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:  # noqa: ANN401
        emission = ArrayEmission(context, builder, 1)
        parts = zip(signature.args[1:], values[1:], strict=True)
        arrays = [emission.array(*part) for part in parts]
        size = arrays[0].kind.width
        real = ir.FloatType() if size == SINGLE else ir.DoubleType()
        rows = [builder.sdiv(array.strides[0], INDEX(size // 8)) for array in arrays]
        ((vectors, depth), residents) = arrays[0].shape, arrays[1].shape[1]
        operands = [
            *(ROW_MAJOR, NO_TRANSPOSE, NO_TRANSPOSE, vectors, residents, depth, real(1)),
            *(arrays[0].base, rows[0], arrays[1].base, rows[1], real(0), arrays[2].base, rows[2]),
        ]
        kind = ir.FunctionType(ir.VoidType(), [operand.type for operand in operands])
        builder.call(builder.inttoptr(values[0], kind.as_pointer()), operands)
        return context.get_dummy_value()

    return types.void(routine, left, right, out), generate
