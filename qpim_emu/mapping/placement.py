"""Placement: codes into the bank image, and what it costs to bring them there.

The same gather lays out words and, for the accounting, the vault each code was produced in.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from qpim_emu.arith.packing import pad_word, to_words
from qpim_emu.mapping.gather import ActivationRows, gather_weights
from qpim_emu.mapping.homes import NOWHERE, are_shared, shared_planes
from qpim_emu.mapping.keeping import Itself, Keeper
from qpim_emu.mapping.programs import MOST_PLANES
from qpim_emu.mapping.shared import Operands, slab_of, slab_shape, table_row
from qpim_emu.memory.image import BankImage
from qpim_emu.workload.checks import check_codes

if TYPE_CHECKING:
    from qpim_emu.hardware.counters import Counters
    from qpim_emu.mapping.plan import Plan
    from qpim_emu.mapping.programs import Programs
    from qpim_emu.typing import IntArray, WordArray

__all__ = ["Charge", "find_charge", "place"]


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
    placed = place_activations(plan, codes)
    operands = Operands(plan=plan, placed=placed, weights=place_weights(plan))
    return BankImage(plan.spec, operands)


def place_activations(plan: Plan, codes: IntArray) -> WordArray:
    """Lay all padded (or unfolded) images out, as `Operands` holds them."""
    return lay_out(plan, to_words(codes, plan.layer.activation_type, plan.spec.word_bits))


def lay_out(plan: Plan, words: WordArray) -> WordArray:
    """Lay words out that have the shape of a layer's input."""
    spec, shape = plan.spec, slab_shape(plan)
    rows = ActivationRows(plan, words, pad=activation_pad(plan))
    placed = np.zeros((shape.slabs, shape.rows, shape.pitch, spec.words_per_block), np.uint16)
    for slab, plane in {slab_of(plan, plane): plane for plane in plan.planes}.items():
        whole = rows.whole(plane)[: shape.rows]
        placed[slab, :, : shape.row_blocks] = whole.reshape(shape.rows, shape.row_blocks, -1)
    return placed


def activation_pad(plan: Plan) -> int:
    """Word of borders and of lanes without an activation."""
    layer = plan.layer
    return pad_word(layer.activation_zero_point, layer.activation_window, plan.spec.word_bits)


def place_weights(plan: Plan) -> WordArray:
    """Lay the weights of all filters out, as `Operands` holds them."""
    planes = {table_row(plane): plane for plane in plan.planes}
    tables = [gather_weights(plan, planes[row]) for row in sorted(planes)]
    weights = np.concatenate(tables) if len(tables) > 1 else tables[0]
    return weights.reshape(len(weights), -1, plan.spec.words_per_block)


class Charge(NamedTuple):
    """What placing a tensor costs each vault.

    Attributes
    ----------
    blocks
        Blocks placed.
    moved_bits
        Bits of the words whose codes come from another vault.
    """

    blocks: IntArray
    moved_bits: IntArray

    def add_to(self, counters: Counters) -> None:
        """Count it."""
        counters.vault["placed"] += self.blocks
        counters.vault["vault_bits"] += self.moved_bits


known_charges: Keeper[Charge] = Keeper()
"""Charges by the identity of the programs and of the homes."""


def find_charge(plan: Plan, homes: IntArray | None) -> Charge:
    """Find out what placing the codes of a layer costs; kept where homes are shared.

    Parameters
    ----------
    plan
        The mapped layer.
    homes
        Vault that produced each activation code, -1 for none, in the input's shape;
        ``None`` if no vault produced any.
    """
    if homes is None:
        return charge_of_new(plan)
    if not are_shared(homes):
        return make_charge(plan, homes)
    return known_charges.find(
        (Itself(plan.programs), Itself(homes)),
        partial(make_charge, plan, homes),
        planes=lambda: plan.size + shared_planes(homes),
    )


last_charges: dict[int, tuple[Programs, Charge]] = {}
"""Charges of codes that no vault produced, by the identity of programs: those found last."""

MOST_CHARGES = 256


def charge_of_new(plan: Plan) -> Charge:
    """Find out what placing codes costs that no vault produced."""
    found = last_charges.get(id(plan.programs))
    if found is not None and found[0] is plan.programs:
        return found[1]
    charge = known_charges.find(
        (Itself(plan.programs), None), partial(make_charge, plan, None), planes=plan.size
    )
    if plan.size <= MOST_PLANES:
        if len(last_charges) >= MOST_CHARGES:
            last_charges.clear()
        last_charges[id(plan.programs)] = plan.programs, charge
    return charge


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
    return Charge(blocks, moved * plan.spec.word_bits)
