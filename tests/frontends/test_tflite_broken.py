"""Are broken files of TensorFlow Lite refused with our own error, soon and in little memory?"""

from __future__ import annotations

import struct
import tracemalloc
from typing import TYPE_CHECKING

import numpy as np
import pytest

from qpim_emu.errors import ModelFileError
from qpim_emu.frontends.tflite import read
from tests.crosscheck.tflite_cases import FAMILIES
from tests.crosscheck.tflite_operation_cases import OPERATIONS
from tests.frontends.tflite_files import MODELS, whole_network

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Rng = np.random.Generator
DAMAGES = 25
"""Damaged versions of each model."""
WORDS = (0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 16)
MOST_MEMORY = 64 << 20


def damaged(data: bytes, rng: Rng) -> bytes:
    """Cut a file short, or change some bits, bytes or words, mostly of what is no weight."""
    if rng.random() < 0.15:
        return data[: rng.integers(0, len(data))]
    changed = bytearray(data)
    for _ in range(int(rng.integers(1, 10))):
        near = min(len(data) - 4, 4000)
        start = int(rng.integers(0, near))
        place = start if rng.random() < 0.5 else len(data) - 4 - start
        kind = rng.integers(3)
        if kind == 0:
            changed[place] ^= 1 << int(rng.integers(8))
        elif kind == 1:
            changed[place] = int(rng.integers(256))
        else:
            word = int(rng.choice([*WORDS, len(data), place]))
            changed[place : place + 4] = struct.pack("<I", word)
    return bytes(changed)


def is_read(path: Path) -> bool:
    """Read a file that makes a model or one of the reader's errors; say which."""
    try:
        read(path).model()
    except ModelFileError:
        return False
    return True


def small_models() -> Iterator[tuple[str, bytes]]:
    """A model of each operator."""
    for name, family in FAMILIES.items():
        yield name, family(np.random.default_rng(1), "w8a8")
    for name, operation in OPERATIONS.items():
        yield name, operation(np.random.default_rng(1), "INT8", name)
    yield "network", whole_network()


SMALL_MODELS = dict(small_models())


@pytest.mark.parametrize("name", SMALL_MODELS)
def test_damaged_operators(name: str, tmp_path: Path) -> None:
    data = SMALL_MODELS[name]
    rng = np.random.default_rng(len(name))
    path = tmp_path / "model.tflite"
    for _ in range(DAMAGES):
        path.write_bytes(damaged(data, rng))
        is_read(path)


@pytest.mark.parametrize("name", MODELS)
def test_damaged_models(name: str, tmp_path: Path) -> None:
    if not MODELS[name].exists():
        pytest.skip("the model is not there")
    data = MODELS[name].read_bytes()
    rng = np.random.default_rng(0)
    path = tmp_path / "model.tflite"
    outcomes = set()
    for _ in range(2 * DAMAGES):
        path.write_bytes(damaged(data, rng))
        outcomes.add(is_read(path))
    assert outcomes == {True, False}


@pytest.mark.parametrize("size", [0, 3, 7, 8, 11, 40])
def test_short_files(size: int, tmp_path: Path) -> None:
    path = tmp_path / "model.tflite"
    path.write_bytes(whole_network()[:size])
    with pytest.raises(ModelFileError, match=r"identifier must be TFL3|must lie within"):
        read(path)


def test_memory_stays_small_whatever_sizes_are_declared(tmp_path: Path) -> None:
    data = whole_network()
    path = tmp_path / "model.tflite"
    tracemalloc.start()
    try:
        for place in range(0, len(data) - 4, 4):
            changed = data[:place] + struct.pack("<I", 0x7FFFFFF0) + data[place + 4 :]
            path.write_bytes(changed)
            is_read(path)
        assert tracemalloc.get_traced_memory()[1] < MOST_MEMORY
    finally:
        tracemalloc.stop()
