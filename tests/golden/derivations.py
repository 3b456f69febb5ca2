"""Evaluates the derivations of golden packages: integer arithmetic, and nothing of the emulator.

A derivation is lines of ``table[record].column = expression`` below a line ``at FOLDER`` that
names the folder of the tables. Expressions are whole numbers with the operators of `OPERATORS`,
``min`` and ``max``. Blank lines and lines that begin with ``#`` are for the reader.

Run by itself, it checks the packages that are named: ``python derivations.py PACKAGE ...``.
"""

from __future__ import annotations

import ast
import operator
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["check_derivation", "derived_cells", "evaluate"]

LINE = re.compile(r"(\w+)\[(\d+)\]\.(\w+) = (.+)")

OPERATORS: dict[type, Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.LShift: operator.lshift,
    ast.RShift: operator.rshift,
    ast.BitAnd: operator.and_,
    ast.BitOr: operator.or_,
    ast.USub: operator.neg,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
}
FUNCTIONS = {"min": min, "max": max}


def evaluate(expression: str) -> int:
    """Compute an expression."""
    return int(value_of(ast.parse(expression, mode="eval").body))


def value_of(node: ast.expr) -> int:
    """Compute a part of an expression."""
    match node:
        case ast.Constant(value=int(number)):
            return number
        case ast.BinOp(left=left, op=op, right=right):
            return int(OPERATORS[type(op)](value_of(left), value_of(right)))
        case ast.UnaryOp(op=op, operand=operand):
            return int(OPERATORS[type(op)](value_of(operand)))
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return int(OPERATORS[type(op)](value_of(left), value_of(right)))
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return FUNCTIONS[name](*(value_of(argument) for argument in arguments))
        case _:
            msg = f"no whole number: {ast.unparse(node)}"
            raise ValueError(msg)


def read_cell(table: Path, record: int, column: str) -> str:
    """Digits of one column of one record."""
    header, *records = table.read_text(encoding="ascii").splitlines()
    names = header.removeprefix("//").split()
    return records[record].split()[names.index(column)]


def derived_cells(package: Path) -> list[tuple[str, int, str, str]]:
    """Every line of a package's derivation as (table, record, column, expression)."""
    folder, cells = "", []
    text = (package / "derivation.txt").read_text(encoding="utf-8")
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith("at "):
            folder = line.removeprefix("at ").strip()
            continue
        found = LINE.fullmatch(line)
        if found is None:
            msg = f"{package.name}, line {number}: {line}"
            raise ValueError(msg)
        name, record, column, expression = found.groups()
        cells.append((f"{folder}/{name}.txt", int(record), column, expression))
    return cells


def check_derivation(package: Path) -> list[str]:
    """Describe every number of a package that its derivation does not give."""
    wrong = []
    for name, record, column, expression in derived_cells(package):
        digits = read_cell(package / name, record, column)
        derived = evaluate(expression) % (1 << 4 * len(digits))
        if derived != int(digits, 16):
            wrong.append(f"{name}[{record}].{column}: {digits} is not {expression} = {derived:x}")
    return wrong


if __name__ == "__main__":
    problems = [problem for name in sys.argv[1:] for problem in check_derivation(Path(name))]
    sys.stdout.write("".join(f"{problem}\n" for problem in problems))
    sys.exit(bool(problems))
