"""One name for all compiled products: the type of the panels says which kernel runs.

`multiply` is called from Python and from compiled functions alike; these must be
`compiled_across`, as they take in code of this folder.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from numba.extending import overload

from qpim_emu.engine.fast.kernels.instructions import BYTES64, INSTRUCTIONS
from qpim_emu.engine.fast.kernels.limbs import LIMBS16, saturate_limbs
from qpim_emu.engine.fast.kernels.loops import Loops32, Loops64, multiply_loops32, multiply_loops64
from qpim_emu.engine.fast.kernels.saturating import saturate_loops
from qpim_emu.engine.fast.kernels.stepping import saturate_vectors
from qpim_emu.engine.fast.kernels.vector import multiply_slices, multiply_vectors

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qpim_emu.engine.fast.kernels.kernel import Panels
    from qpim_emu.engine.fast.kernels.saturating import Registers, Steps

__all__ = ["multiply", "saturate"]

FUNCTIONS: Final[dict[object, Any]] = {
    **dict.fromkeys(INSTRUCTIONS, multiply_vectors),
    BYTES64.panels: multiply_slices,
    Loops32: multiply_loops32,
    Loops64: multiply_loops64,
}

STEPPING: Final[dict[object, Any]] = {
    **{panels: saturate_vectors for panels, one in INSTRUCTIONS.items() if one.slices == 1},
    LIMBS16.panels: saturate_limbs,
    Loops64: saturate_loops,
}


def multiply(panels: Panels, tile: NDArray[Any], sums: NDArray[Any]) -> None:
    """Compute ``sums[v, r] = sum_k tile[v, k] * table[r, k]`` with the kernel of the panels.

    Parameters
    ----------
    panels
        Resident vectors, packed by their kernel.
    tile
        Streamed vectors, C-contiguous ``[vectors, depth]`` of the kernel's streamed type; 0 from
        K on.
    sums
        C-contiguous ``[vectors, columns]`` of the kernel's type; overwritten. Columns beyond the
        residents come out 0.
    """
    FUNCTIONS[type(panels)](panels, tile, sums)


@overload(multiply)
def multiply_compiled(panels: Panels, tile: NDArray[Any], sums: NDArray[Any]) -> Any:  # noqa: ANN401, ARG001
    """Choose the function when a caller is compiled.

    numba passes the types of the arguments, and wants these annotations to be those of the
    functions.
    """
    found = FUNCTIONS.get(getattr(panels, "instance_class", None))
    return None if found is None else found.py_func


def saturate(panels: Panels, tile: NDArray[Any], registers: Registers, steps: Steps) -> None:
    """Add block after block of ``tile[v, k] * table[r, k]`` to the registers, clipping each time.

    Parameters
    ----------
    panels, tile
        As for `multiply`; not for `BYTES64` and `LOOPS32`.
    registers
        Of ``[vectors, columns]``, C-contiguous; changed in place.
    steps
        As `qpim_emu.engine.fast.kernels.stepping_rule` makes them.
    """
    STEPPING[type(panels)](panels, tile, registers, steps)


@overload(saturate)
def saturate_compiled(
    panels: Panels,
    tile: NDArray[Any],  # noqa: ARG001
    registers: Registers,  # noqa: ARG001
    steps: Steps,  # noqa: ARG001
) -> Any:  # noqa: ANN401
    """Choose the function when a caller is compiled, as `multiply_compiled` does."""
    found = STEPPING.get(getattr(panels, "instance_class", None))
    return None if found is None else found.py_func
