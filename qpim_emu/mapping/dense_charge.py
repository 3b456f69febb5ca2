"""What it costs to bring codes into dense tensors: blocks placed, bits that change vaults."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.mapping.dense import dense_homes
from qpim_emu.mapping.homes import NOWHERE, are_shared, share_homes, shared_planes
from qpim_emu.mapping.keeping import Itself, Keeper
from qpim_emu.mapping.placement import Charge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qpim_emu.hardware.spec import Spec
    from qpim_emu.mapping.dense import DenseTensor
    from qpim_emu.typing import IntArray
    from qpim_emu.workload.operations import Movement

__all__ = ["charge_dense", "moved_homes"]


def charge_dense(tensors: Sequence[DenseTensor], homes: Sequence[IntArray], spec: Spec) -> Charge:
    """Find out what placing some tensors costs.

    Parameters
    ----------
    tensors
        The tensors to place.
    homes
        For each, the vault that produced each code, -1 for none.
    spec
        The machine.
    """
    found = [find_charge(*each, spec) for each in zip(tensors, homes, strict=True)]
    return Charge(
        blocks=np.add.reduce([charge.blocks for charge in found]),
        moved_bits=np.add.reduce([charge.moved_bits for charge in found]),
    )


known_charges: Keeper[Charge] = Keeper()
"""Charges by the size of the tensor and the identity of its homes, which know the machine."""


def find_charge(tensor: DenseTensor, homes: IntArray, spec: Spec) -> Charge:
    """Charge of a tensor; kept where homes are shared."""
    if not are_shared(homes):
        return make_charge(tensor, homes, spec)
    return known_charges.find(
        (tensor.shape, Itself(homes), spec),
        partial(make_charge, tensor, homes, spec),
        planes=partial(shared_planes, homes),
    )


def make_charge(tensor: DenseTensor, homes: IntArray, spec: Spec) -> Charge:
    """Count vault by vault."""
    owned = [tensor.owned(vault) for vault in range(spec.vaults)]
    owner = dense_homes(tensor, spec)
    moved = (homes != NOWHERE) & (homes != owner)
    counts = np.bincount(owner[moved], minlength=spec.vaults).astype(np.int64)
    blocks = np.array([past - first for first, past in owned], np.int64)
    return Charge(blocks, counts * spec.word_bits)


def moved_homes(operation: Movement, homes: Sequence[IntArray]) -> IntArray:
    """Vaults that produced the codes of an operation's output; shared where those of inputs are."""
    move = partial(operation.move, *homes, fill=NOWHERE)
    if not all(map(are_shared, homes)):
        return move()
    key = "moved", Itself(operation), *map(Itself, homes)
    return share_homes(key, move, codes=lambda: sum(produced.size for produced in homes))
