"""The comparison with the paper as Markdown: tables only, the reading is the reader's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpim_emu.cost.draws import NARROW_SHARE, PERCENTILES
from qpim_emu.cost.parameters import UNITS, UNKNOWN_SPREAD
from qpim_emu.cost.reproduction import LEFT_OUT, PAPER_RANGE, span
from qpim_emu.cost.terms import TERM_TEXTS, Term
from qpim_emu.hardware.sources import Provenance
from qpim_emu.report.energy import LABELS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from qpim_emu.cost.draws import Interval
    from qpim_emu.cost.reproduction import HeadlineRow, Reproduction, StudyRow

__all__ = ["reproduction_markdown"]

PJ_PER_UJ = 1e6


def reproduction_markdown(found: Reproduction, plots: Sequence[str] = ()) -> str:
    """Write the figures as Markdown.

    Parameters
    ----------
    found
        The figures.
    plots
        File names of the plots beside the text.
    """
    parts = [
        introduction(found),
        *(f"![{name.removesuffix('.png').replace('-', ' ')}]({name})\n" for name in plots),
        *headline(found),
        "## Uniform widths\n",
        studies(found.anchors, found.networks),
        "## Ablations\n",
        studies(found.ablations, found.networks),
        "## Sensitivity\n",
        studies(found.sensitivity, found.networks),
        *provenance(found),
    ]
    return "\n".join(parts)


def introduction(found: Reproduction) -> str:
    """Say what was compared with what."""
    low, high = PAPER_RANGE
    names = ", ".join(found.networks)
    return f"""# Quant-PIM: the paper's saving beside the emulator's

Written by `qpim cost reproduce`. The paper's abstract says that system energy falls by {low:.1%}
to {high:.1%} against the same system at 16 bits; it names neither networks nor precisions. Here:
{names} at the precisions `{found.profile}`, on machine `{found.spec.name}`, priced with
`{found.parameters.name}`. Savings are shares of the energy of the same machine reading 16-bit
words, ungated, one block per read, with the same mapping.
"""


def table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table; the first column holds text, the others figures."""
    rule = ["---", *["---:"] * (len(titles) - 1)]
    lines = [f"| {' | '.join(cells)} |" for cells in (titles, rule, *rows)]
    return "\n".join(lines) + "\n"


def between(interval: Interval) -> str:
    """Format an interval of shares."""
    return f"{interval[0]:.1%} .. {interval[1]:.1%}"


def headline(found: Reproduction) -> Iterator[str]:
    """Write savings with their intervals, ranges, and terms, per dataflow."""
    for filters in sorted({row.filters_per_pass for row in found.headline}):
        rows = [row for row in found.headline if row.filters_per_pass == filters]
        yield f"## Headline, filters per pass: {filters}\n"
        yield headline_table(rows)
        yield ranges(found, filters)
        yield f"### Energy by term in uJ, filters per pass: {filters}\n"
        yield term_table(rows)
    narrow = f"{NARROW_SHARE[0]:g}..{NARROW_SHARE[1]:g}"
    yield f"""Intervals: percentiles {PERCENTILES[0]} to {PERCENTILES[1]} of {found.draws} draws
(seed {found.seed}). Every assumed or derived energy parameter is drawn uniformly and independently
over its range, plus or minus {UNKNOWN_SPREAD:.0%} where no range is known; published ones stay. The
"narrow share" interval confines the fixed share of a read to {narrow}, the range of circuit models;
the others draw it over all that is found in the literature, measured devices included.
"""


