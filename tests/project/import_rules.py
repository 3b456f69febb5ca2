"""Which module may import which: the ranks, the oracle's isolation, the tiers' independence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.project.import_graph import ROOT_PACKAGE, Import, imports_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["RANKS", "violations"]

RANKS = {
    "errors": 0,
    "files": 0,
    "typing": 0,
    "data": 0,  # files, and nothing that imports
    "arith": 1,
    "hardware": 2,
    "memory": 3,
    "workload": 3,
    "oracle": 4,
    "mapping": 4,
    "engine": 5,
    "cost": 6,
    "traces": 6,
    "analysis": 7,
    "frontends": 7,
    "report": 7,
    "testing": 7,
    "crosscheck": 8,
    "golden": 8,
    "machine": 9,
    "onnx_backend": 9,
    "pytest_plugin": 9,
    "__init__": 9,
    "__main__": 9,
    "cli": 9,
}
"""Rank of each part of the package; imports point to a lower rank, or stay inside the part."""

PUBLIC_RANK = 9  # the public surface is one part: its modules may import each other

ORACLE_MAY_IMPORT = {"errors", "typing", "workload"}
# Types of what a layer holds; test_oracle_independence.py keeps their arithmetic out.
ORACLE_MAY_NAME = {
    ("qpim_emu.arith.formats", "Encoding"),
    ("qpim_emu.arith.formats", "Format"),
    ("qpim_emu.arith.window", "Window"),
}

TIERS = {"literal", "fast", "count"}


def _part(module: str) -> str:
    """Return the part of the package a module belongs to."""
    return module.split(".")[1] if "." in module else "__init__"


def _tier(module: str) -> str | None:
    """Return the execution tier a module belongs to, if any."""
    match module.split("."):
        case [_, "engine", tier, *_] if tier in TIERS:
            return tier
    return None


def _rank_problem(found: Import) -> str | None:
    importer, target = _part(found.importer), _part(found.target)
    for part in (importer, target):
        if part not in RANKS:
            return f"{found}: {part!r} has no rank"
    if importer == target or RANKS[target] < RANKS[importer]:
        return None
    if RANKS[importer] == RANKS[target] == PUBLIC_RANK:
        return None
    return f"{found}: rank {RANKS[importer]} must import lower ranks only, got {RANKS[target]}"


def _oracle_problem(found: Import) -> str | None:
    """Refuse what would make an oracle share the machine's arithmetic, and so its mistakes."""
    if _part(found.importer) != "oracle":
        return None
    if _part(found.target) in {*ORACLE_MAY_IMPORT, "oracle"}:
        return None
    if (found.target, found.name) in ORACLE_MAY_NAME:
        return None
    return f"{found}: the oracle must import workload and the types of operands only"


def _tier_problems(graph: list[Import]) -> Iterator[str]:
    """Refuse ways from one tier to another, also through a helper that both share."""
    edges = {
        (found.importer, found.target)
        for found in graph
        if _part(found.importer) == _part(found.target) == "engine"
    }
    for start in sorted({importer for importer, _ in edges if _tier(importer)}):
        reached, pending = {start}, [start]
        while pending:
            here = pending.pop()
            new = {target for importer, target in edges if importer == here} - reached
            reached |= new
            pending += new
        for module in sorted(reached):
            if _tier(module) not in {None, _tier(start)}:
                yield f"{start} reaches {module}: tiers must import nothing of each other"


def violations(sources: Mapping[str, str]) -> list[str]:
    """Return one line for each import that breaks a rule.

    Parameters
    ----------
    sources
        Source text by path relative to the package.
    """
    graph = imports_of(sources)
    rules = (_rank_problem, _oracle_problem)
    problems = [problem for found in graph for rule in rules if (problem := rule(found))]
    unranked = sorted({path.split("/")[0].removesuffix(".py") for path in sources} - set(RANKS))
    problems += [f"{ROOT_PACKAGE}.{part} has no rank" for part in unranked]
    return problems + list(_tier_problems(graph))
