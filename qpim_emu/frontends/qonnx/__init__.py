"""QONNX models (Brevitas, FINN, hls4ml): quantizers of any width between float operators."""

from qpim_emu.frontends.qonnx.read import read

__all__ = ["read"]
