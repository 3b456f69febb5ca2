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

__all__ = ["ActivationRows", "WeightTables", "fill_blocks"]


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
        geometry = self.plan.geometry
        key = plane.image, plane.group
        if not isinstance(geometry, ConvGeometry):
            if key not in self.arranged:
                self.arranged[key] = fill_blocks(self.values, self.words, self.pad)
            return self.arranged[key]
        unfolded = self.plan.layout is Layout.UNFOLDED
        if key not in self.arranged:
            arrange = self.unfold if unfolded else self.pad_image
            self.arranged[key] = arrange(geometry, self.values[plane.image, self.channels(plane)])
        if unfolded:
            return self.arranged[key][plane.first : plane.first + plane.vectors]
        top, past = blocked.image_rows(geometry, plane.first, plane.first + plane.vectors)
        return self.arranged[key][top:past].reshape(past - top, -1)

    def channels(self, plane: Plane) -> slice:
        """Input channels that a plane sees."""
        if plane.reduce is Reduce.PER_LANE:
            first = plane.group * self.words
            return slice(first, first + plane.tail)
        size = self.values.shape[1] // self.plan.layer.groups  # type: ignore[union-attr]
        return slice(plane.group * size, (plane.group + 1) * size)

    def pad_image(self, geometry: ConvGeometry, image: NDArray[Any]) -> NDArray[Any]:
        """Pixels with borders and whole channel blocks, ``[rows, columns, words]``."""
        channels, height, width = image.shape
        (top, bottom), (left, right) = geometry.padding
        words = ceil_div(channels, self.words) * self.words
        shape = top + height + bottom, left + width + right, words
        padded = np.full(shape, self.pad, image.dtype)
        padded[top : top + height, left : left + width, :channels] = image.transpose(1, 2, 0)
        return padded

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


class WeightTables:
    """Lays out the weights of a layer.

    Parameters
    ----------
    plan
        The mapped layer.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.tables: dict[tuple[int, ...], WordArray] = {}

    def of(self, plane: Plane) -> WordArray:
        """Weight table of a plane, ``uint16[vectors, words of a vector]``."""
        if plane.streamed is Streamed.WEIGHTS:
            return self.gather(plane)
        key = plane.group, plane.resident_first, plane.residents
        if key not in self.tables:
            self.tables[key] = self.gather(plane)
        return self.tables[key]

    def gather(self, plane: Plane) -> WordArray:
        """Arrange the weights of a plane's filters; tail words hold the zero point's code."""
        layer, bits = self.plan.layer, self.plan.spec.word_bits
        filters = plane_filters(self.plan, plane)
        words = to_words(layer.weights[filters], layer.weight_type, bits)
        points = layer.weight_zero_point[filters]
        if plane.reduce is Reduce.PER_LANE:
            # [lanes, residents] filters, one tap per block; lanes without a channel hold the
            # zero point's code, or 0 where filters have different ones
            point = points.flat[0]
            common = bool(np.all(layer.weight_zero_point == point))
            pad = pad_word(int(point), layer.weight_window, bits) if common else 0
            taps = words[:, :, 0].transpose(1, 2, 3, 0)
            return self.whole(taps, np.array(pad)).reshape(plane.residents, -1)
        pads = np.array([pad_word(int(z), layer.weight_window, bits) for z in points])
        if not isinstance(self.plan.geometry, ConvGeometry):
            return self.whole(words, pads[:, None])
        taps = words.transpose(0, 2, 3, 1)
        if self.plan.layout is Layout.UNFOLDED:
            return self.whole(taps.reshape(plane.residents, -1), pads[:, None])
        return self.whole(taps, pads[:, None, None, None]).reshape(plane.residents, -1)

    def whole(self, values: WordArray, pads: IntArray) -> WordArray:
        """Extend the last axis to whole blocks."""
        return fill_blocks(values, self.plan.spec.words_per_block, pads)


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