def headline_table(rows: Sequence[HeadlineRow]) -> str:
    """Write a row per network."""
    titles = (
        "network",
        "16 bits, uJ",
        "layerwise, uJ",
        "system saved",
        "interval",
        "interval, narrow share",
        "DRAM saved",
        "interval",
        "lines saved",
        "speed-up",
    )
    return table(
        titles,
        (
            [
                row.network,
                f"{row.price.baseline.total_pj / PJ_PER_UJ:,.0f}",
                f"{row.price.energy.total_pj / PJ_PER_UJ:,.0f}",
                f"**{row.price.saving:.1%}**",
                between(row.system_interval),
                between(row.narrow_interval),
                f"{row.price.dram_saving:.1%}",
                between(row.dram_interval),
                f"{row.price.lines_saved:.1%}",
                f"{row.price.speed_up:.2f}x",
            ]
            for row in rows
        ),
    )


def ranges(found: Reproduction, filters: int) -> str:
    """Write the ranges beside the paper's."""
    chosen = f"without {LEFT_OUT} (chosen after the fact: the abstract names no networks)"
    return table(
        ("range of system savings", "from .. to"),
        [
            ("paper, abstract", between(PAPER_RANGE)),
            (f"all {len(found.networks)} networks", between(span(found.headline, filters))),
            (chosen, between(span(found.headline, filters, without=LEFT_OUT))),
        ],
    )


def term_table(rows: Sequence[HeadlineRow]) -> str:
    """Write a row per term: 16 bits and layerwise for every network."""
    return table(
        ("term: 16 bits / layerwise", *(row.network for row in rows)),
        (
            [
                term.replace("_", " "),
                *(
                    f"{row.price.baseline.terms[term] / PJ_PER_UJ:,.0f}"
                    f" / {row.price.energy.terms[term] / PJ_PER_UJ:,.0f}"
                    for row in rows
                ),
            ]
            for term in Term
        ),
    )


def studies(rows: Sequence[StudyRow], networks: Sequence[str]) -> str:
    """Write a table per study: system saving and speed-up of every network per setting."""
    written = []
    for study in dict.fromkeys(row.study for row in rows):
        mine = [row for row in rows if row.study == study]
        cells = {(row.setting, row.network): row for row in mine}
        settings = dict.fromkeys(row.setting for row in mine)
        written.append(
            table(
                (f"{study}: system saved, speed-up", *networks),
                (
                    [
                        setting,
                        *(
                            f"{cells[setting, name].saving:.1%}, "
                            f"{cells[setting, name].speed_up:.2f}x"
                            for name in networks
                        ),
                    ]
                    for setting in settings
                ),
            )
        )
    return "\n".join(written)


def provenance(found: Reproduction) -> Iterator[str]:
    """Write where every number comes from."""
    yield "## Provenance\n"
    yield "Energy parameters:\n"
    yield table(
        ("parameter", "unit", "value", "range", "drawn", "provenance", "source"),
        (
            [
                f"`{name}`",
                UNITS[name][0],
                f"{one.value:g}",
                f"{one.bounds[0]:g} .. {one.bounds[1]:g}{'' if one.has_range else ' (unknown)'}",
                "no" if one.provenance is Provenance.PUBLISHED else "yes",
                str(one.provenance),
                one.source,
            ]
            for name, one in found.parameters.values.items()
        ),
    )
    yield f"*unknown*: plus or minus {UNKNOWN_SPREAD:.0%}, for want of a published range.\n"
    yield "Machine:\n"
    yield table(
        ("field", "value", "provenance", "source"),
        (
            [f"`{one.field}`", field_text(found, one.field), str(one.provenance), one.reference]
            for one in found.spec.sources
        ),
    )
    yield "Networks and precisions:\n"
    yield table(
        ("network", "shapes after", "precisions", "source of the precisions"),
        ([name, shapes, label, source] for name, (shapes, label, source) in found.origins.items()),
    )
    yield "; ".join(LABELS.values()) + ".\n"
    yield "Terms:\n"
    yield table(("term", "pays for"), ((f"`{term}`", TERM_TEXTS[term]) for term in Term))


def field_text(found: Reproduction, field: str) -> str:
    """Value of a field of the machine."""
    part, _, name = field.rpartition(".")
    return str(getattr(found.spec.timing if part else found.spec, name))
