"""How many multiply-accumulates could this machine do? Instructions alone, no memory in between.

Each thread repeats one vector instruction on sums that all stay in registers, enough of them to
keep the pipelines full. What a kernel reaches can then be told as a share of it.
"""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING, Any

from llvmlite import binding, ir
from numba import types

from qpim_emu.engine.compiled import compiled_across
from qpim_emu.engine.fast.kernels.availability import missing_features
from qpim_emu.engine.fast.kernels.emission import INDEX, LANE, Emission, cgutils, emitted
from qpim_emu.engine.fast.kernels.instructions import VNNI8
from qpim_emu.engine.fast.threads import run_together
from tests.benchmarks.race import Entrant, race

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["THREADS", "peak_entrants", "peaks"]

THREADS = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
SUMS = 20
STEPS = 2_000_000
ROUNDS = 5

binding.initialize_native_asmparser()  # the instructions are written in assembly

MACS_OF_STEP = {
    "vpdpbusd": 64 * SUMS,
    "vpdpwssd": 32 * SUMS,
    "float32": 16 * SUMS,
    "float64": 8 * SUMS,
}


@emitted
def repeat(_: Any, name: Any, steps: Any) -> Any:  # noqa: ANN401
    """Repeat the named instruction; returns something of the sums, so that all are needed."""

    def generate(_context: Any, builder: Any, _signature: Any, values: Any) -> Any:  # noqa: ANN401
        floats = {"float32": (ir.FloatType(), 16), "float64": (ir.DoubleType(), 8)}
        element, lanes = floats.get(name.literal_value, (LANE, 16))
        emission = Emission(builder, lanes)
        kind = emission.vector(element)
        sums = [emission.variable(kind) for _ in range(SUMS)]
        one = ir.Constant(kind, [1] * lanes)
        signature = ir.FunctionType(kind, [kind] * 3)
        if name.literal_value in floats:
            suffix = f"v{lanes}f{32 if lanes == 16 else 64}"
            callee = cgutils.get_or_insert_function(builder.module, signature, f"llvm.fma.{suffix}")
        else:
            text = f"{name.literal_value} $3, $2, $0"
            callee = ir.InlineAsm(signature, text, "=v,0,v,v", side_effect=False)
        with cgutils.for_range(builder, values[1]):
            for total in sums:
                operands = builder.load(total), one, one
                turned = operands if element == LANE else (one, one, operands[0])
                builder.store(builder.call(callee, turned), total)
        found = INDEX(0)
        for total in sums:
            first = builder.extract_element(builder.load(total), LANE(0))
            whole = builder.zext(first, INDEX) if element == LANE else builder.fptosi(first, INDEX)
            found = builder.add(found, whole)
        return found

    return types.int64(name, steps), generate


@compiled_across
def repeat_bytes(steps: int) -> int:
    """Products of bytes."""
    return int(repeat("vpdpbusd", steps))


@compiled_across
def repeat_words(steps: int) -> int:
    """Products of words."""
    return int(repeat("vpdpwssd", steps))


@compiled_across
def repeat_float32(steps: int) -> int:
    """Fused multiply-adds."""
    return int(repeat("float32", steps))


@compiled_across
def repeat_float64(steps: int) -> int:
    """Fused multiply-adds of double precision."""
    return int(repeat("float64", steps))


def probes() -> dict[str, Callable[[int], object]]:
    """Functions that repeat an instruction a number of times, those this processor has."""
    floats = {"float32": repeat_float32, "float64": repeat_float64}
    if missing_features(VNNI8):
        return dict(floats)
    return {"vpdpbusd": repeat_bytes, "vpdpwssd": repeat_words, **floats}


def probe_on_threads(probe: Callable[[int], object]) -> None:
    """Repeat an instruction `STEPS` times on every thread at once."""
    left = iter(range(THREADS))

    def take_probes() -> None:
        for _ in left:
            probe(STEPS)

    run_together(take_probes, THREADS - 1)


def peak_entrants(*names: str) -> dict[str, Entrant]:
    """The named instructions, those this processor has, as ``peak name``."""
    found = probes()
    return {
        f"peak {name}": Entrant(
            partial(probe_on_threads, found[name]), MACS_OF_STEP[name] * STEPS * THREADS
        )
        for name in names
        if name in found
    }


def peaks() -> dict[str, float]:
    """GMAC/s of each instruction on all threads at once, the best of some rounds."""
    found = race(peak_entrants(*MACS_OF_STEP), rounds=ROUNDS)
    return {name.removeprefix("peak "): found.best_rate(name) for name in found.seconds}


if __name__ == "__main__":
    for name, rate in peaks().items():
        print(f"{name:10} {rate:7.1f} GMAC/s on {THREADS} threads")  # noqa: T201
