"""Mapping: from codes to a bank image, and from a layer to the programs of the vaults."""

from qpim_emu.mapping.plan import Plan, make_plan
from qpim_emu.mapping.request import Layout, Mapping, Partition

__all__ = ["Layout", "Mapping", "Partition", "Plan", "make_plan"]
