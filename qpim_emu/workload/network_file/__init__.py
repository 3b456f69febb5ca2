"""Network files: a network, or examples for one, in a zip of arrays and a JSON header.

``docs/network-file.md`` describes the format key by key. One idea per module::

    network.py    examples.py    what is written and read
    constants.py                 tensors that a network holds
    steps.py      kinds.py       layers and operations by the names of their kinds
    values.py                    their parameters, by the types their classes declare
    arrays.py     header.py      tables of arrays, JSON objects
    npy.py        container.py   bytes of an array, bytes of a file

A file may come from anywhere: whatever is in it, reading it raises `NetworkFileError` or gives
what it says, in the memory it is allowed.
"""

from qpim_emu.workload.network_file.container import MAX_BYTES
from qpim_emu.workload.network_file.equality import networks_equal
from qpim_emu.workload.network_file.examples import Examples, load_examples, save_examples
from qpim_emu.workload.network_file.network import load_network, save_network

__all__ = [
    "MAX_BYTES",
    "Examples",
    "load_examples",
    "load_network",
    "networks_equal",
    "save_examples",
    "save_network",
]
