"""Compare somebody's results for a layer with the machine's, and say where they part."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.engine.run import Tier, run_layer
from qpim_emu.errors import CodeError, MismatchError
from qpim_emu.hardware.presets import PAPER
from qpim_emu.mapping.outputs import OutputIndex, locate
from qpim_emu.oracle import partial_sums as oracle_partial_sums
from qpim_emu.workload.checks import integers

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from qpim_emu.engine.run import RunResult
    from qpim_emu.hardware.spec import Spec
    from qpim_emu.mapping.outputs import OutputPlace
    from qpim_emu.mapping.request import Mapping
    from qpim_emu.typing import IntArray
    from qpim_emu.workload.layers import Conv1d, Conv2d, Linear

__all__ = ["assert_bit_exact"]


def assert_bit_exact(
    layer: Conv1d | Conv2d | Linear,
    codes: ArrayLike,
    expected: ArrayLike,
    *,
    spec: Spec = PAPER,
    mapping: Mapping | None = None,
    tier: Tier | str = Tier.LITERAL,
    accumulators: ArrayLike | None = None,
    partial_sums: ArrayLike | None = None,
) -> RunResult:
    """Run a layer on the machine and require the expected results, bit for bit.

    Parameters
    ----------
    layer, codes
        The layer and its input codes.
    expected
        Output codes that a kernel, a simulator or a test bench computed, in the shape of the
        layer's outputs.
    spec, mapping, tier
        The machine, how the layer is mapped, and how it is executed.
    accumulators
        Expected accumulators, same shape, compared besides.
    partial_sums
        Expected accumulators after each addition, ``[..., additions]``, in the order of
        ``plan.word_groups``; with them a failure names the first addition that differs.

    Returns
    -------
    RunResult
        The run, for further checks.

    Raises
    ------
    MismatchError
        Naming the first wrong element (row-major), what was expected and what the machine got,
        and the vault, bank, row, column, word and bit that hold the lowest wrong bit, and the
        lane array and lane.
    CodeError
        If an expectation is no integer array of the right shape.

    Examples
    --------
    >>> import qpim_emu as qe
    >>> layer = qe.Linear(weights=[[1, -2, 3]], weight_type="int4", activation_type="uint4")
    >>> _ = assert_bit_exact(layer, [[4, 5, 6]], [[12]], spec=qe.TOY)
    """
    run = run_layer(layer, codes, spec=spec, mapping=mapping, tier=tier)
    sums = None
    if partial_sums is not None:
        # no tier keeps them; a test holds the oracle's to what the literal tier's observers see
        sums = oracle_partial_sums(layer, codes, run.plan.word_groups)
    wanted_sums = expectation(partial_sums, sums, field="partial_sums")
    outputs = expectation(expected, run.outputs, field="expected")
    registers = expectation(accumulators, run.accumulators, field="accumulators")
    for name, got, want in (
        ("output", run.outputs, outputs),
        ("accumulator", run.accumulators, registers),
    ):
        first = first_difference(got, want)
        if first is None or want is None:
            continue
        difference = int(got[first]) ^ int(want[first])
        count = f"({np.count_nonzero(got != want)} of {got.size} differ)"
        lines = [
            f"{name} {list(first)} must be {int(want[first])}, got {int(got[first])} {count}",
            f"  at {describe_bit(run, first, difference, name=name)}",
        ]
        if sums is not None and wanted_sums is not None:
            lines.append(f"  {describe_addition(run, sums[first], wanted_sums[first])}")
        raise MismatchError("\n".join(lines))
    require_sums(run, sums, wanted_sums)
    return run


def first_difference(got: IntArray, want: IntArray | None) -> tuple[int, ...] | None:
    """Index of the first element (row-major) that differs, if one does."""
    wrong = np.flatnonzero(got != want) if want is not None else np.empty(0, np.int64)
    if not wrong.size:
        return None
    return tuple(int(i) for i in np.unravel_index(int(wrong[0]), got.shape))


def expectation(values: ArrayLike | None, like: IntArray | None, *, field: str) -> IntArray | None:
    """Read an expectation of the shape of `like`."""
    if values is None or like is None:
        return None
    array = integers(values, field=field)
    if array.shape != like.shape:
        msg = f"{field} must have shape {list(like.shape)}, got {list(array.shape)}"
        raise CodeError(msg)
    return array


def describe_bit(run: RunResult, element: tuple[int, ...], difference: int, *, name: str) -> str:
    """Place of an element's output word and the lowest wrong bit in it.

    Bits of an accumulator, and those of an expectation beyond the output's words, lie in no
    word; they are counted from the element's own lowest bit.
    """
    spec, stored = run.plan.spec, run.plan.layer.output_format
    bit = (difference & -difference).bit_length() - 1
    part, line = divmod(bit, spec.word_bits)
    if name == "output" and part * spec.word_bits < stored.bits:
        return f"{find_place(run, element, part=part)}, bit {line}"
    return f"{find_place(run, element)}, bit {bit} of the {name}"


def find_place(run: RunResult, element: tuple[int, ...], *, part: int = 0) -> OutputPlace:
    """Place of one word of an output in memory."""
    image, index, *pixel = element
    axes = run.outputs.shape[2:]
    flat = int(np.ravel_multi_index(tuple(pixel), axes)) if pixel else 0
    return locate(run.plan, OutputIndex(image, index, flat), part=part)


def describe_addition(run: RunResult, got: IntArray, want: IntArray) -> str:
    """First addition at which an output's partial sums differ."""
    differs = np.flatnonzero(got != want)
    if not differs.size:
        return "its partial sums agree: the difference arises after the last addition"
    first = int(differs[0])
    group = run.plan.word_groups[first]
    return (
        f"addition {first} (k {group[0]}..{group[-1]}) must leave {int(want[first])}, "
        f"got {int(got[first])}"
    )


def require_sums(run: RunResult, sums: IntArray | None, wanted: IntArray | None) -> None:
    """Refuse partial sums that differ although the results agree."""
    if sums is None or wanted is None or np.array_equal(sums, wanted):
        return
    flat = int(np.flatnonzero((sums != wanted).any(axis=-1))[0])
    first = tuple(int(i) for i in np.unravel_index(flat, run.outputs.shape))
    where = find_place(run, first)
    detail = describe_addition(run, sums[first], wanted[first])
    msg = f"partial sums of output {list(first)}: {detail}\n  at {where}"
    raise MismatchError(msg)
