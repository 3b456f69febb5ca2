"""Does the search find bugs in other people's kernels, shrink them, and accept right ones?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import reject

import qpim_emu
from qpim_emu import Conv2d
from qpim_emu.errors import InputError, MismatchError
from qpim_emu.oracle import reference
from qpim_emu.testing.implementation import check_implementation, find_counterexample
from qpim_emu.testing.strategies import layers

if TYPE_CHECKING:
    from qpim_emu.testing.strategies.operands import Layer
    from qpim_emu.typing import IntArray

IMAGES = layers(
    kinds=["conv2d"],
    policies=["wrap"],
    modes=["none"],
    weight_types=["int8"],
    activation_types=["int8"],
    windowed=False,
)


def convolve(layer: Layer, codes: IntArray, *, border: int | None = None) -> IntArray:
    """Convolve as one would write it; `border` overrides what stands beside the image."""
    assert isinstance(layer, Conv2d)
    outside = layer.activation_zero_point if border is None else border
    padded = np.pad(codes, ((0, 0), (0, 0), *layer.padding), constant_values=outside)
    padded -= layer.activation_zero_point
    weights = layer.weights - layer.weight_zero_point[:, None, None, None]
    (dy, dx), (sy, sx) = layer.dilation, layer.stride
    high, wide = ((layer.weights.shape[2] - 1) * dy + 1, (layer.weights.shape[3] - 1) * dx + 1)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (high, wide), axis=(2, 3))
    taps = windows[:, :, ::sy, ::sx, ::dy, ::dx]
    sums = np.einsum("nchwyx,fcyx->nfhw", taps, weights) + layer.bias[:, None, None]
    unused = np.int64(64 - layer.accumulator.bits)
    wrapped: IntArray = (sums << unused) >> unused
    return wrapped


def zero_bordered(layer: Layer, codes: IntArray) -> IntArray:
    """Forget that the border holds the zero point's code."""
    return convolve(layer, codes, border=0)


def narrow_sums(layer: Layer, codes: IntArray) -> IntArray:
    """Add up in 16 bits."""
    return convolve(layer, codes).astype(np.int16).astype(np.int64)


def late(layer: Layer, codes: IntArray) -> IntArray:
    """Go wrong with the second image only."""
    outputs = convolve(layer, codes).copy()
    outputs[1:] += 1
    return outputs


def test_a_right_kernel_is_accepted() -> None:
    check_implementation(convolve, inputs=IMAGES, examples=200)


def test_the_oracle_is_accepted_on_every_kind_of_layer() -> None:
    check_implementation(lambda layer, codes: reference(layer, codes).outputs, examples=200)


@pytest.mark.parametrize("kernel", [zero_bordered, narrow_sums, late])
def test_bugs_are_found_and_shrunk(kernel: Any) -> None:  # noqa: ANN401 - a kernel
    found = find_counterexample(kernel, inputs=IMAGES)
    assert found is not None
    assert found.codes.size <= 4
    assert found.layer.weights.size <= 4


def test_a_counterexample_is_source_that_reproduces_it() -> None:
    found = find_counterexample(zero_bordered, inputs=IMAGES)
    assert found is not None
    names: dict[str, Any] = {}
    exec(str(found).partition("\n\n")[2], names)  # noqa: S102 - what we wrote ourselves
    wrong = zero_bordered(names["layer"], np.array(names["codes"]))
    assert not np.array_equal(wrong, qpim_emu.reference(names["layer"], names["codes"]).outputs)


def test_the_place_in_memory_is_named() -> None:
    with pytest.raises(MismatchError, match=r"at vault \d+, bank \d+, row \d+, column \d+"):
        check_implementation(narrow_sums, inputs=IMAGES)


@pytest.mark.parametrize(
    ("answer", "difference"),
    [
        (lambda *_: 1 / 0, "implementation must return output codes, got ZeroDivisionError"),
        (lambda *_: np.zeros((1, 2, 3)), "implementation must return output codes, got CodeError"),
        (lambda *_: np.zeros((7, 7), np.int64), "must return shape"),
    ],
)
def test_whatever_is_no_answer_is_a_counterexample(answer: Any, difference: str) -> None:  # noqa: ANN401
    found = find_counterexample(answer, inputs=IMAGES)
    assert found is not None
    assert difference in found.difference


def test_what_is_not_supported_can_be_refused() -> None:
    def unpadded(layer: Layer, codes: IntArray) -> IntArray:
        assert isinstance(layer, Conv2d)
        if any(side for sides in layer.padding for side in sides):
            reject()
        return zero_bordered(layer, codes)

    assert find_counterexample(unpadded, inputs=IMAGES, examples=100) is None


def test_a_seed_finds_the_same() -> None:
    first, second = (find_counterexample(narrow_sums, inputs=IMAGES, seed=3) for _ in range(2))
    assert str(first) == str(second)


@pytest.mark.parametrize("field", ["kinds", "policies", "modes"])
def test_names_that_nothing_has_are_refused(field: str) -> None:
    for names, got in ((["odd"], "odd"), ([], "none")):
        chosen: dict[str, Any] = {field: names}
        with pytest.raises(InputError, match=f"{field} must be among .*, got {got}"):
            layers(**chosen)
