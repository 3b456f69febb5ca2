"""Placement for the fast tier: what `qpim_emu.mapping.placement` makes, by compiled code."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np

from qpim_emu.arith.formats import Encoding
from qpim_emu.engine.fast.kept import kept_weights
from qpim_emu.engine.fast.kernels.arrange import Frame, Slabs, Words, arrange
from qpim_emu.engine.fast.lending import lend
from qpim_emu.engine.fast.threads import run_shares, shares_of
from qpim_emu.mapping.keeping import Itself
from qpim_emu.mapping.placement import activation_pad, lay_out, place_activations
from qpim_emu.mapping.request import Layout
from qpim_emu.mapping.shared import Operands, slab_shape
from qpim_emu.memory.image import BankImage
from qpim_emu.workload.checks import check_codes
from qpim_emu.workload.geometry import ConvGeometry

if TYPE_CHECKING:
    from collections.abc import Hashable

    from numpy.typing import NDArray

    from qpim_emu.arith.formats import Format
    from qpim_emu.mapping.plan import Plan
    from qpim_emu.typing import IntArray, WordArray
    from qpim_emu.workload.layers import Conv2d, Linear

__all__ = ["Filling", "PaddedOperands", "begin_placing", "place"]

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
    operands, filling = begin_placing(plan, codes)
    if filling is not None:
        filling.finish()
    return BankImage(plan.spec, operands)


def begin_placing(plan: Plan, codes: NDArray[Any]) -> tuple[Operands, Filling | None]:
    """Make room for the operands of a layer, and what fills it slab by slab, None if it is full.

    Parameters and errors are those of `place`; some errors are left to `Filling.finish`.
    """
    scheme = scheme_of(plan, codes.dtype)
    if scheme is None:
        wide = codes.astype(np.int64, copy=False)
        check_codes(wide, plan.layer.activation_type, field="input")
        placed = place_activations(plan, wide)
        return Operands(plan=plan, placed=placed, weights=kept_weights(plan).words), None
    room = lend(scheme.shape, np.uint16)
    filling = Filling(plan, codes, room.reshape(*scheme.shape[:2], -1), scheme)
    weights = scheme.weights
    if not scheme.unfolds:
        return Operands(plan=plan, placed=room, weights=weights), filling
    unfold = partial(unfold_padded, plan, room)
    return PaddedOperands(plan=plan, placed=unfold, weights=weights, images=room), filling


class Scheme(NamedTuple):
    """How codes of a type are placed.

    Attributes
    ----------
    shape
        Slabs, rows, and two more axes of the words.
    channels
        Most channels of a slab.
    frame, words
        Where pixels go, and how codes become words.
    weights
        Words of the weights.
    unfolds
        Whether these are padded images of an unfolded layout.
    """

    shape: tuple[int, int, int, int]
    channels: int
    frame: Frame
    words: Words
    weights: WordArray
    unfolds: bool


known: WeakKeyDictionary[Conv2d | Linear, dict[Hashable, Scheme | None]] = WeakKeyDictionary()
"""Schemes of layers by their programs and type of codes; none where NumPy places them."""

KEPT = 8
"""Most schemes known of a layer."""


def scheme_of(plan: Plan, kind: np.dtype[Any]) -> Scheme | None:
    """Find how codes of a type are placed, None where no compiled code does it."""
    found = known.setdefault(plan.layer, {})
    key = Itself(plan.programs), kind  # programs are of one machine
    if key not in found:
        if len(found) >= KEPT:
            found.clear()
        found[key] = make_scheme(plan, kind)
    return found[key]


def make_scheme(plan: Plan, kind: np.dtype[Any]) -> Scheme | None:
    """Do what `scheme_of` says."""
    stored, geometry = plan.layer.activation_type, plan.geometry
    if not isinstance(geometry, ConvGeometry) or stored.encoding is Encoding.BIPOLAR:
        return None
    slabs, rows, row_blocks, pitch = slab_shape(plan)
    words, unfolds = plan.spec.words_per_block, plan.layout is Layout.UNFOLDED
    channels = words if geometry.is_depthwise else geometry.group_channels
    columns, depth = geometry.padded_width, channels
    shape = slabs, geometry.height + sum(geometry.padding[0]), columns, depth
    if not unfolds:
        shape, depth = (slabs, rows, pitch, words), row_blocks * words // columns
    frame = Frame(
        top=geometry.padding[0][0],
        left=geometry.padding[1][0],
        width=geometry.width,
        columns=columns,
        depth=depth,
    )
    weights = kept_weights(plan).words
    return Scheme(shape, channels, frame, words_of(kind, stored, plan), weights, unfolds)


class Filling:
    """Lays images out, each in as many slabs as there are of every so many channels.

    Threads may fill the same slab at once: they write the same.

    Parameters
    ----------
    plan, codes
        As for `place`.
    out
        ``uint16[slabs, rows, words of a row or more]``.
    scheme
        How they are placed.
    """

    def __init__(self, plan: Plan, codes: NDArray[Any], out: WordArray, scheme: Scheme) -> None:
        self.stored, self.codes = plan.layer.activation_type, codes
        self.frame, self.words = scheme.frame, scheme.words
        self.by_channel = np.ascontiguousarray(codes).reshape(*codes.shape[:2], -1)
        left, fits = np.ones((2, len(out)), np.bool_)
        self.slabs = Slabs(out, scheme.channels, left, fits)

    def fill(self, numbers: IntArray) -> None:
        """Fill those of some slabs that are not full yet."""
        arrange(self.by_channel, self.frame, self.words, self.slabs, numbers)

    def fill_words(self, first: int, past: int) -> None:
        """Fill the slabs that hold words `first` to before `past` of all."""
        size = self.slabs.words[0].size
        self.fill(np.arange(first // size, -(-past // size)))

    def finish(self) -> None:
        """Fill all slabs that are left.

        Raises
        ------
        CodeError
            If a code does not belong to the layer's activation type.
        """
        slabs = self.slabs
        if slabs.left.any():
            shares = shares_of(len(slabs.left), self.codes.size * COST, grain=1, least=1)
            run_shares(lambda share: self.fill(np.arange(*share)), shares)
        if not slabs.fits.all():
            check_codes(self.codes.astype(np.int64, copy=False), self.stored, field="input")


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
