"""Energy of a run: named terms in pJ, computed from counters after the run."""

from qpim_emu.cost.energy import Energy, energy
from qpim_emu.cost.parameters import Parameter, Parameters
from qpim_emu.cost.presets import PRESETS, preset
from qpim_emu.cost.terms import Term
from qpim_emu.cost.totals import Totals

__all__ = ["PRESETS", "Energy", "Parameter", "Parameters", "Term", "Totals", "energy", "preset"]
