"""Tensors of a network that no input changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.arith.formats import Format, parse_format
from qpim_emu.errors import LayerError
from qpim_emu.workload.checks import check_codes, frozen_integers

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from qpim_emu.arith.formats import FormatLike
    from qpim_emu.typing import IntArray

__all__ = ["Constant"]


@dataclass(frozen=True, slots=True, init=False, eq=False)
class Constant:
    """Codes that a network holds, the same for every image of a batch.

    Parameters
    ----------
    codes
        Integers, any shape without empty axes; the batch axis is not there.
    format
        Format of the codes.

    Raises
    ------
    InputError
        If the format is none, or the codes do not fit it.
    """

    codes: IntArray
    format: Format

    def __init__(self, *, codes: ArrayLike, format: FormatLike) -> None:  # noqa: A002 - the word
        held, kind = frozen_integers(codes, field="codes"), parse_format(format, field="format")
        if not held.size:
            msg = f"codes must not be empty, got shape {list(held.shape)}"
            raise LayerError(msg)
        check_codes(held, kind, field="codes")
        object.__setattr__(self, "codes", held)
        object.__setattr__(self, "format", kind)

    def of_batch(self, batch: int) -> IntArray:
        """Repeat the codes for every image, ``int64[batch, ...]``."""
        return np.ascontiguousarray(np.broadcast_to(self.codes, (batch, *self.codes.shape)))
