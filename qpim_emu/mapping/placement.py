"""Placement: codes into the bank image, and what it costs to bring them there.

The same gather lays out words and, for the accounting, the vault each code was produced in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.arith.packing import pad_word, to_words
from qpim_emu.mapping.gather import ActivationRows, WeightTables
from qpim_emu.mapping.plane import Streamed
from qpim_emu.memory.image import BankImage
from qpim_emu.workload.checks import check_codes

if TYPE_CHECKING:
    from qpim_emu.hardware.counters import Counters
    from qpim_emu.mapping.plan import Plan
    from qpim_emu.mapping.plane import Plane
    from qpim_emu.typing import IntArray

__all__ = ["charge_placement", "place"]

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
    pad = pad_word(layer.activation_zero_point, layer.activation_window, spec.word_bits)
    words = to_words(codes, layer.activation_type, spec.word_bits)
    activations, weights = ActivationRows(plan, words, pad=pad), WeightTables(plan)
    image = BankImage(spec)
    for vault, program in enumerate(plan.programs):
        if program:
            image[vault].reserve(max(past_block(plane) for plane in program))
    for plane in plan.planes:
        streams_weights = plane.streamed is Streamed.WEIGHTS
        base = plane.resident_base if streams_weights else plane.streamed_base
        rows = activations.of(plane).reshape(plane.rows, plane.row_blocks, -1)
        image[plane.vault].write_rows(base, rows, pitch=plane.pitch)
        if plane.image == 0:
            table = plane.streamed_base if streams_weights else plane.resident_base
            image[plane.vault].write(table, weights.of(plane))
    return image


def past_block(plane: Plane) -> int:
    """Block past the last region of a plane, so that storage is made once."""
    last = plane.output_bases[-1] + plane.write_blocks
    return max(last, plane.streamed_base + plane.rows * plane.pitch)


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
    rows = None if homes is None else ActivationRows(plan, homes, pad=NOWHERE)
    for plane in plan.planes:
        counters.vault["placed"][plane.vault] += plane.placed_blocks
        if rows is not None:
            produced = rows.of(plane)
            moved = np.count_nonzero((produced != NOWHERE) & (produced != plane.vault))
            counters.vault["vault_bits"][plane.vault] += moved * plan.spec.word_bits
