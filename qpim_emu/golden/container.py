"""The network of a package as a file that is the same bytes whatever compresses elsewhere."""

from __future__ import annotations

import io
import stat
import zipfile
from typing import TYPE_CHECKING

from qpim_emu.workload.network_file.network import encode_network

if TYPE_CHECKING:
    from qpim_emu.workload.network import Network

__all__ = ["network_bytes"]

EPOCH = (1980, 1, 1, 0, 0, 0)
READ_BY_ALL = stat.S_IFREG | 0o644
ON_UNIX = 3


def network_bytes(network: Network) -> bytes:
    """Write a network file whose entries are stored.

    `save_network` deflates them, and what that gives depends on the version of zlib.

    Raises
    ------
    NetworkFileError
        As `save_network`.
    """
    entries = encode_network(network)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED, allowZip64=False) as file:
        for name in sorted(entries):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.create_system, entry.external_attr = ON_UNIX, READ_BY_ALL << 16
            file.writestr(entry, entries[name])
    return stream.getvalue()
