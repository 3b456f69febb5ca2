"""Weights of a job, read from the packed words and packed for a kernel.

What is made of them is kept with the words, where these are kept (`qpim_emu.engine.fast.kept`):
they cannot change, so nor can it.
"""

from __future__ import annotations

from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from qpim_emu.engine.fast.decode import decoder_of
from qpim_emu.engine.fast.kernels.bounds import sum_by_sign
from qpim_emu.engine.fast.kernels.unfold import decode_table

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import DTypeLike, NDArray

    from qpim_emu.engine.fast.kernels.kernel import Kernel
    from qpim_emu.engine.fast.kernels.unfold import Decoder
    from qpim_emu.mapping.plan import Plan
    from qpim_emu.mapping.plane import Plane
    from qpim_emu.typing import FloatArray, IntArray, WordArray

__all__ = ["Table", "streamed_range", "table_reader"]


def table_reader(
    plan: Plan, plane: Plane, words: WordArray, points: IntArray
) -> Callable[[], IntArray]:
    """Make what reads vectors of weights, words without operands as 0; it knows no plan.

    Parameters
    ----------
    plane
        A plane that has them.
    words
        ``uint16[vectors, words of a vector]``.
    points
        Zero points, ``int64[vectors, 1]`` or one for each word.

    Returns
    -------
    Callable
        Gives operands in the shape of `words`, ``int32``.
    """
    per_block = plan.spec.words_per_block
    period = plane.period * per_block
    live = period - per_block + plane.tail, period
    decoder = decoder_of(plan.layer.weight_window, plan.spec)
    return partial(read_table, words, decoder, points, live)


def read_table(
    words: WordArray, decoder: Decoder, points: IntArray, live: tuple[int, int]
) -> IntArray:
    """Read vectors of weights (`qpim_emu.engine.fast.kernels.unfold.decode_table`)."""
    table: Any = np.empty(words.shape, np.int32)
    decode_table(np.ascontiguousarray(words), decoder, points, live, table)
    return table  # type: ignore[no-any-return]


KEPT_BYTES = 1 << 26
"""Largest table of floats that is kept: they take four or eight times the room of others."""


class Table:
    """Vectors of weights, and what kernels need of them.

    Parameters
    ----------
    read
        Reads them, ``int32[vectors, words of a vector]``.
    words
        Words of a block.

    Attributes
    ----------
    shape
        Vectors, and words of each.
    signs
        Sums of the negative and of the positive operands of each vector, ``float64[vectors, 1]``
        (`qpim_emu.engine.fast.kernels.bounds`).
    magnitudes
        Sums of the magnitudes of each block's operands, ``float64[vectors, blocks]``.
    limits
        Least and largest operand.
    sums
        ``int64[vectors]``.
    """

    def __init__(self, read: Callable[[], IntArray], words: int) -> None:
        self.read = read
        self.packed: dict[str, Any] = {}
        values = self.values
        self.shape: tuple[int, int] = values.shape[0], values.shape[1]
        negative, positive = sum_by_sign(values, words)
        self.magnitudes: FloatArray = positive - negative
        self.signs = negative.sum(axis=1, keepdims=True), positive.sum(axis=1, keepdims=True)
        self.limits = int(values.min()), int(values.max())
        self.sums: IntArray = (self.signs[0] + self.signs[1])[:, 0].astype(np.int64)

    @cached_property
    def values(self) -> IntArray:
        """All operands; read again after `forget`."""
        return self.read()

    def panels(self, kernel: Kernel, runs: IntArray | None = None) -> Any:  # noqa: ANN401 - the kernel's own tuple type
        """Pack for a kernel.

        Parameters
        ----------
        kernel
            The kernel.
        runs
            Parts of every vector, ``int64[runs, 3]`` as of
            `qpim_emu.engine.fast.kernels.unfold.Source`, each of which begins a step of its own;
            all operands one behind the other if not given.
        """
        if runs is None or are_whole(runs, self.shape[1], kernel.group):
            return self.kept(kernel.name, lambda: kernel.pack(self.values))
        name = f"{kernel.name} {runs[:, 1:].tolist()}"
        return self.kept(name, lambda: kernel.pack(spread(self.values, runs, kernel.group)))

    def kept(self, name: str, make: Callable[[], Any]) -> Any:  # noqa: ANN401
        """Find what is packed under a name, or make it."""
        if name not in self.packed:
            self.packed[name] = make()
        return self.packed[name]

    def floats(self, kind: DTypeLike) -> NDArray[Any]:
        """Operands as floats ``[words, vectors]``, kept where there are not too many of them."""
        name = np.dtype(kind).name
        if name in self.packed:
            return self.packed[name]  # type: ignore[no-any-return]
        found = self.values.T.astype(kind, order="C")
        self.forget()
        if self.is_kept(kind):
            self.packed[name] = found
        return found

    def is_kept(self, kind: DTypeLike) -> bool:
        """Whether operands of such a type are kept."""
        return self.shape[0] * self.shape[1] * np.dtype(kind).itemsize <= KEPT_BYTES

    def forget(self) -> None:
        """Drop the operands themselves."""
        self.__dict__.pop("values", None)


def are_whole(runs: IntArray, words: int, group: int) -> bool:
    """Whether runs follow each other through all of a vector, in whole groups of operands."""
    ends = np.cumsum(runs[:, 2])
    is_dense = bool((runs[1:, 1] == ends[:-1]).all()) and runs[0, 1] == 0 and ends[-1] == words
    return is_dense and not (runs[:, 2] % group).any()


def spread(values: IntArray, runs: IntArray, group: int) -> IntArray:
    """Put runs of every vector one behind the other, with 0 up to the next group of operands."""
    sizes = -(-runs[:, 2] // group) * group
    found = np.zeros((len(values), int(sizes.sum())), values.dtype)
    for (_, place, count), past, size in zip(runs, np.cumsum(sizes), sizes, strict=True):
        found[:, past - size : past - size + count] = values[:, place : place + count]
    return found


def streamed_range(plan: Plan) -> tuple[int, int]:
    """Least and largest activation that the window and the zero point allow."""
    operand, point = plan.layer.activation_window.format, plan.layer.activation_zero_point
    return operand.min - point, operand.max - point
