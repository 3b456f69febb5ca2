"""Gathering a layer's operands into the order in which they lie in memory.

Activations are arranged once per image and group, whatever number of vaults then takes rows of
it; weights once per range of filters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from qpim_emu.arith.packing import pad_word, to_words
from qpim_emu.mapping.layouts import blocked
from qpim_emu.mapping.layouts.image import ceil_div
from qpim_emu.mapping.plane import Reduce, Streamed
from qpim_emu.mapping.request import Layout
from qpim_emu.workload.geometry import ConvGeometry

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qpim_emu.mapping.plan import Plan
    from qpim_emu.mapping.plane import Plane
    from qpim_emu.typing import IntArray, WordArray

__all__ = ["ActivationRows", "fill_blocks", "gather_weights"]


class ActivationRows:
    """Lays out anything that has the shape of a layer's input.

    Parameters
    ----------
    plan
        The mapped layer.
    values
        Integers in the shape the plan was made for.
    pad
        What borders and tail words hold.
    """

    def __init__(self, plan: Plan, values: NDArray[Any], *, pad: int) -> None:
        self.plan = plan
        self.values = values
        self.pad = pad
        self.words = plan.spec.words_per_block
        self.arranged: dict[tuple[int, int], NDArray[Any]] = {}

    def of(self, plane: Plane) -> NDArray[Any]:
        """Rows of one plane, ``[rows, words of a row]``, of the type of the values."""
        geometry, whole = self.plan.geometry, self.whole(plane)
        if not isinstance(geometry, ConvGeometry):
            return whole
        if self.plan.layout is Layout.UNFOLDED:
            return whole[plane.first : plane.first + plane.vectors]
        top, past = blocked.image_rows(geometry, plane.first, plane.first + plane.vectors)
        return whole[top:past]

    def whole(self, plane: Plane) -> NDArray[Any]:
        """All rows of the image and group that a plane has rows of, ``[rows, words of a row]``."""
        geometry = self.plan.geometry
        key = plane.image, plane.group
        if key not in self.arranged:
            if not isinstance(geometry, ConvGeometry):
                self.arranged[key] = fill_blocks(self.values, self.words, self.pad)
            else:
                unfolds = self.plan.layout is Layout.UNFOLDED
                arrange = self.unfold if unfolds else self.pad_image
                image = self.values[plane.image, self.channels(plane)]
                self.arranged[key] = arrange(geometry, image)
        return self.arranged[key]

    def channels(self, plane: Plane) -> slice:
        """Input channels that a plane sees."""
        if plane.reduce is Reduce.PER_LANE:
            first = plane.group * self.words
            return slice(first, first + plane.tail)
        size = self.values.shape[1] // self.plan.layer.groups  # type: ignore[union-attr]
        return slice(plane.group * size, (plane.group + 1) * size)

    def pad_image(self, geometry: ConvGeometry, image: NDArray[Any]) -> NDArray[Any]:
        """Pixels with borders and whole channel blocks, ``[rows, columns x words]``."""
        channels, height, width = image.shape
        (top, bottom), (left, right) = geometry.padding
        words = ceil_div(channels, self.words) * self.words
        shape = top + height + bottom, left + width + right, words
        padded = np.full(shape, self.pad, image.dtype)
        padded[top : top + height, left : left + width, :channels] = image.transpose(1, 2, 0)
        return padded.reshape(shape[0], -1)

    def unfold(self, geometry: ConvGeometry, image: NDArray[Any]) -> NDArray[Any]:
        """Operands of every output pixel in whole blocks, ``[pixels, words]``."""
        padded = np.pad(image, ((0, 0), *geometry.padding), constant_values=self.pad)
        reach = [d * (k - 1) + 1 for k, d in zip(geometry.kernel, geometry.dilation, strict=True)]
        (down, right), (row_step, column_step) = geometry.stride, geometry.dilation
        windows = sliding_window_view(padded, reach, axis=(1, 2))
        taps = windows[:, ::down, ::right, ::row_step, ::column_step].transpose(1, 2, 3, 4, 0)
        words = ceil_div(geometry.products, self.words) * self.words
        rows = np.full((*taps.shape[:2], words), self.pad, image.dtype)
        rows[..., : geometry.products].reshape(taps.shape)[:] = taps
        return rows.reshape(geometry.pixels, words)


def gather_weights(plan: Plan, plane: Plane) -> WordArray:
    """Arrange the weights of a plane's filters; tail words hold the zero point's code.

    Returns
    -------
    WordArray
        ``uint16[vectors, words of a vector]``.
    """
    layer, bits = plan.layer, plan.spec.word_bits
    filters, per_block = plane_filters(plan, plane), plan.spec.words_per_block
    words = to_words(layer.weights[filters], layer.weight_type, bits)
    points = layer.weight_zero_point[filters]
    if plane.reduce is Reduce.PER_LANE:
        # [lanes, residents] filters, one tap per block; lanes without a channel hold the
        # zero point's code, or 0 where filters have different ones
        point = layer.weight_zero_point[0]
        common = bool(np.all(layer.weight_zero_point == point))
        pad = pad_word(int(point), layer.weight_window, bits) if common else 0
        lanes = words[:, :, 0].transpose(1, 2, 3, 0)
        return fill_blocks(lanes, per_block, np.array(pad)).reshape(plane.residents, -1)
    pads = np.array([pad_word(int(z), layer.weight_window, bits) for z in points])
    if not isinstance(plan.geometry, ConvGeometry):
        return fill_blocks(words, per_block, pads[:, None])
    taps = words.transpose(0, 2, 3, 1)
    if plan.layout is Layout.UNFOLDED:
        return fill_blocks(taps.reshape(plane.residents, -1), per_block, pads[:, None])
    return fill_blocks(taps, per_block, pads[:, None, None, None]).reshape(plane.residents, -1)


def plane_filters(plan: Plan, plane: Plane) -> slice | IntArray:
    """Filters whose weights a plane holds: a range, or ``[lanes, residents]`` if per lane."""
    if plane.streamed is Streamed.WEIGHTS:
        return slice(plane.first, plane.first + plane.vectors)
    if plane.reduce is Reduce.PER_LANE:
        channels = plane.group * plan.spec.words_per_block + np.arange(plane.tail)
        filters: IntArray = channels[:, None] * plane.residents + np.arange(plane.residents)
        return filters
    return slice(plane.resident_first, plane.resident_first + plane.residents)


def fill_blocks(values: NDArray[Any], words_per_block: int, pad: int | IntArray) -> NDArray[Any]:
    """Extend the last axis to whole blocks with `pad` (broadcast against it)."""
    missing = -values.shape[-1] % words_per_block
    if not missing:
        return values
    tail = np.broadcast_to(np.asarray(pad), (*values.shape[:-1], missing)).astype(values.dtype)
    return np.concatenate([values, tail], axis=-1)
