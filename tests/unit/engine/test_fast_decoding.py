"""Are words read as the formula says, into every type of operands and at every length?"""

from __future__ import annotations

import numpy as np
import pytest

from qpim_emu.engine.fast.kernels.unfold import Decoder, decode

KINDS = (np.uint8, np.int16, np.uint16, np.int32, np.int64, np.float32, np.float64)

DECODERS = {
    "unsigned bytes": Decoder(mask=0xFF, flip=0, shift=0, up=0, add=0),
    "signed bits, moved": Decoder(mask=0x7F, flip=0x40, shift=0, up=0, add=0),
    "upper bits": Decoder(mask=0x7F00, flip=0x4000, shift=8, up=0, add=0),
    "bipolar": Decoder(mask=0x3F, flip=0, shift=0, up=1, add=1),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", DECODERS)
def test_words_of_any_number(kind: type[np.number], name: str) -> None:
    decoder = DECODERS[name]
    words = np.random.default_rng(0).integers(0, 1 << 16, 100, np.uint16)
    fields = (words.astype(int) & decoder.mask) ^ decoder.flip
    expected = ((fields >> decoder.shift) << decoder.up) + decoder.add
    for count in (0, 1, 7, 8, 31, 32, 33, 99):
        out = np.full(100, 77, kind)
        decode(words[:count], decoder, out[:count])
        np.testing.assert_array_equal(out[:count], expected[:count])
        assert (out[count:] == 77).all()


@pytest.mark.parametrize("kind", [np.int16, np.int32, np.int64, np.float32, np.float64])
def test_what_is_added_may_be_negative(kind: type[np.number]) -> None:
    words = np.arange(0x10000).astype(np.uint16)
    out = np.empty(len(words), kind)
    decode(words, Decoder(mask=0xFFFF, flip=0x8000, shift=0, up=0, add=-0x8000), out)
    np.testing.assert_array_equal(out, words.view(np.int16))
