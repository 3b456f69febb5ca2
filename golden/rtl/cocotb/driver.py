"""Driving `qpim_vault`: the clock, its commands, and integers in and out of its ports."""
# ruff: noqa: INP001, ANN401 - not a package to install; cocotb's handles are dynamic

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cocotb.triggers import Timer

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Driver", "packed", "signed", "unpacked"]

OPERATIONS = ("mode", "load", "zeros", "start", "stream")


def packed(values: Iterable[int], bits: int) -> int:
    """Put integers of `bits` bits side by side, the first lowest, negative ones wrapped."""
    return sum((value & (1 << bits) - 1) << i * bits for i, value in enumerate(values))


def unpacked(value: int, bits: int, count: int) -> list[int]:
    """Take unsigned integers of `bits` bits apart, the lowest first."""
    return [value >> i * bits & (1 << bits) - 1 for i in range(count)]


def signed(value: int, bits: int) -> int:
    """Read the low `bits` bits as a two's complement number."""
    return ((value + (1 << bits - 1)) & (1 << bits) - 1) - (1 << bits - 1)


class Driver:
    """A vault and its clock.

    Parameters
    ----------
    dut
        `qpim_vault`.

    Attributes
    ----------
    sizes
        Its parameters by name.
    """

    def __init__(self, dut: Any) -> None:
        self.dut = dut
        names = ("W", "WPB", "K", "G", "F", "A")
        self.sizes = {name: getattr(dut, name).value.to_unsigned() for name in names}
        for name in OPERATIONS:
            getattr(dut, name).value = 0

    def set(self, **ports: int) -> None:
        """Drive ports; they settle with the next wait."""
        for name, value in ports.items():
            getattr(self.dut, name).value = value

    async def settle(self) -> None:
        """Wait until combinational outputs show what was set."""
        await Timer(1, "ns")

    async def clock(self, operation: str, **ports: int) -> None:
        """Perform one operation: a rising edge with its strobe set."""
        self.set(**ports, **{operation: 1, "clk": 0})
        await self.settle()
        self.set(clk=1)
        await self.settle()
        self.set(**{operation: 0, "clk": 0})
        await self.settle()

    async def read(self, blocks: list[tuple[int, ...]]) -> list[int]:
        """RD: put blocks before the gates; return the words of the bus."""
        width = self.sizes["W"]
        words = [word for block in blocks for word in block]
        self.set(cells=packed(words, width), count=len(blocks))
        await self.settle()
        return unpacked(self.dut.bus.value.to_unsigned(), width, self.sizes["WPB"])
