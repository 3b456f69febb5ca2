"""Is a damaged QONNX file parsed or refused with our own error, quickly, never anything else?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from qpim_emu.errors import ModelFileError
from qpim_emu.frontends.qonnx import read
from tests.frontends.qonnx_draws import draw_model

if TYPE_CHECKING:
    from pathlib import Path

SEEDS = range(12)


def attempt(path: Path, data: bytes) -> str:
    """What becomes of a file."""
    path.write_bytes(data)
    try:
        read(path).model()
    except ModelFileError:
        return "refused"
    return "read"


@pytest.mark.parametrize("seed", SEEDS)
def test_truncated_files_are_refused_or_read(tmp_path: Path, seed: int) -> None:
    data = draw_model(seed, exact=True).model().SerializeToString()
    for past in np.linspace(0, len(data) - 1, 25, dtype=int).tolist():
        attempt(tmp_path / "model.onnx", data[:past])


@pytest.mark.parametrize("seed", SEEDS)
def test_flipped_bits_are_refused_or_read(tmp_path: Path, seed: int) -> None:
    data = draw_model(seed, exact=True).model().SerializeToString()
    rng = np.random.default_rng(seed)
    found = set()
    for _ in range(60):
        damaged = bytearray(data)
        for place in rng.integers(0, len(data), int(rng.integers(1, 4))):
            damaged[place] ^= 1 << int(rng.integers(8))
        found.add(attempt(tmp_path / "model.onnx", bytes(damaged)))
    assert "refused" in found


@pytest.mark.extended
def test_many_damaged_files_are_refused_or_read(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for seed in range(300):
        data = draw_model(seed, exact=False).model().SerializeToString()
        for _ in range(100):
            damaged = bytearray(data)
            for place in rng.integers(0, len(data), int(rng.integers(1, 6))):
                damaged[place] = int(rng.integers(256))
            attempt(tmp_path / "model.onnx", bytes(damaged))
