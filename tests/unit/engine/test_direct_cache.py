"""Is machine code read without the compiler, does it compute the same, and for which numba?"""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any, cast

import numba
import pytest
from llvmlite import binding
from numba.core.caching import FunctionCache
from numba.core.runtime import nrtdynmod
from numba.core.runtime.nrt import rtsys

from qpim_emu.engine.compiled import TESTED, compiled
from qpim_emu.engine.direct_cache import DirectCache, publish_addresses
from tests.project.repository import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable

is_tested = pytest.mark.skipif(
    numba.version_info.short not in TESTED, reason="this numba reads its cache in its own way"
)

LAYERS = """
import numpy as np
from qpim_emu import Accumulator, Conv2d, Linear, Machine

rng = np.random.default_rng(0)
signed = rng.integers(-128, 128, (4, 4, 3, 3))
kinds = {"weight_type": "int8", "activation_type": "int8"}
layers = [
    Conv2d(weights=signed, padding=1, **kinds),
    Conv2d(weights=signed[:, :1], groups=4, **kinds),
    Conv2d(weights=signed, accumulator=Accumulator(bits=16, overflow="saturate"), **kinds),
    Linear(weights=signed.reshape(4, 36), **kinds),
]
images = rng.integers(-128, 128, (2, 4, 6, 6))
inputs = images, images, images, images[:, :, 0].reshape(-1, 48)[:, :36]
results = [
    Machine().run(layer, codes, tier="fast").accumulators
    for layer, codes in zip(layers, inputs, strict=True)
]
print(*(np.dot(result.ravel(), np.arange(result.size)) for result in results))
"""

WITHOUT_COMPILER = """
from numba.core.base import BaseContext

def refuse(self):
    raise AssertionError("the compiler was made ready")

BaseContext.refresh = refuse
"""


def printed(code: str) -> str:
    """What a fresh interpreter prints."""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=False, text=True
    )
    assert not done.returncode, done.stderr[-2000:]
    return done.stdout


@is_tested
def test_kept_machine_code_needs_no_compiler_and_computes_the_same() -> None:
    first = printed(LAYERS)  # compiles what is not kept yet
    assert len(first.split()) == 4
    assert printed(WITHOUT_COMPILER + LAYERS) == first


def added_symbols(monkeypatch: pytest.MonkeyPatch, add: Callable[[], object]) -> dict[str, int]:
    """What LLVM is told meanwhile."""
    told: dict[str, int] = {}
    monkeypatch.setattr(binding, "add_symbol", told.__setitem__)
    add()
    return told


@is_tested
def test_addresses_are_those_that_numba_publishes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nrtdynmod, "compile_nrt_functions", lambda _: None)
    runtime: Any = type(rtsys)()
    expected = added_symbols(monkeypatch, lambda: runtime.initialize(None))
    assert added_symbols(monkeypatch, publish_addresses.__wrapped__) == expected
    assert "NRT_Free" in expected


def double(number: int) -> int:
    return 2 * number


@pytest.mark.parametrize(
    ("version", "expected"),
    [((0, 68), DirectCache), ((0, 61), FunctionCache), ((9, 0), FunctionCache)],
)
def test_other_versions_read_their_cache_in_their_own_way(
    version: tuple[int, int], expected: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(numba, "version_info", type("Version", (), {"short": version}))
    found: Any = compiled(double)
    assert type(found._cache) is expected  # noqa: SLF001 - numba's own


def test_numba_may_be_told_to_compile_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cast("Any", numba.config), "DISABLE_JIT", 1)
    assert compiled(double) is double
