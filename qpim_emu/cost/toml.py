"""Energy parameters as TOML; only this module knows the file format.

::

    base = "hmc-lit"          # optional: a preset that supplies what the file leaves out
    name = "short TSVs"

    [parameters.tsv_pj_per_bit]
    value = 0.1
    low = 0.05                # optional, with high: the range seen in the literature
    high = 0.2
    provenance = "published"  # or derived, or assumed (if left out)
    source = "a paper"

Units are those of `qpim_emu.cost.parameters.UNITS`.
"""

from __future__ import annotations

import tomllib
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tomli_w

from qpim_emu.cost.parameters import UNITS, Parameter, Parameters
from qpim_emu.cost.presets import PRESETS, preset
from qpim_emu.errors import InputError, SpecError
from qpim_emu.files import read_bounded, write_whole
from qpim_emu.hardware.sources import Provenance

if TYPE_CHECKING:
    import os

__all__ = ["dump_parameters", "dumps", "load_parameters", "loads", "read_parameters"]

KEYS = tuple(item.name for item in fields(Parameter))
TOP_KEYS = ("base", "name", "parameters")
MAX_BYTES = 1 << 20


def read_parameters(name: str) -> Parameters:
    """Read a preset by its name, or a TOML file by its path.

    Raises
    ------
    InputError
        If it is neither.
    """
    if name.lower() in PRESETS or not (Path(name).suffix or Path(name).exists()):
        return preset(name)
    return load_parameters(name)


def load_parameters(path: str | os.PathLike[str]) -> Parameters:
    """Read parameters from a TOML file.

    Raises
    ------
    SpecError
        If the file cannot be read; otherwise as `loads`.
    """
    try:
        text = read_bounded(path, most=MAX_BYTES).decode("utf-8-sig")
    except (OSError, ValueError) as error:
        raise SpecError([f"path must be a readable UTF-8 file, got {path}: {error}"]) from error
    return loads(text)


def loads(text: str) -> Parameters:
    """Read parameters from TOML text.

    Raises
    ------
    SpecError
        If `text` is no TOML; otherwise naming every unknown or missing key and every bad value.
    """
    try:
        table = tomllib.loads(text)
    except (RecursionError, ValueError) as error:
        raise SpecError([f"text must be TOML, got {error}"]) from error
    problems = [
        f"{key} must be one of {', '.join(TOP_KEYS)}, got an unknown key"
        for key in table
        if key not in TOP_KEYS
    ]
    base = read_base(table, problems)
    name = table.get("name", base.name if base and not table.get("parameters") else "custom")
    if not isinstance(name, str):
        problems.append(f"name must be a string, got {name!r}")
    values = dict(base.values) if base else {}
    values |= read_values(table.get("parameters", {}), problems)
    if "base" not in table:
        known = table.get("parameters", {})
        problems += [f"{key} must be given, got nothing" for key in UNITS if key not in known]
    if problems:
        raise SpecError(problems)
    return Parameters(name=name, values=values)


def read_base(table: dict[str, Any], problems: list[str]) -> Parameters | None:
    """Look the preset up that the file builds on."""
    if "base" not in table:
        return None
    try:
        return preset(table["base"])
    except InputError as error:
        problems.append(f"base: {error}")
        return None


def read_values(tables: object, problems: list[str]) -> dict[str, Parameter]:
    """Read the parameters that can be read, and report the others."""
    if not isinstance(tables, dict):
        problems.append(f"parameters must be a table, got {tables!r}")
        return {}
    values = {}
    for name, table in tables.items():
        if name not in UNITS:
            problems.append(f"{name} must be one of {', '.join(UNITS)}, got an unknown name")
        elif not isinstance(table, dict):
            problems.append(f"{name} must be a table with a value, got {table!r}")
        else:
            problems += [
                f"{name}.{key} must be one of {', '.join(KEYS)}, got an unknown key"
                for key in table
                if key not in KEYS
            ]
            try:
                values[name] = read_value(table)
            except InputError as error:
                problems.append(f"{name}: {error}")
    return values


def read_value(table: dict[str, Any]) -> Parameter:
    """Read one parameter; one without provenance is assumed."""
    return Parameter(
        value=table.get("value"),  # type: ignore[arg-type] # checked on construction
        low=table.get("low"),
        high=table.get("high"),
        provenance=table.get("provenance", Provenance.ASSUMED),
        source=table.get("source", "given by the user"),
    )


def dump_parameters(parameters: Parameters, path: str | os.PathLike[str]) -> None:
    """Write parameters to a TOML file that `load_parameters` reads back exactly."""
    write_whole(path, dumps(parameters))


def dumps(parameters: Parameters) -> str:
    """Write parameters as TOML text that `loads` reads back exactly, sources included."""
    tables = {
        name: {
            key: str(value) if key == "provenance" else value
            for key in KEYS
            if (value := getattr(one, key)) is not None
        }
        for name, one in parameters.values.items()
    }
    return tomli_w.dumps({"name": parameters.name, "parameters": tables})
