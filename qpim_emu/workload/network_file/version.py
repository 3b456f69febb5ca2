"""What a header says it is, looked at before anything else."""

from __future__ import annotations

from qpim_emu.workload.network_file.header import HEADER, Json
from qpim_emu.workload.network_file.problems import refuse

__all__ = ["check_version"]


def check_version(header: Json, *, format_name: str, versions: tuple[int, ...]) -> int:
    """Refuse a file of another format or version, whatever other keys it has.

    Returns
    -------
    int
        Which of the versions it is.

    Raises
    ------
    NetworkFileError
        Naming what it is.
    """
    if not isinstance(header, dict):
        refuse(HEADER, "an object", header)
    if header.get("format") != format_name:
        refuse(f"format of {HEADER}", repr(format_name), header.get("format"))
    found = header.get("version")
    if type(found) is not int or found not in versions:
        refuse(f"version of {HEADER}", " or ".join(map(str, versions)), found)
    return found
