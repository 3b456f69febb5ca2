"""A model and the qonnx package's executor, node by node on the executor's own inputs."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.crosscheck.float_rounding import float_differences
from qpim_emu.crosscheck.qonnx import open_oracle
from qpim_emu.oracle.operations import reference_operation
from qpim_emu.oracle.vectorised import reference
from qpim_emu.workload.operations import Operation

if TYPE_CHECKING:
    from qpim_emu.frontends.model import Model
    from qpim_emu.typing import IntArray
    from qpim_emu.workload.network import Step

__all__ = ["compare", "random_inputs"]

FLOAT32_SHARE = Fraction(1, 1 << 17)
"""How far float32 sums may be off, as a share of the largest code or number there is."""


def random_inputs(model: Model, rng: np.random.Generator, images: int) -> dict[str, IntArray]:
    """Codes of every input, their ends included."""
    found = {}
    for name, kind in model.network.inputs.items():
        low, high = kind.format.min, kind.format.max
        codes = rng.integers(low, high + 1, (images, *kind.shape))
        ends = rng.random(codes.shape)
        codes = np.where(ends < 0.1, low, np.where(ends > 0.9, high, codes))
        found[name] = np.where(codes == 0, high, codes) if str(kind.format) == "bipolar" else codes
    return found


def compare(model: Model, inputs: dict[str, IntArray]) -> tuple[int, int]:
    """Compare every node, fed the executor's own inputs.

    Returns
    -------
    compared, differing
        Elements; each differing one was right at a threshold, or the comparison fails.
    """
    engine = open_oracle(model).run(inputs)
    tensors, compared, differing = dict(engine), 0, 0
    for node in model.network.nodes:
        given = [tensors[name] for name in node.inputs]
        computed = compute(node.step, given)
        tensors.setdefault(node.name, computed)
        if node.name not in engine:
            continue
        compared += computed.size
        if node.name in model.real:
            differing += explained(model, node.name, given[0], engine[node.name])
            continue
        wrong = int((computed != engine[node.name]).sum())
        if set(node.inputs) <= engine.keys():  # nothing in front of it that nobody has seen
            assert not wrong, node.name
        differing += wrong
    return compared, differing


def compute(step: Step, given: list[IntArray]) -> IntArray:
    """Compute a node by our oracle."""
    if isinstance(step, Operation):
        return reference_operation(step, *given)
    return reference(step, given[0]).outputs


def explained(model: Model, name: str, given: IntArray, codes: IntArray) -> int:
    """Count differing elements, all of which must be within float32's reach of a threshold."""
    found = float_differences(model, name, given, codes)
    for one in found:
        assert one.distance is not None, one
        widest = Fraction(1 << model.network.tensors[name].format.bits)
        largest = max(abs(one.value), widest, Fraction(16))
        assert one.distance <= FLOAT32_SHARE * largest, f"{name}: {one}"
    return len(found)
