"""Placement for the fast tier: what `qpim_emu.mapping.placement` makes, by compiled code."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from qpim_emu.arith.formats import Encoding
from qpim_emu.engine.fast.kept import kept_weights
from qpim_emu.engine.fast.kernels.arrange import (
    Frame,
    How,
    Slabs,
    Words,
    arranger,
    fits,
    left_of,
    make_context,
    put_addresses,
)
from qpim_emu.engine.fast.kernels.filling import Filler
from qpim_emu.engine.fast.kernels.records import address_of
from qpim_emu.engine.fast.kernels.sharing import fill_all, new_state
from qpim_emu.engine.fast.lending import lend
from qpim_emu.engine.fast.threads import run_together
from qpim_emu.mapping.placement import activation_pad, lay_out, place_activations
from qpim_emu.mapping.request import Layout
from qpim_emu.mapping.shared import Operands, slab_shape
from qpim_emu.workload.checks import check_codes
from qpim_emu.workload.geometry import ConvGeometry

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qpim_emu.arith.formats import Format
    from qpim_emu.mapping.plan import Plan
    from qpim_emu.typing import IntArray, WordArray

__all__ = ["Filling", "PaddedOperands", "Scheme", "begin_placing", "make_scheme", "slabs_of"]

BAND_WORDS = 1 << 12
"""Words of the smallest band of a slab that is placed on its own, about two microseconds."""

WORDS_EACH = 1 << 16
"""Words that are worth waking a thread for."""

BANDS = 16
"""Bands of all slabs together that threads share, where they are large enough.

The same on every machine: work that is kept names parts by their number.
"""


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


def begin_placing(
    plan: Plan, codes: NDArray[Any], scheme: Scheme | None
) -> tuple[Operands, Filling | None]:
    """Make room for the operands of a layer, and what fills it part by part, None if it is full.

    Parameters
    ----------
    plan
        The mapped layer.
    codes
        Activation codes, integers of any type but ``uint64``, in the shape the plan was made for.
    scheme
        How codes of that type are placed; by NumPy if None.

    Raises
    ------
    CodeError
        If a code does not belong to the layer's activation type; with a scheme that is left to
        `Filling.finish`.
    """
    if scheme is None:
        wide = codes.astype(np.int64, copy=False)
        check_codes(wide, plan.layer.activation_type, field="input")
        placed = place_activations(plan, wide)
        return Operands(plan=plan, placed=placed, weights=kept_weights(plan).words), None
    room = lend(scheme.shape, np.uint16)
    filling = Filling(plan, codes, room, scheme)
    if not scheme.unfolds:
        return Operands(plan=plan, placed=room, weights=scheme.weights), filling
    unfold = partial(unfold_padded, plan, room)
    return PaddedOperands(plan=plan, placed=unfold, weights=scheme.weights, images=room), filling


class Scheme(NamedTuple):
    """How codes of a type are placed.

    Attributes
    ----------
    shape
        Of the room for them.
    words
        How many that are.
    function
        Address of compiled code that places codes of the type.
    context
        How it is filled (`qpim_emu.engine.fast.kernels.arrange`), addresses left out.
    weights
        Words of the weights.
    unfolds
        Whether these are padded images of an unfolded layout.
    """

    shape: tuple[int, int, int, int]
    words: int
    function: int
    context: IntArray
    weights: WordArray
    unfolds: bool


def make_scheme(plan: Plan, kind: np.dtype[Any]) -> Scheme | None:
    """Find how codes of a type are placed, None where no compiled code does it."""
    stored = plan.layer.activation_type
    if stored.encoding is Encoding.BIPOLAR:
        return None
    slabs, words = slabs_of(plan), plan.spec.words_per_block
    unfolds = isinstance(plan.geometry, ConvGeometry) and plan.layout is Layout.UNFOLDED
    slab = slab_shape(plan)
    padded = slabs.slabs, slabs.rows, slabs.pitch // slabs.depth, slabs.depth
    shape = padded if unfolds else (slab.slabs, slab.rows, slab.pitch, words)
    return Scheme(
        shape=shape,
        words=math.prod(shape),
        function=arranger(kind),
        context=make_context(How(frame_of(plan, slabs), words_of(kind, stored, plan), slabs)),
        weights=kept_weights(plan).words,
        unfolds=unfolds,
    )


def slabs_of(plan: Plan) -> Slabs:
    """Where the codes of a layer go: the vectors of a linear one are images of one pixel."""
    geometry, words, slab = plan.geometry, plan.spec.words_per_block, slab_shape(plan)
    if not isinstance(geometry, ConvGeometry):
        shape, pitch = (geometry.batch, geometry.channels, 1), slab.pitch * words
        return Slabs(*shape, geometry.batch, 1, pitch, geometry.channels, 1)
    depth = words if geometry.is_depthwise else geometry.group_channels
    rows, pitch = geometry.height + sum(geometry.padding[0]), slab.pitch * words
    if plan.layout is Layout.UNFOLDED:
        pitch = geometry.padded_width * depth
    bands = min(-(-BANDS // slab.slabs), rows, max(1, rows * pitch // BAND_WORDS))
    shape = geometry.images, geometry.channels, geometry.height * geometry.width
    return Slabs(*shape, slab.slabs, rows, pitch, depth, bands)


def frame_of(plan: Plan, slabs: Slabs) -> Frame:
    """Where the pixels of an image go."""
    geometry, row_words = plan.geometry, slab_shape(plan).row_blocks * plan.spec.words_per_block
    if not isinstance(geometry, ConvGeometry):
        return Frame(top=0, left=0, width=1, columns=1, depth=row_words)
    columns = geometry.padded_width
    return Frame(
        top=geometry.padding[0][0],
        left=geometry.padding[1][0],
        width=geometry.width,
        columns=columns,
        depth=slabs.depth if plan.layout is Layout.UNFOLDED else row_words // columns,
    )


class Filling:
    """Lays images out, part by part.

    Parameters
    ----------
    plan, codes
        As for `place`.
    room
        Where they go.
    scheme
        How they are placed.

    Attributes
    ----------
    numbers
        What fills the room, written down (`qpim_emu.engine.fast.kernels.records`): compiled code
        may be given it as long as this lives.
    place
        Address of the room, and its words.
    """

    __slots__ = ("codes", "context", "numbers", "place", "plan", "room")

    def __init__(self, plan: Plan, codes: NDArray[Any], room: WordArray, scheme: Scheme) -> None:
        self.plan, self.room = plan, room
        self.codes = codes if codes.flags.c_contiguous else np.ascontiguousarray(codes)
        self.context = scheme.context.copy()
        address = address_of(room)
        self.place = address, scheme.words
        self.numbers = put_addresses(self.context, address_of(self.codes), address, scheme.function)

    def fill_all(self, state: IntArray) -> None:
        """Fill what is left, with the other threads that do."""
        function, context, *_ = self.numbers
        fill_all(Filler(function, context, left_of(self.context)), state)

    def finish(self) -> None:
        """Fill all parts that are left.

        Raises
        ------
        CodeError
            If a code does not belong to the layer's activation type.
        """
        left = left_of(self.context)
        if 1 in left.tobytes():  # faster than asking NumPy
            others = min(self.room.size // WORDS_EACH, len(left) - 1)
            run_together(partial(self.fill_all, new_state()), others)
            if left.any():
                msg = "memory ran out in the fast tier"
                raise MemoryError(msg)
        if not fits(self.context):
            stored = self.plan.layer.activation_type
            check_codes(self.codes.astype(np.int64, copy=False), stored, field="input")


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
