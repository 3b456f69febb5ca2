"""Input codes that give an output a wanted total."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from qpim_emu.golden.contributions import Contributions

__all__ = ["solve_total"]

TRIES = 24


def solve_total(
    terms: Contributions, total: int, ends: tuple[int, int], rng: np.random.Generator
) -> list[int] | None:
    """Find operands with ``bias + sum(weights * operands) == total``.

    Operands are chosen one by one, those of large weights first, each at random among those
    that leave the rest within reach; that may fail where no small weight is left to make the
    sum exact.

    Parameters
    ----------
    terms
        Weights and bias.
    total
        The wanted total.
    ends
        Smallest and largest operand, zero point subtracted.
    rng
        Where the choices come from.

    Returns
    -------
    list of int or None
        An operand per term, or None if none were found.
    """
    weights = [int(weight) for weight in terms.weights]
    order = sorted(range(len(weights)), key=lambda k: -abs(weights[k]))
    reach = reaches([weights[k] for k in order], ends)
    for _ in range(TRIES):
        found = try_once([weights[k] for k in order], total - terms.bias, ends, reach, rng)
        if found is not None:
            operands = [0] * len(weights)
            for k, operand in zip(order, found, strict=True):
                operands[k] = operand
            return operands
    return None


def reaches(weights: list[int], ends: tuple[int, int]) -> list[tuple[int, int]]:
    """Smallest and largest sum of the products from each position on."""
    found = [(0, 0)]
    for weight in reversed(weights):
        products = sorted(weight * end for end in ends)
        low, high = found[-1]
        found.append((low + products[0], high + products[1]))
    return found[::-1]


def try_once(
    weights: list[int],
    left: int,
    ends: tuple[int, int],
    reach: list[tuple[int, int]],
    rng: np.random.Generator,
) -> list[int] | None:
    """Choose operands in order; None if the sum is missed."""
    chosen = []
    for weight, (low, high) in zip(weights, reach[1:], strict=True):
        first, last = ends
        if weight:
            bounds = sorted(((left - low) / weight, (left - high) / weight))
            first = max(first, int(np.ceil(bounds[0])))
            last = min(last, int(np.floor(bounds[1])))
        if first > last:
            return None
        operand = int(rng.integers(first, last, endpoint=True))
        chosen.append(operand)
        left -= weight * operand
    return chosen if left == 0 else None
