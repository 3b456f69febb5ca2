"""The nodes of one run of a package: tensors, counters, coverage, streams and memories."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from qpim_emu.arith.formats import Int
from qpim_emu.engine.operation import plan_operation
from qpim_emu.engine.run import RunResult
from qpim_emu.golden.classes import classify
from qpim_emu.golden.coverage import hits_of
from qpim_emu.golden.describe import describe_run
from qpim_emu.golden.layers import layer_folder
from qpim_emu.golden.nodes import (
    record_layer,
    record_operation,
    vault_folder,
    vaults_of_operation,
)
from qpim_emu.golden.recipe import Part, folder_name, quantization_of
from qpim_emu.golden.tensors import write_tensor
from qpim_emu.workload.operations import Movement, Operation

if TYPE_CHECKING:
    from qpim_emu.engine.network import NetworkResult
    from qpim_emu.golden.recipe import Recipe
    from qpim_emu.golden.sink import Sink
    from qpim_emu.typing import IntArray
    from qpim_emu.workload.network import Node

__all__ = ["write_node"]


def write_node(
    sink: Sink,
    recipe: Recipe,
    folder: str,
    position: int,
    result: NetworkResult,
    *,
    replay: list[str],
) -> dict[str, Any]:
    """Write one node of a run and describe it.

    Parameters
    ----------
    sink, recipe
        Where to write, and what of it.
    folder
        Folder of the set.
    position
        Number of the node.
    result
        The run.
    replay
        Gets a line for every vault with work.
    """
    node = recipe.network.nodes[position]
    place = f"{folder}/{folder_name(node.name, number=position)}"
    kind = recipe.network.tensors[node.name]
    run = result.nodes[node.name]
    described: dict[str, Any] = {
        "name": node.name,
        "folder": place,
        "output": write_tensor(
            sink,
            f"{place}/output.bin",
            run.outputs,
            kind.format,
            **asdict(quantization_of(recipe, node.name)),
        ),
        **describe_run(run),
    }
    if isinstance(run, RunResult):
        described |= write_layer_run(sink, recipe, place, run, result.tensors[node.inputs[0]])
        replay += [
            f"{vault_folder(place, vault)} {layer_folder(node.name, position)} 1"
            for vault in described["vaults"]
            if Part.STREAMS in recipe.parts
        ]
    elif not isinstance(node.step, Movement):
        described["vaults"] = write_operation_run(sink, recipe, place, node, result)
        replay += [
            f"{vault_folder(place, vault)} - 0"
            for vault in described["vaults"]
            if Part.STREAMS in recipe.parts
        ]
    return described


def write_layer_run(
    sink: Sink, recipe: Recipe, place: str, run: RunResult, codes: IntArray
) -> dict[str, Any]:
    """Write accumulators, streams and memories of a layer."""
    plan = run.plan
    classes = classify(plan, codes.reshape(plan.input_shape))
    accumulators = write_tensor(
        sink,
        f"{place}/accumulators.bin",
        run.accumulators,
        Int(plan.layer.accumulator.bits),
        zero_point=0,
    )
    record_layer(sink, place, recipe, run, codes)
    return {
        "accumulators": accumulators,
        "ties": int(np.count_nonzero(classes.ties)),
        "vaults": [vault for vault, program in enumerate(plan.programs) if program],
        "coverage": hits_of(plan, classes),
    }


def write_operation_run(
    sink: Sink, recipe: Recipe, place: str, node: Node, result: NetworkResult
) -> list[int]:
    """Write streams and memories of an operation beside the lanes; return its vaults."""
    assert isinstance(node.step, Operation)  # noqa: S101 - layers have results of their own
    codes = [result.tensors[name] for name in node.inputs]
    plan = plan_operation(node, recipe.network, batch=len(codes[0]), spec=recipe.spec)
    record_operation(
        sink,
        place,
        recipe,
        operation=node.step,
        plan=plan,
        codes=codes,
        expected=result.tensors[node.name],
        tier=result.tier,
    )
    return vaults_of_operation(plan)
