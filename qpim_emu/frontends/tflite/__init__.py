"""Models of TensorFlow Lite (also TensorFlow Lite Micro and LiteRT): int8, 16x8, 4-bit weights."""

from qpim_emu.frontends.tflite.reading import read

__all__ = ["read"]
