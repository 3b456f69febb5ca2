"""Model files of other tools, read into networks; nothing else knows their formats."""

from qpim_emu.frontends.loading import load, load_model
from qpim_emu.frontends.model import Model, TensorInfo

__all__ = ["Model", "TensorInfo", "load", "load_model"]
