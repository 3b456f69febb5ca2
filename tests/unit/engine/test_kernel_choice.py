"""Is a kernel used exactly where its rule proves it exact, and refused one step beyond?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qpim_emu.engine.fast.kernels import availability, choice
from qpim_emu.engine.fast.kernels.choice import (
    IN_ORDER,
    KERNELS,
    Operands,
    choose_kernel,
    corrections,
    is_allowed,
    offset_of,
    requested_kernel,
)
from qpim_emu.engine.fast.kernels.kernel import Kernel
from qpim_emu.engine.fast.kernels.multiply import multiply
from qpim_emu.engine.fast.kernels.products import FLOAT32, FLOAT64, Product
from qpim_emu.errors import InputError

if TYPE_CHECKING:
    from qpim_emu.typing import IntArray

COMPILED = {kernel.name: kernel for kernel in KERNELS if isinstance(kernel, Kernel)}
RUNNABLE = [k for k in COMPILED.values() if not availability.missing_features(k)]
WORDS = 16


def operands(
    bound: int,
    *,
    streamed: tuple[int, int] = (0, 1),
    resident: tuple[int, int] = (0, 1),
    modulo_bits: int | None = None,
) -> Operands:
    """Operands whose largest sum is `bound`."""
    largest = max(map(abs, streamed))
    assert bound % largest == 0
    return Operands(
        streamed=streamed,
        resident=resident,
        block_sums=np.array([[bound // largest, 0], [1, 1]], np.float64),
        words_per_block=WORDS,
        modulo_bits=modulo_bits,
    )


@pytest.mark.parametrize("name", COMPILED)
def test_sums_may_reach_the_bound_and_not_pass_it(name: str) -> None:
    kernel = COMPILED[name]
    largest = (1 << 31) - 1 if kernel.sums == np.int32 else 1 << 62
    assert is_allowed(kernel, operands(largest))
    beyond = largest + 1 if kernel.sums == np.int32 else largest + 1024  # float64 holds it
    assert not is_allowed(kernel, operands(beyond))


@pytest.mark.parametrize("name", COMPILED)
def test_streamed_operands_may_span_the_type_wherever_they_lie(name: str) -> None:
    kernel = COMPILED[name]
    limits = np.iinfo(kernel.streamed)
    span = int(limits.max) - int(limits.min)
    for low in (0, int(limits.min), -1, -span, 1):
        assert is_allowed(kernel, operands(0, streamed=(low, low + span)))
        assert not is_allowed(kernel, operands(0, streamed=(low, low + span + 1)))


@pytest.mark.parametrize("name", COMPILED)
def test_resident_operands_must_fit_the_type(name: str) -> None:
    kernel = COMPILED[name]
    limits = np.iinfo(kernel.resident)
    low, high = int(limits.min), int(limits.max)
    assert is_allowed(kernel, operands(1, resident=(low, high)))
    assert not is_allowed(kernel, operands(1, resident=(low - 1, high)))
    assert not is_allowed(kernel, operands(1, resident=(low, high + 1)))


@pytest.mark.parametrize("name", COMPILED)
def test_sums_wanted_modulo_have_no_bound(name: str) -> None:
    kernel = COMPILED[name]
    bits = 8 * kernel.sums.itemsize
    assert is_allowed(kernel, operands(1 << 80, modulo_bits=bits))
    assert not is_allowed(kernel, operands(1 << 80, modulo_bits=bits + 1))


def sides(rng: np.random.Generator, span: int, resident: int) -> tuple[IntArray, IntArray, int]:
    """Streamed operands that span up to `span`, resident ones up to `resident`; the least."""
    low = int(rng.integers(-span, span))
    shape = int(rng.integers(1, 60))
    streamed = rng.choice([low, low + span, int(rng.integers(low, low + span + 1))], (7, shape))
    return streamed, rng.integers(-resident, resident, (5, shape)), low


@pytest.mark.parametrize("kernel", RUNNABLE, ids=lambda kernel: kernel.name)
@given(seed=st.integers(0, 2**32 - 1))
def test_corrected_sums_are_exact(kernel: Kernel, seed: int) -> None:
    rng = np.random.default_rng(seed)
    limits = np.iinfo(kernel.streamed)
    span = min(int(limits.max) - int(limits.min), 65535)
    streamed, resident, low = sides(rng, span, min(int(np.iinfo(kernel.resident).max), 32767))
    offset = offset_of(kernel, (low, low + span))
    tile = np.zeros((7, kernel.depth(streamed.shape[1])), kernel.streamed)
    shifted = streamed - offset
    assert limits.min <= shifted.min() <= shifted.max() <= limits.max
    tile[:, : streamed.shape[1]] = shifted
    sums = np.empty((7, kernel.columns(5)), kernel.sums)
    multiply(kernel.pack(resident), tile, sums)
    found = sums[:, :5] + corrections(resident, offset).astype(kernel.sums)  # wraps like the sums
    np.testing.assert_array_equal(found, (streamed @ resident.T).astype(kernel.sums))


def test_operands_that_fit_are_streamed_as_they_are() -> None:
    assert offset_of(COMPILED["vnni8"], (0, 255)) == 0
    assert offset_of(COMPILED["vnni8"], (-128, 127)) == -128
    assert offset_of(COMPILED["vnni16"], (-32768, 32767)) == 0
    assert offset_of(COMPILED["vnni16"], (0, 65535)) == 32768


def chosen(monkeypatch: pytest.MonkeyPatch, features: set[str], **known: Any) -> str:  # noqa: ANN401
    """Name of the kernel that a processor with these features would use."""
    monkeypatch.setattr(availability, "compiled_features", lambda: features)
    monkeypatch.setattr(availability, "is_exact", lambda _: True)
    monkeypatch.delenv("QPIM_KERNEL", raising=False)
    found = choose_kernel(operands(**known))
    return found.kernel.name if isinstance(found, Product) else found.name


VNNI = {"avx2", "avx512f", "avx512bw", "avx512vnni"}
BYTE, WORD = (-128, 127), (-32768, 32767)


@pytest.mark.parametrize(
    ("features", "known", "name"),
    [
        (VNNI, {"bound": 1 << 30, "streamed": BYTE, "resident": BYTE}, "vnni8"),
        (VNNI, {"bound": 1 << 30, "streamed": WORD, "resident": BYTE}, "vnni16"),
        (VNNI, {"bound": 1 << 30, "streamed": BYTE, "resident": WORD}, "vnni16"),
        (VNNI, {"bound": 1 << 31, "streamed": WORD, "resident": WORD}, "bytes64"),
        (VNNI, {"bound": 1 << 31, "streamed": WORD, "modulo_bits": 32}, "vnni16"),
        (VNNI, {"bound": 1 << 31, "streamed": WORD, "modulo_bits": 33}, "bytes64"),
        (VNNI, {"bound": 1 << 24, "resident": (-65536, 0)}, "float32"),
        (VNNI, {"bound": 1 << 25, "resident": (-65536, 0)}, "float64"),
        (VNNI - {"avx512vnni"}, {"bound": 1 << 30, "streamed": BYTE}, "madd16"),
        ({"avx2"}, {"bound": 1 << 30, "streamed": BYTE}, "madd16_avx2"),
        ({"avx2"}, {"bound": 1 << 31, "streamed": WORD}, "float64"),
        (set(), {"bound": 1 << 24, "streamed": BYTE}, "float32"),
    ],
)
def test_first_kernel_whose_rule_holds(
    monkeypatch: pytest.MonkeyPatch, features: set[str], known: dict[str, Any], name: str
) -> None:
    assert chosen(monkeypatch, features, **known) == name


def test_kernel_that_multiplies_wrongly_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    known = operands(1 << 20, streamed=BYTE, resident=BYTE)
    monkeypatch.setattr(availability, "compiled_features", lambda: VNNI)
    monkeypatch.setattr(availability, "is_exact", lambda kernel: kernel.name != "vnni8")
    monkeypatch.delenv("QPIM_KERNEL", raising=False)
    assert choose_kernel(known) is COMPILED["vnni16"]
    assert "wrong" in availability.reason(COMPILED["vnni8"])
    monkeypatch.setenv("QPIM_KERNEL", "vnni8")
    with pytest.raises(InputError, match=r"got 'vnni8' \(no exact products\)"):
        choose_kernel(known)


def test_self_test_notices_products_that_saturate(monkeypatch: pytest.MonkeyPatch) -> None:
    def saturating(panels: Any, tile: Any, sums: Any) -> None:  # noqa: ANN401
        """As VPMADDUBSW: pairs of byte products clipped to int16."""
        rows = panels.table[:, :, 0].transpose(0, 2, 1, 3).reshape(sums.shape[1], -1).astype(int)
        sums[:] = 0
        for k in range(0, tile.shape[1], 2):
            pair = tile[:, k : k + 2].astype(int) @ rows[:, k : k + 2].T
            sums += np.clip(pair, -32768, 32767).astype(np.int32)

    kernel = COMPILED["vnni8"]
    monkeypatch.setattr(availability, "multiply", saturating)
    assert not availability.is_exact.__wrapped__(kernel)


@pytest.mark.parametrize("name", [kernel.name for kernel in KERNELS])
def test_requested_kernel_comes_first(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(choice, "is_available", lambda _: True)
    monkeypatch.setenv("QPIM_KERNEL", name)
    requested = requested_kernel()
    assert requested is not None
    assert requested.name == name
    found = choose_kernel(operands(1 << 20, streamed=(-128, 127), resident=(-1, 1)))
    assert (found.kernel if isinstance(found, Product) else found).name == name


def test_requested_kernel_that_is_not_exact_leaves_it_to_the_rule(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(choice, "is_available", lambda _: True)
    monkeypatch.setenv("QPIM_KERNEL", "vnni8")
    known = operands(1 << 30, streamed=WORD, resident=WORD)
    assert choose_kernel(known) is COMPILED["vnni16"]


def test_request_that_no_machine_can_meet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QPIM_KERNEL", "fast")
    with pytest.raises(InputError, match=r"QPIM_KERNEL must be one of vnni8, .*, got 'fast'"):
        requested_kernel()
    monkeypatch.setenv("QPIM_KERNEL", "vnni16")
    monkeypatch.setattr(availability, "compiled_features", lambda: {"avx2"})
    with pytest.raises(InputError, match=r"got 'vnni16' \(no avx512f, avx512vnni\)"):
        requested_kernel()
    monkeypatch.setenv("QPIM_KERNEL", "")
    assert requested_kernel() is None


def test_rule_ends_with_what_runs_anywhere() -> None:
    assert IN_ORDER[-2:] == (FLOAT32, FLOAT64)
    assert not any(COMPILED[name].features for name in ("loops32", "loops64"))
