"""Batches in several processes: parts of a batch, each in its own interpreter."""

from qpim_emu.engine.workers.batch import run_layer_in_parts, run_network_in_parts
from qpim_emu.engine.workers.pool import MOST_WORKERS, PartFailedError, Workers, read_workers

__all__ = [
    "MOST_WORKERS",
    "PartFailedError",
    "Workers",
    "read_workers",
    "run_layer_in_parts",
    "run_network_in_parts",
]
