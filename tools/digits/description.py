"""The integer network as plain files: one ``npz`` of arrays and one JSON that explains them.

An intermediate for people and other tools; the package's own network file is written by
`tools.digits.export`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from tools.digits.network import (
    Codes,
    Flatten,
    IntegerNetwork,
    MacLayer,
    MaxPool,
    Operation,
    Relu,
    Requantize,
)
from tools.digits.plan import Kind, Mode

if TYPE_CHECKING:
    from pathlib import Path

    from tools.digits.data import Examples

__all__ = ["load_description", "load_images", "save_description", "save_images"]

Json = dict[str, Any]


def describe_codes(codes: Codes) -> Json:
    """Format of a tensor as JSON values."""
    return {"bits": codes.bits, "signed": codes.signed, "zero_point": codes.zero_point}


def describe_requantize(rule: Requantize) -> Json:
    """Everything of `rule` but its arrays."""
    return {
        "mode": str(rule.mode),
        "zero_point": rule.zero_point,
        "low": rule.low,
        "high": rule.high,
    }


def describe_mac(layer: MacLayer) -> Json:
    """Everything of `layer` but its arrays."""
    rule = layer.requantize
    return {
        "name": layer.name,
        "kind": str(layer.kind),
        "weight_bits": layer.weight_bits,
        "inputs": describe_codes(layer.inputs),
        "stride": layer.stride,
        "pads_top_left_bottom_right": list(layer.pads),
        "dilation": 1,
        "groups": layer.groups,
        "accumulator_bits": layer.accumulator_bits,
        "requantize": None if rule is None else describe_requantize(rule),
        "outputs": describe_codes(layer.outputs),
    }


def describe_operation(operation: Operation) -> Json:
    """JSON entry of one operation."""
    match operation:
        case MacLayer():
            return describe_mac(operation)
        case Relu(name=name, zero_point=zero_point):
            return {"name": name, "kind": "relu", "zero_point": zero_point}
        case MaxPool(name=name, side=side):
            return {"name": name, "kind": "max_pool", "side": side, "stride": side}
        case Flatten(name=name):
            return {"name": name, "kind": "flatten", "order": "channel, y, x"}


def save_description(network: IntegerNetwork, folder: Path) -> None:
    """Write ``<name>.json`` and ``<name>.npz`` (arrays ``<layer>.weights`` and so on)."""
    arrays = {}
    for layer in network.operations:
        if not isinstance(layer, MacLayer):
            continue
        arrays[f"{layer.name}.weights"] = layer.weights
        arrays[f"{layer.name}.bias"] = layer.bias
        if layer.requantize is not None:
            for field in ("multiplier", "addend", "shift"):
                arrays[f"{layer.name}.{field}"] = getattr(layer.requantize, field)
    np.savez_compressed(folder / f"{network.name}.npz", **arrays)
    header = {
        "name": network.name,
        "inputs": describe_codes(network.inputs),
        "input_code": f"pixel << {network.input_shift}",
        "input_shift": network.input_shift,
        "image_shape": list(network.image_shape),
        "operations": [describe_operation(operation) for operation in network.operations],
    }
    (folder / f"{network.name}.json").write_text(json.dumps(header, indent=2) + "\n")


def read_requantize(entry: Json, fields: dict[str, np.ndarray]) -> Requantize:
    """Inverse of `describe_requantize`, with the arrays of its layer."""
    return Requantize(
        mode=Mode(entry["mode"]),
        multiplier=fields["multiplier"],
        addend=fields["addend"],
        shift=fields["shift"],
        zero_point=entry["zero_point"],
        low=entry["low"],
        high=entry["high"],
    )


def read_mac(entry: Json, arrays: dict[str, np.ndarray]) -> MacLayer:
    """Inverse of `describe_mac`."""
    fields = {
        key.partition(".")[2]: value
        for key, value in arrays.items()
        if key.startswith(f"{entry['name']}.")
    }
    rule = entry["requantize"]
    return MacLayer(
        name=entry["name"],
        kind=Kind(entry["kind"]),
        weights=fields["weights"],
        weight_bits=entry["weight_bits"],
        bias=fields["bias"],
        inputs=Codes(**entry["inputs"]),
        stride=entry["stride"],
        pads=tuple(entry["pads_top_left_bottom_right"]),
        groups=entry["groups"],
        accumulator_bits=entry["accumulator_bits"],
        requantize=None if rule is None else read_requantize(rule, fields),
        outputs=Codes(**entry["outputs"]),
    )


def read_operation(entry: Json, arrays: dict[str, np.ndarray]) -> Operation:
    """Inverse of `describe_operation`."""
    match entry["kind"]:
        case "relu":
            return Relu(name=entry["name"], zero_point=entry["zero_point"])
        case "max_pool":
            return MaxPool(name=entry["name"], side=entry["side"])
        case "flatten":
            return Flatten(name=entry["name"])
        case _:
            return read_mac(entry, arrays)


def load_description(folder: Path, name: str) -> IntegerNetwork:
    """Read what `save_description` wrote."""
    header = json.loads((folder / f"{name}.json").read_text())
    with np.load(folder / f"{name}.npz") as archive:
        arrays = dict(archive)
    return IntegerNetwork(
        name=header["name"],
        inputs=Codes(**header["inputs"]),
        input_shift=header["input_shift"],
        image_shape=tuple(header["image_shape"]),
        operations=tuple(read_operation(entry, arrays) for entry in header["operations"]),
    )


def save_images(examples: Examples, path: Path) -> None:
    """Write images, labels (``uint8``) and rows of the data set (``uint16``)."""
    np.savez_compressed(
        path,
        images=examples.images.astype(np.uint8),
        labels=examples.labels.astype(np.uint8),
        rows=examples.rows.astype(np.uint16),
    )


def load_images(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Images ``int64[n, 1, 8, 8]`` and labels ``int64[n]`` of `save_images`."""
    with np.load(path) as archive:
        return archive["images"].astype(np.int64), archive["labels"].astype(np.int64)
