"""Tables of pairs: what an engine computes in float32 for every two codes of 8 bits.

Tables are over all codes of the file's formats. Each function names the kernel it repeats.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.frontends.onnx.fused import multiply_add
from qpim_emu.frontends.onnx.quantization import dequantized, quantized
from qpim_emu.frontends.onnx.refusal import RefusedError
from qpim_emu.frontends.onnx.tables import every_code
from qpim_emu.workload.operations import PairLookup

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from qpim_emu.frontends.onnx.quantization import Quantization
    from qpim_emu.frontends.onnx.values import Target
    from qpim_emu.typing import IntArray

    Reals = NDArray[np.float32]

__all__ = ["as_written", "runtime_add", "runtime_mul"]

MOST_BITS = 16


def table(first: Quantization, second: Quantization, target: Target, codes: IntArray) -> PairLookup:
    """Make the operation from the codes of all pairs, ``int64[first, second]``."""
    limited = np.clip(codes, *target.limits)
    return PairLookup(
        table=tuple(limited.reshape(-1).tolist()),
        bits=(first.format.bits, second.format.bits),
        firsts=(first.format.min, second.format.min),
    )


def all_codes(first: Quantization, second: Quantization) -> tuple[IntArray, IntArray]:
    """Codes of both inputs as a column and a row, refusing tables that are too large."""
    bits = first.format.bits + second.format.bits
    if bits > MOST_BITS:
        msg = f"inputs must have at most {MOST_BITS} bits together, got {bits}; use 8 bits"
        raise RefusedError(msg)
    return every_code(first.format)[:, None], every_code(second.format)[None, :]


def as_written(
    first: Quantization,
    second: Quantization,
    target: Target,
    function: Callable[[Reals, Reals], Reals],
) -> PairLookup:
    """Tabulate an operator between DQ and Q as it is written, each step rounded to float32.

    The onnx reference evaluator computes so, and ONNX Runtime without optimizations.
    """
    rows, columns = all_codes(first, second)
    with np.errstate(over="ignore", under="ignore"):
        reals = function(dequantized(rows, first), dequantized(columns, second))
    return table(first, second, target, quantized(reals, target.quantization))


def runtime_add(first: Quantization, second: Quantization, target: Target) -> PairLookup:
    """Tabulate QLinearAdd of ONNX Runtime on processors with AVX2 and FMA3.

    With ``ra`` and ``rb`` the quotients of scales and ``fixed`` what the zero points add up to,
    ``fma(a, ra, fma(b, rb, fixed))`` rounded half to even. Source:
    MlasQLinearAddKernelAvx2Helper (intrinsics/avx2/qladd_avx2.cpp); compilers contract ``fixed``
    as `multiply_add` shows.
    """
    rows, columns = all_codes(first, second)
    scale_a, zero_a = first.one("input")
    scale_b, zero_b = second.one("input")
    scale, zero_point = target.quantization.one("output")
    ratio_a, ratio_b = quotient(scale_a, scale), quotient(scale_b, scale)
    moved = multiply_add(np.float32(zero_a), ratio_a, np.float32(zero_b) * ratio_b)
    fixed = np.float32(zero_point) - moved
    inner = multiply_add(columns.astype(np.float32), ratio_b, fixed)
    reals = multiply_add(rows.astype(np.float32), ratio_a, inner)
    limit = np.float32(1 << 30)
    return table(first, second, target, np.rint(np.clip(reals, -limit, limit)).astype(np.int64))


def quotient(first: np.float32, second: np.float32) -> np.float32:
    """Divide scales in float32.

    Raises
    ------
    RefusedError
        If the result is not finite.
    """
    with np.errstate(all="ignore"):
        result = first / second
    if not np.isfinite(result):
        msg = f"quotient of scales must be finite, got {first} / {second}"
        raise RefusedError(msg)
    return result


def runtime_mul(first: Quantization, second: Quantization, target: Target) -> PairLookup:
    """Tabulate QLinearMul of ONNX Runtime on x86 and ARM.

    The exact product times ``f32(f32(scale a * scale b) / scale)``, plus the zero point, each
    rounded to float32; then half to even. Source: MlasQLinearMulVectorS16 (qlmul.cpp).
    """
    rows, columns = all_codes(first, second)
    scale_a, zero_a = first.one("input")
    scale_b, zero_b = second.one("input")
    scale, zero_point = target.quantization.one("output")
    product = ((rows - zero_a) * (columns - zero_b)).astype(np.float32)
    with np.errstate(over="ignore", under="ignore"):
        factor = quotient(scale_a * scale_b, scale)
        reals = product * factor + np.float32(zero_point)
    limit = np.float32(1 << 30)
    return table(first, second, target, np.rint(np.clip(reals, -limit, limit)).astype(np.int64))
