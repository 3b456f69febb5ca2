"""Whether two networks are the same, parameter by parameter."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from qpim_emu.workload.requantize import Requantize

if TYPE_CHECKING:
    from qpim_emu.workload.network import Network

__all__ = ["networks_equal"]


def networks_equal(first: Network, second: Network) -> bool:
    """Compare two networks: names, metadata, inputs, constants, every parameter, outputs.

    Arrays are equal if their dtypes, shapes and elements are. The order of inputs and nodes
    counts.
    """
    return all(
        values_equal(a, b)
        for a, b in (
            (first.name, second.name),
            (first.metadata, second.metadata),
            (tuple(first.inputs.items()), tuple(second.inputs.items())),
            (tuple(first.constants.items()), tuple(second.constants.items())),
            (first.nodes, second.nodes),
            (first.outputs, second.outputs),
        )
    )


def values_equal(a: Any, b: Any) -> bool:  # noqa: ANN401 - any parameter
    """Compare two parameters, or whole steps; equal ones are of one type."""
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and np.array_equal(a, b)
    if isinstance(a, (tuple, list)):
        return len(a) == len(b) and all(map(values_equal, a, b))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(values_equal(a[key], b[key]) for key in a)
    if is_dataclass(a) and not isinstance(a, Requantize):  # its own equality knows its constants
        names = [item.name for item in fields(a) if item.init]
        return all(values_equal(getattr(a, name), getattr(b, name)) for name in names)
    return bool(a == b)
