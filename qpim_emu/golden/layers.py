"""The layers of a package: what is the same for every set of inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qpim_emu.arith.formats import Int
from qpim_emu.engine.run import RunResult
from qpim_emu.golden.coverage import all_bins
from qpim_emu.golden.describe import describe_layer
from qpim_emu.golden.headers import write_headers
from qpim_emu.golden.parameters import write_parameters
from qpim_emu.golden.reach import unreachable_bins
from qpim_emu.golden.recipe import Part, folder_name
from qpim_emu.golden.tensors import write_tensor
from qpim_emu.workload.network_file.kinds import kind_of

if TYPE_CHECKING:
    from qpim_emu.engine.network import NetworkResult
    from qpim_emu.golden.recipe import Recipe
    from qpim_emu.golden.sink import Sink
    from qpim_emu.mapping.plan import Plan
    from qpim_emu.workload.layers import Conv1d, Conv2d, Linear

__all__ = ["layer_folder", "write_layers"]

WEIGHT_AXES = {
    2: ("filter", "channel"),
    3: ("filter", "channel", "kernel"),
    4: ("filter", "channel", "kernel height", "kernel width"),
}


def layer_folder(name: str, position: int) -> str:
    """Folder of a layer's parameters."""
    return f"layers/{folder_name(name, number=position)}"


def write_layers(sink: Sink, recipe: Recipe, result: NetworkResult) -> list[dict[str, Any]]:
    """Write weights, biases and parameters, and describe every node.

    Parameters
    ----------
    result
        Any run of the network; its plans say how layers were mapped.
    """
    layers = []
    for position, node in enumerate(recipe.network.nodes):
        described: dict[str, Any] = {
            "name": node.name,
            "kind": kind_of(node.step),
            "inputs": list(node.inputs),
            "folder": None,
        }
        run = result.nodes[node.name]
        if isinstance(run, RunResult):
            folder = layer_folder(node.name, position)
            described |= {"folder": folder, **describe_layer(run.plan)}
            described |= {
                "bins": all_bins(recipe.spec),
                "unreachable": unreachable_bins(run.plan),
                "situation": situation(run.plan),
            }
            described |= write_constants(sink, folder, node.step)  # type: ignore[arg-type] # it ran as one
            if Part.PARAMETERS in recipe.parts:
                write_parameters(sink, folder, run.plan)
            if Part.HEADERS in recipe.parts:
                write_headers(sink, folder, run.plan)
        layers.append(described)
    return layers


def situation(plan: Plan) -> dict[str, Any]:
    """What all bins of a layer have in common."""
    plane = next(plan.planes)
    return {
        "streamed": str(plan.streamed_window(plane)),
        "resident": str(plan.resident_window(plane)),
        "granularity": plan.spec.gate_granularity,
    }


def write_constants(sink: Sink, folder: str, layer: Conv1d | Conv2d | Linear) -> dict[str, Any]:
    """Write weights and bias, and describe them."""
    weights = write_tensor(
        sink,
        f"{folder}/weights.bin",
        layer.weights,
        layer.weight_type,
        axes=WEIGHT_AXES[layer.weights.ndim],
        zero_point=layer.weight_zero_point.tolist(),
    )
    bias = write_tensor(
        sink,
        f"{folder}/bias.bin",
        layer.bias,
        Int(layer.accumulator.bits),
        axes=("filter",),
        zero_point=0,
    )
    return {"weights": weights, "bias": bias}
