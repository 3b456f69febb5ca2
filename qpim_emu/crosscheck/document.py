"""What a check found as a JSON document; ``docs/models.md`` describes it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from qpim_emu.crosscheck.check import CheckResult
    from qpim_emu.crosscheck.compare import Comparison, Mismatch

__all__ = ["FORMAT", "VERSION", "document_of"]

FORMAT = "qpim-check-report"
VERSION = 1


def document_of(result: CheckResult) -> dict[str, Any]:
    """Turn a result into what JSON has; rationals become text like ``"9/2"``."""
    model = result.model
    return {
        "format": FORMAT,
        "version": VERSION,
        "model": {
            "path": str(model.path),
            "kind": str(model.kind),
            "preset": model.preset,
            "notes": list(model.notes),
        },
        "oracle": {"name": result.oracle, "notes": list(result.notes)},
        "machine": result.spec.name,
        "tier": str(result.tier),
        "inputs": {"text": result.batch.text, "images": list(result.batch.labels)},
        "exact": result.is_exact,
        "nodes": [
            {
                "name": name,
                "step": pair.forced.step,
                "teacher_forced": comparison(pair.forced),
                "free_running": comparison(pair.free),
            }
            for name, pair in result.nodes.items()
        ],
    }


def comparison(found: Comparison) -> dict[str, Any]:
    """Turn a comparison into an object."""
    return {
        "compared": found.compared,
        "wrong": found.wrong,
        "largest": found.largest,
        "remark": found.remark,
        "mismatches": [mismatch(one) for one in found.shown],
    }


def mismatch(one: Mismatch) -> dict[str, Any]:
    """Turn a mismatch into an object."""
    near = one.nearness
    return {
        "element": list(one.element),
        "file_element": list(one.file_element),
        "image": one.image,
        "expected": one.expected,
        "got": one.got,
        "accumulator": one.accumulator,
        "value": None if near is None or near.value is None else str(near.value),
        "distance": None if near is None else str(near.distance),
        "place": asdict(one.place),
    }
