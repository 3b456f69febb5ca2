"""The layer by NumPy: the oracle that other tiers are compared with.

Tests prove it equal to `qpim_emu.oracle.naive`; it is quick enough for layers of real networks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.oracle.accumulate import accumulator_range, overflow_error
from qpim_emu.oracle.exact import ExactArray, exact_array, exact_product, largest
from qpim_emu.oracle.operands import operands
from qpim_emu.oracle.problem import addition_order, problem_of
from qpim_emu.oracle.requantize_arrays import output_codes
from qpim_emu.oracle.result import Reference
from qpim_emu.workload.accumulator import Overflow

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import ArrayLike

    from qpim_emu.oracle.problem import Groups, Layer, Problem
    from qpim_emu.typing import BoolArray, IntArray

__all__ = ["partial_sums", "reference"]


def reference(layer: Layer, x: ArrayLike, *, groups: Groups | None = None) -> Reference:
    """Compute what one layer must give.

    Parameters
    ----------
    layer
        `Conv2d`, `Conv1d` or `Linear`.
    x
        Activation codes in the layer's axes.
    groups
        Order of the additions: lists of product indices k (kernel row, kernel column, channel
        in the group, the channel fastest; `Linear`: the channel). The products of a list are
        summed exactly and added to the accumulator at once, list after list. Only a saturating
        accumulator depends on it, and needs it.

    Returns
    -------
    Reference
        Accumulators, outputs, exact totals and both data-dependent counters.

    Raises
    ------
    CodeError
        If `x` does not fit the layer, or holds a value that is no code of its type.
    LayerError
        If the borders cannot be represented.
    InputError
        If the order is missing under ``saturate``, or does not hold every product once.
    AccumulatorOverflowError
        If a total leaves a ``trap`` accumulator; names the lowest (n, m, pixel).
    """
    problem = problem_of(layer, x)
    order = addition_order(problem, groups)
    sums = Sums(problem)
    totals = sums.start(sums.all_products())
    if order is not None and layer.accumulator.overflow is Overflow.SATURATE:
        accumulators, overflows = sums.bias_planes(), 0
        for register, clipped in sums.saturating(order):
            accumulators, overflows = register, overflows + clipped
    else:
        accumulators, overflows = settled(problem, totals)
    outputs, clamped = output_codes(layer.requantize, accumulators)
    return Reference(
        accumulators=accumulators.astype(np.int64).reshape(problem.shape),
        outputs=outputs.reshape(problem.shape),
        totals=totals.astype(object).reshape(problem.shape),
        overflows=overflows,
        clamped=clamped,
    )


def partial_sums(layer: Layer, x: ArrayLike, groups: Groups) -> IntArray:
    """Accumulators after each addition, to find where two results part.

    Parameters and errors are those of `reference`.

    Returns
    -------
    IntArray
        ``int64[outputs..., len(groups)]``: the accumulator after each list of products, clipped
        under ``saturate``, wrapped under ``wrap`` and ``trap`` (nothing is raised or counted).
    """
    problem = problem_of(layer, x)
    order = addition_order(problem, groups) or []
    sums = Sums(problem)
    result = np.empty((*problem.shape, len(order)), dtype=np.int64)
    if layer.accumulator.overflow is Overflow.SATURATE:
        for i, (accumulators, _) in enumerate(sums.saturating(order)):
            result[..., i] = accumulators.reshape(problem.shape)
        return result
    running = np.zeros(sums.shape, dtype=np.int64).astype(object)
    for i, group in enumerate(order):
        running = running + sums.of(group)
        wrapped = wrapped_array(sums.start(running), layer.accumulator.bits)
        result[..., i] = wrapped.reshape(problem.shape)
    return result


class Sums:
    """Sums of chosen products for all outputs of a layer at once.

    Attributes
    ----------
    shape
        ``(images, filters, rows, columns)``, of every array that the methods return.
    activations, weights
        Operands without their zero points, borders included, split into groups:
        ``int64[images, groups, channels, height, width]`` and
        ``int64[groups, filters, channels, kernel height, kernel width]``.
    largest_product
        Largest magnitude that a product can have.
    """

    def __init__(self, problem: Problem) -> None:
        layer = problem.layer
        self.problem = problem
        seen = operands(problem.codes, layer.activation_type, layer.activation_window)
        seen = seen - layer.activation_zero_point
        sides = ((0, 0), (0, 0), *problem.padding)
        images, _, _, _ = seen.shape
        filters, channels, kernel_height, kernel_width = problem.weights.shape
        padded = np.pad(seen, sides)
        self.shape = (images, filters, *problem.out_size)
        self.activations = padded.reshape(images, problem.groups, channels, *padded.shape[2:])
        held = operands(problem.weights, layer.weight_type, layer.weight_window)
        held = held - layer.weight_zero_point[:, None, None, None]
        self.weights = held.reshape(
            problem.groups, filters // problem.groups, channels, kernel_height, kernel_width
        )
        self.largest_product = largest(self.activations) * largest(self.weights)

    def of(self, products: Sequence[int]) -> ExactArray:
        """Sum the listed products, exactly; taps one after the other."""
        channels: dict[tuple[int, int], list[int]] = {}
        for k in products:
            ky, kx, c = self.problem.tap(k)
            channels.setdefault((ky, kx), []).append(c)
        return self.tapwise(channels)

    def all_products(self) -> ExactArray:
        """Sum every product."""
        everything = list(range(self.weights.shape[2]))
        height, width = self.weights.shape[3:]
        return self.tapwise({(ky, kx): everything for ky in range(height) for kx in range(width)})

    def tapwise(self, channels: dict[tuple[int, int], list[int]]) -> ExactArray:
        """Sum over some channels of each tap: one matrix product per tap.

        ``terms * max|a| * max|w|`` bounds every partial sum.
        """
        terms = sum(len(listed) for listed in channels.values())
        bound = terms * self.largest_product
        total = exact_array(np.zeros(self.shape, dtype=np.int64), bound)
        for (ky, kx), listed in channels.items():
            chosen = slice(None) if len(listed) == self.weights.shape[2] else listed
            weights = self.weights[:, :, chosen, ky, kx]
            pixels = self.pixels(ky, kx)[:, :, chosen]
            columns = pixels.reshape(*pixels.shape[:3], -1)
            total += exact_product(weights, columns).reshape(self.shape)
        return total

    def pixels(self, ky: int, kx: int) -> IntArray:
        """Operands that one tap meets, ``int64[images, groups, channels, rows, columns]``."""
        rows, columns = (
            slice(first * step, first * step + stride * count, stride)
            for first, step, stride, count in zip(
                (ky, kx), self.problem.dilation, self.problem.stride, self.shape[2:], strict=True
            )
        )
        return self.activations[..., rows, columns]

    def bias_planes(self) -> ExactArray:
        """Repeat the bias at every output."""
        return np.broadcast_to(self.problem.layer.bias[:, None, None], self.shape)

    def start(self, sums: ExactArray) -> ExactArray:
        """Add the bias to sums of products, exactly."""
        bias = self.bias_planes()
        bound = largest(bias) + largest(sums)
        return exact_array(sums, bound) + exact_array(bias, bound)

    def saturating(self, order: list[list[int]]) -> Iterator[tuple[ExactArray, int]]:
        """Add group after group to the bias, clipping each time.

        Yields
        ------
        ExactArray, int
            The accumulators after an addition, and how many of them it clipped.
        """
        low, high = accumulator_range(self.problem.layer.accumulator.bits)
        register: ExactArray = self.bias_planes()
        for group in order:
            addends = self.of(group)
            bound = largest(register) + largest(addends)
            exact = exact_array(register, bound) + exact_array(addends, bound)
            clipped = int(np.count_nonzero(beyond(exact, low, high)))
            register = np.minimum(np.maximum(exact, low), high).astype(np.int64)
            yield register, clipped


def settled(problem: Problem, totals: ExactArray) -> tuple[ExactArray, int]:
    """Accumulators of a ``wrap`` or ``trap`` layer, and its overflow counter."""
    accumulator = problem.layer.accumulator
    wrong = beyond(totals, *accumulator_range(accumulator.bits))
    if accumulator.overflow is Overflow.TRAP and wrong.any():
        flat = int(np.flatnonzero(wrong)[0])
        image, rest = divmod(flat, totals[0].size)
        filter_, pixel = divmod(rest, totals[0, 0].size)
        raise overflow_error((image, filter_, pixel), int(totals.flat[flat]), accumulator.bits)
    return wrapped_array(totals, accumulator.bits), int(np.count_nonzero(wrong))


def wrapped_array(totals: ExactArray, bits: int) -> ExactArray:
    """Bring totals into a register of `bits` bits by whole multiples of ``2**bits``."""
    low, high = accumulator_range(bits)
    if not beyond(totals, low, high).any():
        return totals
    wide = totals.astype(object)  # 2**64 and the distance to the lowest value exceed int64
    return np.asarray((wide - low) % 2**bits + low)


def beyond(values: ExactArray, low: int, high: int) -> BoolArray:
    """Mark the values outside ``low..high``."""
    return np.asarray((values < low) | (values > high), dtype=np.bool_)
