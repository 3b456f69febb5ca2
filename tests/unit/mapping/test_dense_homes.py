"""Are codes of an operation charged to the vaults that own their blocks?"""

from __future__ import annotations

import numpy as np
import pytest

from qpim_emu.arith.formats import Int
from qpim_emu.hardware.counters import Counters
from qpim_emu.hardware.presets import TOY
from qpim_emu.mapping.dense import dense_homes, make_dense_plan
from qpim_emu.mapping.dense_charge import charge_dense


@pytest.mark.parametrize("size", [1, 3, 4, 5, 9, 17])
def test_homes_share_blocks_and_count_what_moves(size: int) -> None:
    kind = ((2, size), Int(8))
    (tensor,) = make_dense_plan(inputs=[kind], output=kind, spec=TOY).inputs
    blocks = -(-2 * size // TOY.words_per_block)
    owner = [min(code // TOY.words_per_block >= blocks // 2, 1) for code in range(2 * size)]
    homes = dense_homes(tensor, TOY)
    assert homes.reshape(-1).tolist() == owner
    for produced, moved in ((homes, 0), (1 - homes, 2 * size), (np.full_like(homes, -1), 0)):
        counters = Counters.empty(TOY)
        charge_dense([tensor], [produced], TOY).add_to(counters)
        assert counters.total("vault_bits") == 16 * moved
        assert counters.total("placed") == blocks
