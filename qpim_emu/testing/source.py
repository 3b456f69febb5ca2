"""A layer and its input as Python source, to be pasted into a test."""

from __future__ import annotations

from enum import StrEnum
from inspect import signature
from typing import TYPE_CHECKING, Any

import numpy as np

from qpim_emu.arith.formats import Encoding, Format
from qpim_emu.arith.window import Window
from qpim_emu.workload.accumulator import Accumulator
from qpim_emu.workload.requantize import Requantize

if TYPE_CHECKING:
    from qpim_emu.typing import IntArray
    from qpim_emu.workload.layers import Conv1d, Conv2d, Linear

__all__ = ["layer_source"]

NAMESPACE = "qe"
"""What the source calls the package (``import qpim_emu as qe``)."""

REQUIRED = ("weights", "weight_type", "activation_type")
PER_FILTER = ("weight_zero_point", "bias")


def layer_source(layer: Conv1d | Conv2d | Linear, codes: IntArray) -> str:
    """Write statements that build a layer and its input; what has its default is left out.

    Returns
    -------
    str
        Python source that sets ``layer`` and ``codes``, the package being imported as ``qe``.

    Examples
    --------
    >>> import qpim_emu as qe
    >>> layer = qe.Linear(weights=[[1, -2]], weight_type="int4", activation_type="uint4", bias=3)
    >>> print(layer_source(layer, np.array([[4, 5]])))
    layer = qe.Linear(
        weights=[[1, -2]],
        weight_type='int4',
        activation_type='uint4',
        bias=3,
    )
    codes = [[4, 5]]
    """
    required = {name: getattr(layer, name) for name in REQUIRED}
    arguments = required | different(layer, type(layer)(**required))
    arguments |= {name: shared(arguments[name]) for name in PER_FILTER if name in arguments}
    lines = [f"    {name}={write(value)}," for name, value in arguments.items()]
    head = f"layer = {NAMESPACE}.{type(layer).__name__}("
    return "\n".join([head, *lines, ")", f"codes = {write(codes)}"])


def different(one: object, plain: object) -> dict[str, Any]:
    """Parameters of an object's constructor that another of its kind has otherwise."""
    names = signature(type(one)).parameters
    return {
        name: getattr(one, name)
        for name in names
        if not is_same(getattr(one, name), getattr(plain, name))
    }


def is_same(one: object, other: object) -> bool:
    """Whether two parameters are equal, element by element where they are arrays."""
    if isinstance(one, np.ndarray) or isinstance(other, np.ndarray):
        return np.array_equal(np.asarray(one), np.asarray(other))
    return one == other


def shared(values: IntArray) -> IntArray | int:
    """One value instead of equal ones for all filters."""
    return int(values[0]) if (values == values[0]).all() else values


def constructor(stored: Format) -> str:
    """Write a format as the call that makes it."""
    if stored.encoding is Encoding.BIPOLAR:
        return f"{NAMESPACE}.BIPOLAR"
    return f"{NAMESPACE}.{'Int' if stored.is_signed else 'UInt'}({stored.bits})"


def write(value: Any) -> str:  # noqa: ANN401 - any parameter
    """Write one parameter as Python source."""
    match value:
        case np.ndarray():
            return repr(value.tolist())
        case Format() | StrEnum():
            return repr(str(value))
        case Window():
            return f"{NAMESPACE}.Window({constructor(value.format)}, shift={value.shift})"
        case Accumulator() | Requantize():
            arguments = different(value, type(value)())
            written = ", ".join(f"{name}={write(given)}" for name, given in arguments.items())
            return f"{NAMESPACE}.{type(value).__name__}({written})"
    return repr(value)
