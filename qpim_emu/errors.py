"""The exception tree of the emulator.

::

    QpimError
    ├── InputError (also ValueError)       something the caller gave is wrong
    │   ├── SpecError                      a machine specification (all problems at once)
    │   ├── LayerError                     a layer, operation or network definition
    │   ├── CodeError                      codes that do not fit their precision or shape
    │   ├── MappingError                   a mapping that does not apply to the layer
    │   │   └── CapacityError              the layer does not fit into the vaults
    │   ├── NetworkFileError               a network file that cannot be read
    │   ├── ModelFileError                 a model file of another tool that cannot be read
    │   │   └── UnsupportedModelError      ... or holds what cannot be computed exactly
    │   └── PackageError                   a golden package that cannot be read
    ├── MissingExtraError (also ImportError) an optional package is not installed
    ├── OracleUnsoundError                 an engine computes wrongly on this machine
    ├── IllegalCommandError                a command the vault must refuse; nothing changed
    │   ├── TimingError                    ... because it comes too early
    │   └── UnwrittenReadError             ... because it reads words nobody wrote
    ├── AccumulatorOverflowError           a ``trap`` accumulator left its format
    └── MismatchError (also AssertionError)  two results differ; says where

Every message names the field and the value: ``field must be X, got Y``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "AccumulatorOverflowError",
    "CapacityError",
    "CodeError",
    "IllegalCommandError",
    "InputError",
    "LayerError",
    "MappingError",
    "MismatchError",
    "MissingExtraError",
    "ModelFileError",
    "NetworkFileError",
    "OracleUnsoundError",
    "PackageError",
    "QpimError",
    "SpecError",
    "TimingError",
    "UnsupportedModelError",
    "UnwrittenReadError",
]


class QpimError(Exception):
    """Base of every error the emulator raises on purpose."""


class InputError(QpimError, ValueError):
    """Something the caller gave is wrong; the message names the field and the value."""


class SpecError(InputError):
    """A machine specification is invalid.

    Attributes
    ----------
    problems
        One line per problem, each naming its field; the message joins them.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(self.problems))


class LayerError(InputError):
    """A layer, an operation or a network is not well defined."""


class CodeError(InputError):
    """Codes do not fit the precision or the shape they are declared with."""


class MappingError(InputError):
    """A mapping was asked for that does not apply to the layer or the machine."""


class CapacityError(MappingError):
    """The layer does not fit into the vaults of the machine."""


class NetworkFileError(InputError):
    """A network file is truncated, damaged, foreign or of an unknown version."""


class ModelFileError(InputError):
    """A model file of another tool is truncated, damaged, foreign or too large."""


class UnsupportedModelError(ModelFileError):
    """A model holds what cannot be computed exactly.

    Attributes
    ----------
    refusals
        One line per operator, each naming it and saying what to do; the message joins them.
    """

    def __init__(self, refusals: Sequence[str]) -> None:
        self.refusals = tuple(refusals)
        super().__init__("; ".join(self.refusals))


class PackageError(InputError):
    """A golden package is incomplete, damaged, foreign or of an unknown version."""


class MissingExtraError(QpimError, ImportError):
    """An optional package is not installed; the message says how to install it."""


class OracleUnsoundError(QpimError):
    """An engine to compare with computes wrongly on this machine; comparing would mean nothing."""


class IllegalCommandError(QpimError):
    """A vault refuses a command; its state is exactly what it was before."""


class TimingError(IllegalCommandError):
    """A command was issued before its earliest legal cycle."""


class UnwrittenReadError(IllegalCommandError):
    """A read touches words that were never written."""


class AccumulatorOverflowError(QpimError):
    """The exact total of an output leaves the format of a ``trap`` accumulator."""


class MismatchError(QpimError, AssertionError):
    """Two results that must be equal differ; the message says where and by how much."""
