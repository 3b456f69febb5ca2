"""Do operations beside the MAC lanes, on codes of 8 and 16 bits, equal both TFLite engines?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.crosscheck.tflite_comparison import ENGINES, assert_same_as
from tests.crosscheck.tflite_operation_cases import OPERATIONS, TYPES

if TYPE_CHECKING:
    from pathlib import Path

CASES = 12


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("operator", OPERATIONS)
def test_random_operations(operator: str, kind: str, tmp_path: Path) -> None:
    for seed in range(CASES):
        path = tmp_path / f"{seed}.tflite"
        path.write_bytes(OPERATIONS[operator](np.random.default_rng(seed), kind, operator))
        ran = [assert_same_as(engine, path, seed=seed) for engine in ENGINES]
        assert all(ran), f"seed {seed}: {dict(zip(ENGINES, ran, strict=True))}"
