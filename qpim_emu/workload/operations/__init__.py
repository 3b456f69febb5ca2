"""Operations beside the MAC lanes, one per file."""

from qpim_emu.workload.operations.activation import Activation, activation_limits
from qpim_emu.workload.operations.add import Add
from qpim_emu.workload.operations.average_pool import AveragePool2d
from qpim_emu.workload.operations.base import Operation
from qpim_emu.workload.operations.clamp import Clamp
from qpim_emu.workload.operations.concat import Concat
from qpim_emu.workload.operations.flatten import Flatten
from qpim_emu.workload.operations.float_softmax import FloatSoftmax
from qpim_emu.workload.operations.global_average_pool import GlobalAveragePool2d
from qpim_emu.workload.operations.lookup import Lookup
from qpim_emu.workload.operations.max_pool import MaxPool2d
from qpim_emu.workload.operations.mean import Mean
from qpim_emu.workload.operations.movement import Movement
from qpim_emu.workload.operations.mul import Mul
from qpim_emu.workload.operations.pad import Pad
from qpim_emu.workload.operations.pair_lookup import PairLookup
from qpim_emu.workload.operations.relu import Relu
from qpim_emu.workload.operations.repeat import Repeat
from qpim_emu.workload.operations.rescale import Rescale
from qpim_emu.workload.operations.reshape import Reshape
from qpim_emu.workload.operations.slice import Slice
from qpim_emu.workload.operations.softmax import Softmax, WideSoftmax
from qpim_emu.workload.operations.softmax_of_16_bits import Softmax16
from qpim_emu.workload.operations.sub import Sub
from qpim_emu.workload.operations.transpose import Transpose

__all__ = [
    "Activation",
    "Add",
    "AveragePool2d",
    "Clamp",
    "Concat",
    "Flatten",
    "FloatSoftmax",
    "GlobalAveragePool2d",
    "Lookup",
    "MaxPool2d",
    "Mean",
    "Movement",
    "Mul",
    "Operation",
    "Pad",
    "PairLookup",
    "Relu",
    "Repeat",
    "Rescale",
    "Reshape",
    "Slice",
    "Softmax",
    "Softmax16",
    "Sub",
    "Transpose",
    "WideSoftmax",
    "activation_limits",
]
