"""The integer networks of ``out/`` as networks of the package.

::

    network = build_network(load_description(Path("tools/digits/out"), "digits-layerwise"))

Runs where the package runs; PyTorch and scikit-learn are not needed.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from qpim_emu.arith.formats import Format, Int, UInt
from qpim_emu.data import digits
from qpim_emu.workload.accumulator import Accumulator
from qpim_emu.workload.layers import Conv2d, Linear
from qpim_emu.workload.network import Network, TensorType
from qpim_emu.workload.network_file import (
    Examples,
    save_examples,
    save_network,
)
from qpim_emu.workload.operations import Flatten, MaxPool2d, Relu
from qpim_emu.workload.requantize import Requantize
from tools.digits import network as plain
from tools.digits.description import load_description, load_images
from tools.digits.plan import Kind, Mode

if TYPE_CHECKING:
    from qpim_emu.workload.network import Step

__all__ = ["build_network", "main"]

OUT = Path(__file__).parent / "out"
ABOUT = {
    "images": "held-out part of the digits of scikit-learn, see LICENSE-DATA.md",
    "made by": "tools/digits",
}


def format_of(codes: plain.Codes) -> Format:
    """Format of codes without their zero point."""
    return (Int if codes.signed else UInt)(codes.bits)


def build_requantize(rule: plain.Requantize | None) -> Requantize:
    """Requantize unit with the same constants; a single constant serves every filter."""
    if rule is None:
        return Requantize()
    multiplier, addend, shift = (
        int(values[0]) if len(values) == 1 else values
        for values in (rule.multiplier, rule.addend, rule.shift)
    )
    common = {"zero_point": rule.zero_point, "low": rule.low, "high": rule.high, "shift": shift}
    match rule.mode:
        case Mode.SHIFT_HALF_EVEN:
            return Requantize(mode="shift", rounding="half_even", **common)
        case Mode.SCALE_BIAS_SHIFT:
            return Requantize(
                mode="scale_bias_shift", multiplier=multiplier, addend=addend, **common
            )
        case _:
            return Requantize(mode=str(rule.mode), multiplier=multiplier, **common)


def build_layer(layer: plain.MacLayer) -> Conv2d | Linear:
    """Layer with the same codes; its accumulator cannot overflow, so its policy never matters."""
    common = {
        "weights": layer.weights,
        "weight_type": Int(layer.weight_bits),
        "activation_type": format_of(layer.inputs),
        "activation_zero_point": layer.inputs.zero_point,
        "bias": layer.bias,
        "accumulator": Accumulator(bits=layer.accumulator_bits),
        "requantize": build_requantize(layer.requantize),
    }
    if layer.kind is Kind.LINEAR:
        return Linear(**common)
    top, left, bottom, right = layer.pads
    return Conv2d(
        stride=layer.stride, padding=((top, bottom), (left, right)), groups=layer.groups, **common
    )


def build_step(operation: plain.Operation) -> Step:
    """Step of the package for one operation."""
    match operation:
        case plain.MacLayer():
            return build_layer(operation)
        case plain.Relu(zero_point=zero_point):
            return Relu(zero_point=zero_point)
        case plain.MaxPool(side=side):
            return MaxPool2d(kernel=side)
        case plain.Flatten():
            return Flatten()


def build_network(network: plain.IntegerNetwork) -> Network:
    """Network of the package with the same codes, in the same order."""
    return Network.chain(
        network.name,
        TensorType(shape=network.image_shape, format=format_of(network.inputs)),
        {operation.name: build_step(operation) for operation in network.operations},
    )


def main() -> None:
    """Write both networks and the test images in the package's formats."""
    images, labels = load_images(OUT / "test-images.npz")
    for name, network_file, examples_file in (
        ("digits-layerwise", digits.LAYERWISE, digits.EXAMPLES),
        ("digits-16bit", digits.TWIN, digits.TWIN_EXAMPLES),
    ):
        integers = load_description(OUT, name)
        save_network(build_network(integers), network_file)
        codes = images << integers.input_shift
        about = {**ABOUT, "code": f"pixel << {integers.input_shift}"}
        save_examples(
            Examples(inputs={"input": codes}, labels=labels, metadata=about), examples_file
        )


if __name__ == "__main__":
    main()
