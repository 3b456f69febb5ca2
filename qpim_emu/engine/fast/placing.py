"""Placement for the fast tier: what `qpim_emu.mapping.placement` makes, by compiled code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.arith.formats import Encoding
from qpim_emu.arith.packing import pad_word
from qpim_emu.engine.fast.kept import kept_weights
from qpim_emu.engine.fast.kernels.arrange import arrange
from qpim_emu.engine.fast.threads import run_shares, shares_of
from qpim_emu.mapping.placement import place_activations
from qpim_emu.mapping.request import Layout
from qpim_emu.mapping.shared import Operands, slab_shape
from qpim_emu.memory.image import BankImage
from qpim_emu.workload.checks import check_codes
from qpim_emu.workload.geometry import ConvGeometry

if TYPE_CHECKING:
    from qpim_emu.mapping.plan import Plan
    from qpim_emu.typing import IntArray, WordArray

__all__ = ["place"]

COST = 64
"""Multiply-accumulates that take as long as placing a word, or so."""


def place(plan: Plan, codes: IntArray) -> BankImage:
    """Make the bank image of a layer, its operands placed.

    Parameters
    ----------
    plan
        The mapped layer.
    codes
        Activation codes, ``int64`` in the shape the plan was made for.

    Raises
    ------
    CodeError
        If a code does not belong to the layer's activation type.
    """
    blocked = plan.layout is Layout.BLOCKED and isinstance(plan.geometry, ConvGeometry)
    if blocked and plan.layer.activation_type.encoding is not Encoding.BIPOLAR:
        activations = place_blocked(plan, codes)
    else:
        check_codes(codes, plan.layer.activation_type, field="input")
        activations = place_activations(plan, codes)
    weights = kept_weights(plan).words
    return BankImage(plan.spec, Operands(plan=plan, activations=activations, weights=weights))


def place_blocked(plan: Plan, codes: IntArray) -> WordArray:
    """Lay padded images out in blocks of channels, as `Operands` holds them."""
    spec, layer, geometry, shape = plan.spec, plan.layer, plan.geometry, slab_shape(plan)
    assert isinstance(geometry, ConvGeometry)  # noqa: S101 - the caller looked
    words = spec.words_per_block
    placed = np.zeros((shape.slabs, shape.rows, shape.pitch, words), np.uint16)
    pad = pad_word(layer.activation_zero_point, layer.activation_window, spec.word_bits)
    corner = geometry.padding[0][0], geometry.padding[1][0]
    of_image = shape.slabs // geometry.images
    size = words if geometry.is_depthwise else geometry.group_channels
    rows = (shape.rows, geometry.padded_width, -1, words)
    limits = np.empty((shape.slabs, 2), np.int64)

    def run(share: tuple[int, int]) -> None:
        for slab in range(*share):
            image, part = divmod(slab, of_image)
            channels = codes[image, part * size : (part + 1) * size]
            out = placed[slab, :, : shape.row_blocks].reshape(rows)
            limits[slab] = arrange(channels, corner, pad, spec.word_mask, out)

    run_shares(run, shares_of(shape.slabs, codes.size * COST, grain=1))
    stored = layer.activation_type
    if not (stored.min <= limits[:, 0].min() and limits[:, 1].max() <= stored.max):
        check_codes(codes, stored, field="input")
    return placed
