"""Choose the definition of an operation by its class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from qpim_emu.errors import LayerError
from qpim_emu.oracle.operations import (
    elementwise,
    float_softmax,
    moving,
    pairs,
    pooling,
    softmax,
)
from qpim_emu.workload.checks import integers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import ArrayLike

    from qpim_emu.typing import IntArray
    from qpim_emu.workload.operations import Operation

__all__ = ["DEFINITIONS", "reference_operation"]

DEFINITIONS: Mapping[str, Callable[..., Any]] = {
    "Add": pairs.add,
    "AveragePool2d": pooling.average_pool,
    "Clamp": elementwise.clamp,
    "Concat": moving.concat,
    "Flatten": moving.flatten,
    "FloatSoftmax": float_softmax.float_softmax,
    "GlobalAveragePool2d": pooling.global_average_pool,
    "Lookup": elementwise.lookup,
    "MaxPool2d": pooling.max_pool,
    "Mean": pooling.mean,
    "Mul": pairs.mul,
    "Pad": moving.pad,
    "PairLookup": pairs.pair_lookup,
    "Relu": elementwise.relu,
    "Repeat": moving.repeat,
    "Rescale": elementwise.rescale,
    "Reshape": moving.reshape,
    "Slice": moving.slice_,
    "Softmax": softmax.softmax,
    "Softmax16": softmax.softmax16,
    "Sub": pairs.sub,
    "Transpose": moving.transpose,
    "WideSoftmax": softmax.softmax,
}
"""Definition of each operation by the name of its class."""


def reference_operation(operation: Operation, *codes: ArrayLike) -> IntArray:
    """Compute an operation from its definition.

    Parameters
    ----------
    operation
        The operation.
    codes
        One array of integers per input, batch axis first.

    Returns
    -------
    int64 array
        Codes of the output.

    Raises
    ------
    LayerError
        If the oracle has no definition of the operation.

    Examples
    --------
    >>> from qpim_emu.workload.operations import Relu
    >>> reference_operation(Relu(zero_point=3), [[1, 3, 9]])
    array([[3, 3, 9]])
    """
    name = type(operation).__name__
    if name not in DEFINITIONS:
        msg = f"operation must be one of {', '.join(DEFINITIONS)}, got {name}"
        raise LayerError(msg)
    arrays = [integers(values, field="codes") for values in codes]
    return np.array(DEFINITIONS[name](operation, *arrays), dtype=np.int64)
