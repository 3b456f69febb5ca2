"""The oracle as users call it: a machine gives the order of additions where it matters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpim_emu.engine.run import plan_layer
from qpim_emu.errors import LayerError
from qpim_emu.hardware.spec import check_spec
from qpim_emu.oracle import reference as oracle_reference
from qpim_emu.workload.accumulator import Overflow
from qpim_emu.workload.checks import integers
from qpim_emu.workload.layers import Conv1d, Conv2d, Linear

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from qpim_emu.hardware.spec import Spec
    from qpim_emu.mapping.request import Mapping
    from qpim_emu.oracle.result import Reference

__all__ = ["reference"]


def reference(
    layer: Conv1d | Conv2d | Linear,
    codes: ArrayLike,
    *,
    spec: Spec | None = None,
    mapping: Mapping | None = None,
) -> Reference:
    """Compute a layer independently of any machine, from its definition.

    Parameters
    ----------
    layer
        The layer.
    codes
        Input codes, as for `Machine.run`.
    spec, mapping
        The machine and mapping whose order of additions to follow. Needed for saturating
        accumulators only, whose result depends on that order.

    Returns
    -------
    Reference
        Accumulators, outputs, exact totals and how many of them overflowed or were clamped.

    Raises
    ------
    InputError
        If the input does not fit, or a saturating layer is given without `spec`.
    AccumulatorOverflowError
        If an accumulator of a ``trap`` layer overflows.

    Examples
    --------
    >>> import qpim_emu as qe
    >>> layer = qe.Linear(weights=[[1, -2, 3]], weight_type="int4", activation_type="uint4")
    >>> qe.reference(layer, [[4, 5, 6]]).accumulators
    array([[12]])
    """
    given: object = layer
    if not isinstance(given, Conv1d | Conv2d | Linear):
        msg = f"layer must be a Conv1d, Conv2d or Linear, got {given!r}"
        raise LayerError(msg)
    if spec is not None:
        check_spec(spec)
    if spec is None or layer.accumulator.overflow is not Overflow.SATURATE:
        return oracle_reference(layer, codes)
    shape = integers(codes, field="input").shape
    plan = plan_layer(layer, shape, spec=spec, mapping=mapping)
    return oracle_reference(layer, codes, groups=plan.word_groups)
