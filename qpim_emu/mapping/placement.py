"""Placement: codes into the bank image, and what it costs to bring them there.

The same gather lays out words and, for the accounting, the vault each code was produced in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.arith.packing import pad_word, to_words
from qpim_emu.mapping.layouts import blocked
from qpim_emu.mapping.plane import Reduce, Streamed
from qpim_emu.mapping.request import Layout
from qpim_emu.memory.image import BankImage
from qpim_emu.workload.checks import check_codes
from qpim_emu.workload.geometry import ConvGeometry

if TYPE_CHECKING:
    from qpim_emu.hardware.counters import Counters
    from qpim_emu.mapping.plan import Plan
    from qpim_emu.mapping.plane import Plane
    from qpim_emu.typing import IntArray

__all__ = ["charge_placement", "gather_activations", "gather_weights", "place"]

NOWHERE = -1
"""Home of a word that no vault produced: padding, network inputs and weights."""


def place(plan: Plan, codes: IntArray) -> BankImage:
    """Write the operands of a layer into a fresh bank image.

    Parameters
    ----------
    plan
        The mapped layer.
    codes
        Activation codes, in the shape the plan was made for.

    Raises
    ------
    CodeError
        If a code does not belong to the layer's activation type.
    """
    layer, spec = plan.layer, plan.spec
    check_codes(codes, layer.activation_type, field="input")
    activations = to_words(codes, layer.activation_type, spec.word_bits).astype(np.int64)
    pad = pad_word(layer.activation_zero_point, layer.activation_window, spec.word_bits)
    image = BankImage(spec)
    for plane in plan.planes:
        streams_weights = plane.streamed is Streamed.WEIGHTS
        base = plane.resident_base if streams_weights else plane.streamed_base
        write_rows(image, plane, base, gather_activations(plan, plane, activations, pad=pad))
        if plane.image == 0:
            table = plane.streamed_base if streams_weights else plane.resident_base
            words = gather_weights(plan, plane).astype(np.uint16)
            image[plane.vault].write(table, words)
    return image


def write_rows(image: BankImage, plane: Plane, base: int, rows: IntArray) -> None:
    """Write the activation rows of a plane at its pitch."""
    words = rows.astype(np.uint16)
    vault = image[plane.vault]
    if plane.pitch == plane.row_blocks:
        vault.write(base, words)
        return
    for index, row in enumerate(words):
        vault.write(base + index * plane.pitch, row)


def charge_placement(plan: Plan, homes: IntArray | None, counters: Counters) -> None:
    """Count the blocks placed, and the bits of codes produced in another vault.

    Parameters
    ----------
    plan
        The mapped layer.
    homes
        Vault that produced each activation code, -1 for none, in the input's shape;
        ``None`` if no vault produced any.
    counters
        Where to count.
    """
    for plane in plan.planes:
        counters.vault["placed"][plane.vault] += plane.placed_blocks
        if homes is not None:
            rows = gather_activations(plan, plane, homes, pad=NOWHERE)
            moved = np.count_nonzero((rows != NOWHERE) & (rows != plane.vault))
            counters.vault["vault_bits"][plane.vault] += moved * plan.spec.word_bits


def gather_activations(plan: Plan, plane: Plane, values: IntArray, *, pad: int) -> IntArray:
    """Lay out the activations of a plane, ``int64[rows, words of a row]``.

    Parameters
    ----------
    values
        Anything in the shape of the layer's input.
    pad
        What borders and tail words hold.
    """
    if not isinstance(plan.geometry, ConvGeometry):
        return fill_blocks(values, plan.spec.words_per_block, pad)
    channels = plane_channels(plan, plane)
    image = values[plane.image, channels]
    padded = np.pad(image, ((0, 0), *plan.geometry.padding), constant_values=pad)
    if plan.layout is Layout.UNFOLDED:
        return fill_blocks(unfold(plan.geometry, plane, padded), plan.spec.words_per_block, pad)
    past_pixel = plane.first + plane.vectors
    top, past = blocked.image_rows(plan.geometry, plane.first, past_pixel)
    pixels = padded[:, top:past].transpose(1, 2, 0)
    return fill_blocks(pixels, plan.spec.words_per_block, pad).reshape(past - top, -1)


def plane_channels(plan: Plan, plane: Plane) -> slice:
    """Input channels that a plane sees."""
    assert isinstance(plan.geometry, ConvGeometry)  # noqa: S101 - callers handle linear layers
    if plane.reduce is Reduce.PER_LANE:
        first = plane.group * plan.spec.words_per_block
        return slice(first, first + plane.tail)
    size = plan.geometry.group_channels
    return slice(plane.group * size, (plane.group + 1) * size)


def unfold(geometry: ConvGeometry, plane: Plane, padded: IntArray) -> IntArray:
    """Operands of each output pixel of a plane, ``int64[pixels, ky x kx x channels]``."""
    pixels = np.arange(plane.first, plane.first + plane.vectors)
    y, x = np.divmod(pixels, geometry.out_width)
    rows = (y * geometry.stride[0])[:, None] + np.arange(geometry.kernel[0]) * geometry.dilation[0]
    columns = (x * geometry.stride[1])[:, None] + np.arange(geometry.kernel[1]) * geometry.dilation[
        1
    ]
    taps = padded[:, rows[:, :, None], columns[:, None, :]]
    return taps.transpose(1, 2, 3, 0).reshape(plane.vectors, -1)


def gather_weights(plan: Plan, plane: Plane) -> IntArray:
    """Lay out the weight table of a plane, ``int64[vectors, words of a vector]``."""
    layer, spec = plan.layer, plan.spec
    filters = plane_filters(plan, plane)
    words = to_words(layer.weights, layer.weight_type, spec.word_bits).astype(np.int64)[filters]
    points = layer.weight_zero_point[filters]
    pads = np.array([pad_word(int(z), layer.weight_window, spec.word_bits) for z in points.flat])
    if not isinstance(plan.geometry, ConvGeometry):
        return fill_blocks(words, spec.words_per_block, pads[:, None])
    if plane.reduce is Reduce.PER_LANE:
        # [lanes, residents] filters, one tap per block; lanes without a channel hold the
        # zero point's code, or 0 where filters have different ones
        pad = int(pads[0]) if np.all(layer.weight_zero_point == points.flat[0]) else 0
        taps = words[:, :, 0].transpose(1, 2, 3, 0)
        return fill_blocks(taps, spec.words_per_block, pad).reshape(plane.residents, -1)
    taps = words.transpose(0, 2, 3, 1)
    if plan.layout is Layout.UNFOLDED:
        return fill_blocks(taps.reshape(plane.residents, -1), spec.words_per_block, pads[:, None])
    tails = pads[:, None, None, None]
    return fill_blocks(taps, spec.words_per_block, tails).reshape(plane.residents, -1)


def plane_filters(plan: Plan, plane: Plane) -> IntArray:
    """Filters whose weights a plane holds: ``[n]``, or ``[lanes, residents]`` if per lane."""
    if plane.streamed is Streamed.WEIGHTS:
        return np.arange(plane.first, plane.first + plane.vectors)
    if plane.reduce is Reduce.PER_LANE:
        channels = plane.group * plan.spec.words_per_block + np.arange(plane.tail)
        return channels[:, None] * plane.residents + np.arange(plane.residents)
    return np.arange(plane.resident_first, plane.resident_first + plane.residents)


def fill_blocks(values: IntArray, words_per_block: int, pad: int | IntArray) -> IntArray:
    """Extend the last axis to whole blocks with `pad` (broadcast against it)."""
    missing = -values.shape[-1] % words_per_block
    if not missing:
        return values
    tail = np.broadcast_to(np.asarray(pad, dtype=np.int64), (*values.shape[:-1], missing))
    return np.concatenate([values, tail], axis=-1)
