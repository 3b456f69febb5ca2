"""The JSON report of a session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from qpim_emu.analysis.session import Session
    from qpim_emu.hardware.counters import Counters
    from qpim_emu.hardware.spec import Spec
    from qpim_emu.report.document import RunReport
    from qpim_emu.typing import IntArray

__all__ = ["report_of"]


def report_of(session: Session) -> RunReport:
    """Collect the figures of a finished session."""
    from qpim_emu.report.document import RunReport
    from qpim_emu.report.rows import rows, total_row

    result, baseline = session.result, session.baseline
    return RunReport(
        network=session.network.name,
        machine=machine_of(session.spec),
        tier=str(session.tier),
        semantics_version=result.semantics_version,
        images=session.images,
        rows=tuple(rows(result, session.exact)),
        total=total_row(result, session.exact),
        counters=result.counters.totals(),
        macs_by_width=by_width(result.counters),
        baseline=session.baseline_text,
        baseline_counters=baseline.counters.totals(),
        baseline_macs_by_width=by_width(baseline.counters),
        baseline_cycles=baseline.cycles,
        decisions=plain(session.decisions),
        labels=plain(session.labels),
    )


def machine_of(spec: Spec) -> dict[str, Any]:
    """The specification as its TOML file holds it, without the sources."""
    import tomllib

    from qpim_emu.hardware.toml import dumps

    table = tomllib.loads(dumps(spec))
    table.pop("sources", None)
    return table


def by_width(counters: Counters) -> dict[str, int]:
    """Multiply-accumulates by operand widths, as text."""
    return {f"{w}x{a}": int(count.sum()) for (w, a), count in counters.macs.items()}


def plain(values: IntArray | None) -> tuple[int, ...] | None:
    """Numbers of an array."""
    return None if values is None else tuple(values.tolist())
