"""Linear layers."""

from __future__ import annotations

from hypothesis import strategies as st

from qpim_emu.testing.strategies.operands import LayerInput, Options, input_codes, layer_operands
from qpim_emu.workload.layers import Linear

__all__ = ["linear_layers"]

MOST_BLOCKS = 6
MOST_ROWS = 4


@st.composite
def linear_layers(draw: st.DrawFn, *, options: Options | None = None) -> LayerInput:
    """Draw fully connected layers over up to four vectors, with input codes.

    Vectors of an odd number of blocks are frequent: every other one then starts at an odd
    column.
    """
    chosen = options or Options()
    words = chosen.words_per_block
    channels = draw(
        st.sampled_from([1, words, words + 1, 3 * words, 5 * words, 5 * words - 1])
        | st.integers(1, MOST_BLOCKS * words)
    )
    channels = max(1, min(channels, chosen.max_macs))
    affordable = chosen.max_macs // channels
    filters = draw(st.integers(1, max(1, min(2 * words + 2, affordable))))
    batch = draw(st.integers(1, max(1, min(MOST_ROWS, affordable // filters))))
    common = draw(layer_operands(shape=(filters, channels), options=chosen, bordered=False))
    layer = Linear(**common)
    return LayerInput(layer=layer, codes=draw(input_codes(layer, (batch, channels))))
