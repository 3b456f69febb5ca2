"""Placement: codes into the bank image, and what it costs to bring them there.

The same gather lays out words and, for the accounting, the vault each code was produced in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from qpim_emu.arith.packing import pad_word, to_words
from qpim_emu.mapping.gather import ActivationRows, gather_weights
from qpim_emu.mapping.homes import NOWHERE, are_shared, shared_planes
from qpim_emu.mapping.keeping import Keeper
from qpim_emu.mapping.shared import Operands, slab_of, slab_shape, table_row
from qpim_emu.memory.image import BankImage
from qpim_emu.workload.checks import check_codes

if TYPE_CHECKING:
    from qpim_emu.hardware.counters import Counters
    from qpim_emu.mapping.plan import Plan
    from qpim_emu.typing import IntArray, WordArray

__all__ = ["charge_placement", "place"]


def place(plan: Plan, codes: IntArray) -> BankImage:
    """Make the bank image of a layer, its operands placed.

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
    check_codes(codes, plan.layer.activation_type, field="input")
    operands = Operands(
        plan=plan, activations=place_activations(plan, codes), weights=place_weights(plan)
    )
    return BankImage(plan.spec, operands)


def place_activations(plan: Plan, codes: IntArray) -> WordArray:
    """Lay all padded (or unfolded) images out, as `Operands` holds them."""
    layer, spec, shape = plan.layer, plan.spec, slab_shape(plan)
    pad = pad_word(layer.activation_zero_point, layer.activation_window, spec.word_bits)
    words = to_words(codes, layer.activation_type, spec.word_bits)
    rows = ActivationRows(plan, words, pad=pad)
    placed = np.zeros((shape.slabs, shape.rows, shape.pitch, spec.words_per_block), np.uint16)
    for slab, plane in {slab_of(plan, plane): plane for plane in plan.planes}.items():
        whole = rows.whole(plane)[: shape.rows]
        placed[slab, :, : shape.row_blocks] = whole.reshape(shape.rows, shape.row_blocks, -1)
    return placed


def place_weights(plan: Plan) -> WordArray:
    """Lay the weights of all filters out, as `Operands` holds them."""
    planes = {table_row(plane): plane for plane in plan.planes}
    tables = [gather_weights(plan, planes[row]) for row in sorted(planes)]
    weights = np.concatenate(tables) if len(tables) > 1 else tables[0]
    return weights.reshape(len(weights), -1, plan.spec.words_per_block)


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
    charge = find_charge(plan, homes)
    counters.vault["placed"] += charge.blocks
    counters.vault["vault_bits"] += charge.moved * plan.spec.word_bits


class Charge(NamedTuple):
    """What placing a layer costs each vault: blocks placed, codes that come from another vault."""

    blocks: IntArray
    moved: IntArray


known_charges: Keeper[tuple[Charge, object, object]] = Keeper()
"""Charges by the identity of the programs and of the homes, kept beside."""


def find_charge(plan: Plan, homes: IntArray | None) -> Charge:
    """Charge of a layer; kept where homes are shared."""
    if homes is not None and not are_shared(homes):
        return make_charge(plan, homes)
    planes = sum(map(len, plan.programs)) + (0 if homes is None else shared_planes(homes))
    return known_charges.find(
        (id(plan.programs), id(homes)),
        lambda: (make_charge(plan, homes), plan.programs, homes),
        planes=planes,
    )[0]


def make_charge(plan: Plan, homes: IntArray | None) -> Charge:
    """Count plane by plane."""
    blocks, moved = np.zeros((2, plan.spec.vaults), np.int64)
    rows = None if homes is None else ActivationRows(plan, homes, pad=NOWHERE)
    for plane in plan.planes:
        blocks[plane.vault] += plane.placed_blocks
        if rows is not None:
            produced = rows.of(plane)
            wrong = (produced != NOWHERE) & (produced != plane.vault)
            moved[plane.vault] += np.count_nonzero(wrong)
    return Charge(blocks, moved)
