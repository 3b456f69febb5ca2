"""The layer by loops over Python integers: slow, and meant to be read.

NumPy arrays only hold numbers here; every sum, product and rounding is one of Python integers
or exact fractions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.oracle.accumulate import outside, overflow_error, saturating_sums, wrap
from qpim_emu.oracle.operands import operand
from qpim_emu.oracle.problem import addition_order, problem_of
from qpim_emu.oracle.requantize import output_code
from qpim_emu.oracle.result import Reference
from qpim_emu.workload.accumulator import Overflow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import ArrayLike

    from qpim_emu.oracle.problem import Groups, Layer, Problem

__all__ = ["naive_reference"]


def naive_reference(layer: Layer, x: ArrayLike, *, groups: Groups | None = None) -> Reference:
    """Compute one layer, product by product.

    Parameters and errors are those of `qpim_emu.oracle.vectorised.reference`.
    """
    problem = problem_of(layer, x)
    order = addition_order(problem, groups)
    totals, accumulators, outputs = [], [], []
    overflows = clamped = 0
    for place in places(problem):
        products = [product(problem, place, k) for k in range(problem.products)]
        total = int(layer.bias[place[1]]) + sum(products)
        accumulator, overflow = accumulate(problem, place, products, order)
        output, was_clamped = output_code(layer.requantize, accumulator, place[1])
        totals.append(total)
        accumulators.append(accumulator)
        outputs.append(output)
        overflows += overflow
        clamped += was_clamped
    return Reference(
        accumulators=np.array(accumulators, dtype=np.int64).reshape(problem.shape),
        outputs=np.array(outputs, dtype=np.int64).reshape(problem.shape),
        totals=np.array(totals, dtype=object).reshape(problem.shape),
        overflows=overflows,
        clamped=clamped,
    )


def places(problem: Problem) -> Iterator[tuple[int, int, int, int]]:
    """Every output as (image, filter, row, column), the column fastest."""
    height, width = problem.out_size
    for n in range(problem.codes.shape[0]):
        for m in range(problem.weights.shape[0]):
            for row in range(height):
                for column in range(width):
                    yield n, m, row, column


def product(problem: Problem, place: tuple[int, int, int, int], k: int) -> int:
    """Product `k` of an output: an activation and a weight, both without their zero points."""
    n, m, row, column = place
    ky, kx, c = problem.tap(k)
    y = row * problem.stride[0] + ky * problem.dilation[0] - problem.padding[0][0]
    x = column * problem.stride[1] + kx * problem.dilation[1] - problem.padding[1][0]
    filters, group_channels = problem.weights.shape[:2]
    channel = m // (filters // problem.groups) * group_channels + c
    return activation(problem, n, channel, y, x) * weight(problem, m, c, ky, kx)


def activation(problem: Problem, n: int, channel: int, y: int, x: int) -> int:
    """Operand at one pixel of the input, 0 on the border."""
    height, width = problem.codes.shape[2:]
    if not (0 <= y < height and 0 <= x < width):
        return 0
    layer = problem.layer
    code = int(problem.codes[n, channel, y, x])
    return operand(code, layer.activation_type, layer.activation_window) - int(
        layer.activation_zero_point
    )


def weight(problem: Problem, m: int, c: int, ky: int, kx: int) -> int:
    """Operand of one weight."""
    layer = problem.layer
    code = int(problem.weights[m, c, ky, kx])
    return operand(code, layer.weight_type, layer.weight_window) - int(layer.weight_zero_point[m])


def accumulate(
    problem: Problem,
    place: tuple[int, int, int, int],
    products: list[int],
    order: list[list[int]] | None,
) -> tuple[int, int]:
    """Accumulator of one output and its contribution to the overflow counter."""
    n, m, row, column = place
    bits, policy = problem.layer.accumulator.bits, problem.layer.accumulator.overflow
    bias = int(problem.layer.bias[m])
    if policy is Overflow.SATURATE and order is not None:
        addends = [sum(products[k] for k in group) for group in order]
        sums, clipped = saturating_sums(bias, addends, bits)
        return (sums[-1] if sums else bias), clipped
    total = bias + sum(products)
    if policy is Overflow.TRAP and outside(total, bits):
        pixel = row * problem.out_size[1] + column
        raise overflow_error((n, m, pixel), total, bits)
    return wrap(total, bits), int(outside(total, bits))
