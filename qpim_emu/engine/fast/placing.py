"""Placement for the fast tier: what `qpim_emu.mapping.placement` makes, by compiled code."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from qpim_emu.arith.formats import Encoding
from qpim_emu.engine.fast.kept import kept_weights
from qpim_emu.engine.fast.kernels.arrange import Frame, Words, arrange
from qpim_emu.engine.fast.lending import lend
from qpim_emu.engine.fast.threads import run_shares, shares_of
from qpim_emu.mapping.placement import activation_pad, lay_out, place_activations
from qpim_emu.mapping.request import Layout
from qpim_emu.mapping.shared import Operands, slab_shape
from qpim_emu.memory.image import BankImage
from qpim_emu.workload.checks import check_codes
from qpim_emu.workload.geometry import ConvGeometry

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qpim_emu.arith.formats import Format
    from qpim_emu.mapping.plan import Plan
    from qpim_emu.typing import WordArray

__all__ = ["PaddedOperands", "place"]

COST = 16
"""Multiply-accumulates that take as long as placing a word, or so."""


@dataclass(slots=True, kw_only=True)
class PaddedOperands(Operands):
    """Operands of an unfolded layout, whose activations lie in memory once.

    An unfolded image holds a word as often as windows cover it; these are copies of the words of a
    padded image, made when somebody looks at a vault.

    Attributes
    ----------
    images
        ``uint16[slabs, rows, columns, channels of a group]``, borders included.
    """

    images: WordArray


def place(plan: Plan, codes: NDArray[Any]) -> BankImage:
    """Make the bank image of a layer, its operands placed.

    Parameters
    ----------
    plan
        The mapped layer.
    codes
        Activation codes, integers of any type but ``uint64``, in the shape the plan was made for.

    Raises
    ------
    CodeError
        If a code does not belong to the layer's activation type.
    """
    stored, weights = plan.layer.activation_type, kept_weights(plan).words
    is_convolution = isinstance(plan.geometry, ConvGeometry)
    if not is_convolution or stored.encoding is Encoding.BIPOLAR:
        wide = codes.astype(np.int64, copy=False)
        check_codes(wide, stored, field="input")
        return describe(Operands(plan=plan, placed=place_activations(plan, wide), weights=weights))
    if plan.layout is Layout.BLOCKED:
        return describe(Operands(plan=plan, placed=place_blocked(plan, codes), weights=weights))
    images = place_padded(plan, codes)
    unfold = partial(unfold_padded, plan, images)
    return describe(PaddedOperands(plan=plan, placed=unfold, weights=weights, images=images))


def describe(operands: Operands) -> BankImage:
    """Make the image of some operands."""
    return BankImage(operands.plan.spec, operands)


def place_blocked(plan: Plan, codes: NDArray[Any]) -> WordArray:
    """Lay padded images out in blocks of channels, as `Operands` holds them."""
    geometry, shape, words = plan.geometry, slab_shape(plan), plan.spec.words_per_block
    assert isinstance(geometry, ConvGeometry)  # noqa: S101 - the caller looked
    size = words if geometry.is_depthwise else geometry.group_channels
    placed = lend((shape.slabs, shape.rows, shape.pitch, words), np.uint16)
    depth = shape.row_blocks * words // geometry.padded_width
    arrange_all(plan, codes, placed.reshape(*placed.shape[:2], -1), channels=size, depth=depth)
    return placed


def place_padded(plan: Plan, codes: NDArray[Any]) -> WordArray:
    """Lay padded images out as `PaddedOperands` holds them."""
    geometry, size = plan.geometry, slab_shape(plan)
    assert isinstance(geometry, ConvGeometry)  # noqa: S101 - the caller looked
    depth = geometry.group_channels
    rows, columns = geometry.height + sum(geometry.padding[0]), geometry.padded_width
    images = lend((size.slabs, rows, columns, depth), np.uint16)
    arrange_all(plan, codes, images.reshape(size.slabs, rows, -1), channels=depth, depth=depth)
    return images


def arrange_all(
    plan: Plan, codes: NDArray[Any], out: WordArray, *, channels: int, depth: int
) -> None:
    """Lay all images out, each in as many slabs as there are of every so many channels.

    Parameters
    ----------
    out
        ``uint16[slabs, rows, words of a row or more]``.
    channels
        Of a slab, or as many as there are left.
    depth
        Words of a pixel.

    Raises
    ------
    CodeError
        If a code does not belong to the layer's activation type.
    """
    geometry, stored = plan.geometry, plan.layer.activation_type
    assert isinstance(geometry, ConvGeometry)  # noqa: S101 - the caller looked
    frame = Frame(
        top=geometry.padding[0][0],
        left=geometry.padding[1][0],
        width=geometry.width,
        columns=geometry.padded_width,
        depth=depth,
    )
    words = words_of(codes.dtype, stored, plan)
    by_channel = np.ascontiguousarray(codes).reshape(geometry.images, geometry.channels, -1)
    of_image = len(out) // geometry.images
    fits = np.zeros(len(out), np.bool_)

    def run(share: tuple[int, int]) -> None:
        for slab in range(*share):
            image, part = divmod(slab, of_image)
            given = by_channel[image, part * channels : (part + 1) * channels]
            fits[slab] = arrange(given, frame, words, out[slab])

    run_shares(run, shares_of(len(out), codes.size * COST, grain=1))
    if not fits.all():
        check_codes(codes.astype(np.int64, copy=False), stored, field="input")


def words_of(given: np.dtype[Any], stored: Format, plan: Plan) -> Words:
    """How codes of a type become words; what the type cannot hold is no limit."""
    held = np.iinfo(given)
    return Words(
        low=max(stored.min, int(held.min)),
        high=min(stored.max, int(held.max)),
        mask=plan.spec.word_mask,
        pad=activation_pad(plan),
    )


def unfold_padded(plan: Plan, images: WordArray) -> WordArray:
    """Make all activations of padded images, as `Operands` holds them."""
    geometry = plan.geometry
    assert isinstance(geometry, ConvGeometry)  # noqa: S101 - no other layer is unfolded
    top, left = geometry.padding[0][0], geometry.padding[1][0]
    inside = images[:, top : top + geometry.height, left : left + geometry.width]
    by_channel = inside.transpose(0, 3, 1, 2)
    shape = geometry.images, geometry.channels, geometry.height, geometry.width
    return lay_out(plan, by_channel.reshape(shape))
