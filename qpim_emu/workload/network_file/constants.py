"""The tensors that a network holds, to the entries of a file and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpim_emu.workload.constant import Constant
from qpim_emu.workload.network_file.arrays import smallest_integers
from qpim_emu.workload.network_file.header import Json, read_list, read_object, read_text
from qpim_emu.workload.network_file.problems import inside, refuse

if TYPE_CHECKING:
    from qpim_emu.workload.network import Network
    from qpim_emu.workload.network_file.arrays import ArrayReader, ArrayWriter

__all__ = ["decode_constants", "encode_constants"]


def encode_constants(network: Network, arrays: ArrayWriter) -> dict[str, Json]:
    """Write the constants under their key, nothing where there are none."""
    constants: list[Json] = [
        {
            "name": read_text(name, field="name of a constant"),
            "codes": arrays.add(smallest_integers(held.codes), place=f"constants/{i}"),
            "format": str(held.format),
        }
        for i, (name, held) in enumerate(network.constants.items())
    ]
    return {"constants": constants} if constants else {}


def decode_constants(value: Json, arrays: ArrayReader) -> dict[str, Constant]:
    """Read the constants by name; there is at least one, or the file were of version 1."""
    constants: dict[str, Constant] = {}
    items = read_list(value, field="constants")
    if not items:
        refuse("constants", "at least one in version 2", items)
    for i, item in enumerate(items):
        field = f"constants[{i}]"
        keys = read_object(item, field=field, required=("name", "codes", "format"))
        name = read_text(keys["name"], field=f"name of {field}")
        if name in constants:
            refuse(f"name of {field}", "new", name)
        codes = arrays.take(keys["codes"], field=f"codes of {field}")
        with inside(field):
            constants[name] = Constant(
                codes=codes, format=read_text(keys["format"], field="format")
            )
    return constants
