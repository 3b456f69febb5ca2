"""The boundary cases of every requantization mode, each as an output of a layer.

The cases are those of ``golden/requantize/boundary.json``, which were worked out by hand. A
filter's products are small; its bias makes the accumulator what the case says.
"""

from __future__ import annotations

import json
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from qpim_emu.arith.requantize import RULES, Mode
from qpim_emu.arith.rounding import Rounding
from qpim_emu.workload.accumulator import Accumulator
from qpim_emu.workload.layers import Linear
from qpim_emu.workload.requantize import Requantize
from tools.golden.arithmetic import FORMULAS, Case
from tools.golden.common import Steps, separate

if TYPE_CHECKING:
    from collections.abc import Callable

    from qpim_emu.golden import Recipe

__all__ = ["RECIPES"]

TABLE = Path(__file__).parents[2] / "golden" / "requantize" / "boundary.json"
CASES: list[Case] = json.loads(TABLE.read_text(encoding="utf-8"))

CODES = [1, -2, 3]
RISING, FALLING = [1, 0, 1], [-1, 1, -1]
"""Input of every layer, and weights whose products have the sign of the accumulator."""

SCALARS = ("rounding", "low", "high")
ORDINARY = {
    "multiplier": 1, "shift": 0, "addend": 0, "scale": 1.0, "offset": 0, "zero_point": 0
}  # fmt: skip


def layer_key(case: Case) -> str:
    """What the cases of one layer have in common, as text to group them by."""
    constants = case["constants"]
    shared = {name: constants.get(name) for name in SCALARS}
    shared["thresholds"] = len(constants.get("thresholds", ()))
    return json.dumps(shared, sort_keys=True)


def layer_of(mode: Mode, cases: list[Case]) -> Linear:
    """A layer with one filter per case."""
    products = [RISING if case["accumulator"] >= 0 else FALLING for case in cases]
    sums = [sum(a * w for a, w in zip(CODES, row, strict=True)) for row in products]
    bias = [case["accumulator"] - total for case, total in zip(cases, sums, strict=True)]
    return Linear(
        weights=products,
        weight_type="int2",
        activation_type="int3",
        bias=bias,
        accumulator=Accumulator(bits=RULES[mode].accumulator_bits),
        requantize=unit_of(mode, cases),
    )


def unit_of(mode: Mode, cases: list[Case]) -> Requantize:
    """A unit with the constants of every case."""
    given = [case["constants"] for case in cases]
    shared: dict[str, Any] = {name: given[0][name] for name in SCALARS if name in given[0]}
    names = {name for one in given for name in one} - {"mode", *SCALARS}
    constants: dict[str, Any] = {
        name: [one.get(name, ORDINARY.get(name)) for one in given] for name in sorted(names)
    }
    return Requantize(mode=mode, **shared, **constants)


def groups_of(mode: Mode) -> list[list[Case]]:
    """Cases of a mode, layer by layer."""
    cases = sorted((case for case in CASES if case["constants"]["mode"] == mode), key=layer_key)
    return [list(group) for _, group in groupby(cases, key=layer_key)]


def table_recipe(mode: Mode) -> Recipe:
    """All cases of a mode in the table, with a derivation where it is whole numbers alone."""
    return recipe(f"requantize-{mode}", [(mode, cases) for cases in groups_of(mode)])


def recipe(name: str, layers: list[tuple[Mode, list[Case]]]) -> Recipe:
    """Layers of cases; the derivation has the formula of every mode."""
    steps: Steps = {
        f"cases{number}": (layer_of(mode, cases), np.array([CODES]))
        for number, (mode, cases) in enumerate(layers)
    }
    is_whole = all(mode in FORMULAS for mode, _ in layers)
    derivation = "\n".join(derive(layers)) + "\n" if is_whole else None
    return separate(name, steps, derivation=derivation)


def derive(layers: list[tuple[Mode, list[Case]]]) -> list[str]:
    """Lines of the derivation: accumulators and outputs of every case, and why."""
    lines = ["# Every output by the formula of its mode, beside what the hand found if it did."]
    for number, (mode, cases) in enumerate(layers):
        lines += ["", f"at sets/0-given/{number:02d}-cases{number}/vault00", f"# mode {mode}"]
        layer = layer_of(mode, cases)
        for row, case in enumerate(cases):
            products = " + ".join(
                f"{a} * {w}" for a, w in zip(CODES, layer.weights[row].tolist(), strict=True)
            )
            lines += [
                "",
                *([f"# {case['why']}"] if "why" in case else []),
                f"adds[{row}].amount = {products}",
                f"drains[{row}].value = {int(layer.bias[row])} + {products}",
                f"drains[{row}].output = {FORMULAS[mode](case)}",
            ]
            if "expected" in case:
                lines.append(f"drains[{row}].output = {case['expected']}")
                lines.append(f"drains[{row}].clamped = {int(case['clamped'])}")
    return lines


def roundings() -> Recipe:
    """Every rounding of quarters from -2 to 2: ties and their neighbours, of both signs."""
    layers = [
        (
            Mode.SHIFT,
            [
                {
                    "constants": {"shift": 2, "rounding": rounding, "low": -128, "high": 127},
                    "accumulator": accumulator,
                }
                for accumulator in range(-9, 10)
            ],
        )
        for rounding in Rounding
    ]
    return recipe("requantize-roundings", layers)


def clamps() -> Recipe:
    """Codes on either side of both limits, which only the zero point brings there or away."""
    layers = []
    for mode, scale in ((Mode.SHIFT, {}), (Mode.Q31_DOUBLE, {"multiplier": (1 << 31) - 1})):
        cases = [
            {
                "constants": {**scale, "shift": 0, "zero_point": zero, "low": -10, "high": 20},
                "accumulator": accumulator,
            }
            for zero in (-5, 0, 5)
            for accumulator in (-16, -15, -11, -10, -6, -5, 14, 15, 16, 20, 21, 25, 26)
        ]
        layers.append((mode, cases))
    left = [
        {
            "constants": {"shift": shift, "low": -LIMIT - 1, "high": LIMIT},
            "accumulator": accumulator,
        }
        for shift, accumulator in ((-1, LIMIT), (-40, 1 << 23), (-40, -(1 << 24)), (-128, 1))
    ]
    return recipe("requantize-clamps", [*layers, (Mode.SHIFT, left)])


LIMIT = (1 << 47) - 1
"""Widest limit of a clamp."""

RECIPES: dict[str, Callable[[], Recipe]] = {
    **{f"requantize-{mode}": partial(table_recipe, mode) for mode in Mode},
    "requantize-roundings": roundings,
    "requantize-clamps": clamps,
}
