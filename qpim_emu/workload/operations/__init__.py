"""Operations beside the MAC lanes, one per file."""

from qpim_emu.workload.operations.average_pool import AveragePool2d
from qpim_emu.workload.operations.base import Operation
from qpim_emu.workload.operations.flatten import Flatten
from qpim_emu.workload.operations.max_pool import MaxPool2d
from qpim_emu.workload.operations.relu import Relu

__all__ = ["AveragePool2d", "Flatten", "MaxPool2d", "Operation", "Relu"]
