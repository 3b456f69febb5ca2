"""What a plan must do, written again from the definitions: addresses and words, one at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from qpim_emu.arith.formats import BIPOLAR
from qpim_emu.engine.run import plan_layer
from qpim_emu.mapping.placement import place
from qpim_emu.workload.layers import Conv1d, Conv2d, Linear

if TYPE_CHECKING:
    from qpim_emu.arith.formats import Format
    from qpim_emu.arith.window import Window
    from qpim_emu.mapping.plan import Plan
    from qpim_emu.mapping.plane import Chunk, Plane
    from qpim_emu.memory.image import BankImage
    from qpim_emu.testing.strategies import Case
    from qpim_emu.typing import IntArray

Placed = list[int]
"""Words of one block."""


class Mapped(NamedTuple):
    """A case with its plan and bank image; the layer and codes in two dimensions."""

    plan: Plan
    image: BankImage
    layer: Conv2d | Linear
    codes: IntArray


def mapped(case: Case) -> Mapped:
    """Plan and place a case."""
    layer, codes = case.layer, case.codes
    plan = plan_layer(layer, codes.shape, spec=case.spec, mapping=case.mapping)
    if isinstance(layer, Conv1d):
        layer, codes = layer.as_conv2d(), codes[:, :, None, :]
    return Mapped(plan, place(plan, codes), layer, codes)


def visited(chunk: Chunk, base: int) -> list[list[int]]:
    """Blocks that a chunk's walks visit, one list per streamed vector."""
    return [
        [base + run + step for run in runs for step in range(walk.run)]
        for walk in chunk.walks
        for runs in walk.vector_runs()
    ]


def code_word(code: int, stored: Format, width: int) -> int:
    """Word that holds a code."""
    return (code + 1) // 2 if stored == BIPOLAR else code % 2**width


def zero_word(zero_point: int, window: Window, width: int) -> int:
    """Word that stands for an operand of 0."""
    return 0 if window.format == BIPOLAR else zero_point * 2**window.shift % 2**width


def streamed_vector(found: Mapped, plane: Plane, vector: int) -> tuple[list[int], list[Placed]]:
    """Addresses and words of one streamed vector, in K order."""
    if isinstance(found.layer, Linear):
        words = linear_words(found, plane.first + vector)
    elif plane.reduce == "per_lane" or found.plan.layout == "blocked":
        return blocked_vector(found, plane, vector)
    else:
        words = unfolded_words(found, plane, plane.first + vector)
    first = plane.streamed_base + vector * len(words)
    return list(range(first, first + len(words))), words


def linear_words(found: Mapped, filter_: int) -> list[Placed]:
    """Blocks of the weights of one filter."""
    layer, width = found.layer, found.plan.spec.word_bits
    row = [code_word(int(c), layer.weight_type, width) for c in layer.weights[filter_]]
    pad = zero_word(int(layer.weight_zero_point[filter_]), layer.weight_window, width)
    return cut(row, found.plan.spec.words_per_block, pad)


def channels_of(found: Mapped, plane: Plane) -> list[int]:
    """Input channels of a plane."""
    words = found.plan.spec.words_per_block
    assert isinstance(found.layer, Conv2d)
    if plane.reduce == "per_lane":
        first = plane.group * words
        return list(range(first, min(first + words, found.layer.channels)))
    size = found.layer.channels // found.layer.groups
    return list(range(plane.group * size, (plane.group + 1) * size))


def input_word(found: Mapped, image: int, channel: int, y: int, x: int) -> int:
    """Word at a padded position of the input."""
    layer, width = found.layer, found.plan.spec.word_bits
    assert isinstance(layer, Conv2d)
    y, x = y - layer.padding[0][0], x - layer.padding[1][0]
    _, _, height, row = found.codes.shape
    if 0 <= y < height and 0 <= x < row:
        return code_word(int(found.codes[image, channel, y, x]), layer.activation_type, width)
    return zero_word(layer.activation_zero_point, layer.activation_window, width)


def taps_of(found: Mapped, pixel: int) -> list[tuple[int, int]]:
    """Padded (y, x) of every tap of an output pixel."""
    layer = found.layer
    assert isinstance(layer, Conv2d)
    _, _, _, columns = layer.output_shape(found.codes.shape)
    y, x = divmod(pixel, columns)
    _, _, height, width = layer.weights.shape
    return [
        (
            y * layer.stride[0] + ky * layer.dilation[0],
            x * layer.stride[1] + kx * layer.dilation[1],
        )
        for ky in range(height)
        for kx in range(width)
    ]


def unfolded_words(found: Mapped, plane: Plane, pixel: int) -> list[Placed]:
    """Blocks of the unfolded operands of one output pixel."""
    layer, spec = found.layer, found.plan.spec
    row = [
        input_word(found, plane.image, channel, y, x)
        for y, x in taps_of(found, pixel)
        for channel in channels_of(found, plane)
    ]
    pad = zero_word(layer.activation_zero_point, layer.activation_window, spec.word_bits)
    return cut(row, spec.words_per_block, pad)


def blocked_vector(found: Mapped, plane: Plane, vector: int) -> tuple[list[int], list[Placed]]:
    """Addresses and words of one output's operands in the channel-blocked layout."""
    layer, spec = found.layer, found.plan.spec
    assert isinstance(layer, Conv2d)
    channels = channels_of(found, plane)
    pad = zero_word(layer.activation_zero_point, layer.activation_window, spec.word_bits)
    top = taps_of(found, plane.first)[0][0]  # first padded row that the plane touches
    addresses: list[int] = []
    words: list[Placed] = []
    for y, x in taps_of(found, plane.first + vector):
        pixel = cut(
            [input_word(found, plane.image, c, y, x) for c in channels], spec.words_per_block, pad
        )
        start = plane.streamed_base + (y - top) * plane.pitch + x * len(pixel)
        addresses += range(start, start + len(pixel))
        words += pixel
    return addresses, words


def cut(row: list[int], size: int, pad: int) -> list[Placed]:
    """Cut a row of words into whole blocks."""
    row = row + [pad] * (-len(row) % size)
    return [row[at : at + size] for at in range(0, len(row), size)]
