"""Is the busiest vault counted in column commands and placed blocks?"""

from __future__ import annotations

from qpim_emu.engine.run import plan_layer
from qpim_emu.hardware.presets import TOY
from qpim_emu.mapping.programs import busiest_vault
from qpim_emu.workload.layers import Linear


def test_a_small_layer_by_hand() -> None:
    """One filter of 8 channels per vault: 2 blocks loaded, 2 streamed, 1 written; 2 placed."""
    layer = Linear(weights=[[1] * 8, [2, 0] * 4], weight_type="int4", activation_type="int4")
    plan = plan_layer(layer, (1, 8), spec=TOY)
    written = -(-layer.output_format.bits // TOY.word_bits)
    assert busiest_vault(plan.programs, TOY) == 2 + 2 + written + 2
