"""What a tensor of the file is to the reader."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from qpim_emu.arith.formats import Format
    from qpim_emu.frontends.onnx.quantization import Quantization
    from qpim_emu.frontends.onnx.tensors import GraphTensor
    from qpim_emu.typing import IntArray
    from qpim_emu.workload.network import TensorType

__all__ = [
    "Codes",
    "Dequantized",
    "Known",
    "KnownReal",
    "Outside",
    "Pending",
    "Target",
    "Value",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Codes:
    """Codes that the network computes or takes in.

    Attributes
    ----------
    name, type
        Of their tensor in the network, whose format may be tighter than the file's.
    stored
        Format that the file gives them.
    quantization
        What they mean, where the file has said so.
    """

    name: str
    type: TensorType
    stored: Format
    quantization: Quantization | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dequantized:
    """The reals that codes stand for."""

    codes: Codes
    quantization: Quantization


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A constant of the file, or computed from constants.

    Attributes
    ----------
    type
        Element type, as the format spells it.
    tensor, computed
        Where its elements are.
    """

    type: str
    tensor: GraphTensor | None = None
    computed: NDArray[Any] | None = None

    def array(self) -> NDArray[Any]:
        """Elements: integers as ``int64``, floats as they are."""
        if self.tensor is not None:
            return self.tensor.array()
        return np.asarray(self.computed)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownReal:
    """Reals that constant codes stand for."""

    name: str
    codes: IntArray
    quantization: Quantization


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Codes that a pending operator must give: their name, what they mean, limits in reals."""

    name: str
    quantization: Quantization
    low: float | None = None
    high: float | None = None

    @property
    def limits(self) -> tuple[int, int]:
        """Smallest and largest code."""
        stored = self.quantization.format
        low = stored.min if self.low is None else self.quantization.code(self.low)
        high = stored.max if self.high is None else self.quantization.code(self.high)
        return low, high


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """Reals of an operator that becomes integer once it is known how its result is quantized.

    Attributes
    ----------
    make
        Adds the operator's nodes to the network, the last one of the target's name.
    source
        Operator of the file, by its place.
    sources
        Names of the tensors it reads.
    low, high
        Limits that later operators put on the reals.
    """

    make: Callable[[Target], Codes]
    source: int
    sources: frozenset[str]
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """Reals, or other values, that the network does not compute.

    Attributes
    ----------
    reason
        Why the operator that made them is refused if codes depend on them.
    source
        That operator, by its place; -1 for an input of the graph.
    sources
        Names of the network's tensors they depend on; none before the first integer tensor.
    earlier
        Such values that it was made of.
    """

    reason: str
    source: int
    sources: frozenset[str] = frozenset()
    earlier: tuple[Outside, ...] = ()


Value: TypeAlias = Codes | Dequantized | Known | KnownReal | Pending | Outside
