"""A model file as a network, and how its tensors are held in the file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np

from qpim_emu.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from fractions import Fraction
    from pathlib import Path

    from numpy.typing import NDArray

    from qpim_emu.arith.formats import Format
    from qpim_emu.typing import FloatArray, IntArray
    from qpim_emu.workload.network import Network

__all__ = ["Model", "RealValue", "TensorInfo"]


class RealValue(Protocol):
    """What a layer's output code is in real numbers, before it is rounded and clamped."""

    def __call__(self, accumulator: int, *, filter: int) -> Fraction:  # noqa: A002 - the word
        """Give the code, zero point included, that `accumulator` stands for, unrounded."""
        ...

    def distance(self, accumulator: int, *, filter: int) -> Fraction | None:  # noqa: A002
        """Give the distance to the nearest number at which the code changes, in codes, if any."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class TensorInfo:
    """A tensor of the network, as the file holds it.

    Attributes
    ----------
    name, index
        The file's name of it, and its number where the format has one (TFLite).
    format
        Format of its codes.
    scale, zero_point
        ``real = scale * (code - zero_point)``; scalars, or one per channel. None where the file
        gives none.
    axes
        The network's axes, batch first, as axes of the file's: ``(0, 3, 1, 2)`` where the file
        has ``[n, height, width, channels]`` and the network ``[n, channels, height, width]``.
    """

    name: str
    index: int | None = None
    format: Format
    scale: FloatArray | None = None
    zero_point: IntArray | None = None
    axes: tuple[int, ...]

    def to_network(self, array: NDArray[np.generic]) -> IntArray:
        """Turn the file's codes ``[batch, ...]`` into the network's, ``int64``."""
        return np.ascontiguousarray(array.transpose(self.axes), dtype=np.int64)

    def to_file(self, codes: IntArray) -> IntArray:
        """Turn the network's codes ``int64[batch, ...]`` into the order of the file."""
        return np.ascontiguousarray(codes.transpose(np.argsort(self.axes)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A model file, read.

    Attributes
    ----------
    path
        Where it was read.
    kind
        ``tflite``, ``onnx``, ``qonnx`` or ``network`` (this project's own file).
    preset
        Whose requantization it was read with, a key of `qpim_emu.frontends.presets.PRESETS`;
        empty where the file itself says how.
    network
        What it computes in integers.
    tensors
        Tensors of the network that the file holds too, by their name in the network.
    notes
        What the import did that its user should know, one sentence each: folded operators, float
        operators left out before the first or after the last integer layer.
    real
        Layers whose constants were folded from reals (``multithreshold``), by name: the exact
        real value behind an output code, for distances to a rounding tie. The other modes need
        none, their constants say it.
    """

    path: Path
    kind: str
    preset: str = ""
    network: Network
    tensors: Mapping[str, TensorInfo]
    notes: tuple[str, ...] = ()
    real: Mapping[str, RealValue] = field(default_factory=dict)

    def name_of(self, index: int) -> str:
        """Find the network's tensor that has a number in the file.

        Raises
        ------
        InputError
            If none has.
        """
        for name, info in self.tensors.items():
            if info.index == index:
                return name
        msg = f"index must be that of a tensor of the network, got {index}"
        raise InputError(msg)
