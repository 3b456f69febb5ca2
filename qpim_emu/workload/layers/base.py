"""What every MAC layer has: operands, windows, zero points, bias, accumulator, requantization."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

import numpy as np

from qpim_emu.arith.formats import Encoding, Format, parse_format
from qpim_emu.arith.integers import is_integer
from qpim_emu.arith.packing import lost_codes
from qpim_emu.arith.window import Window
from qpim_emu.errors import LayerError
from qpim_emu.workload.accumulator import Accumulator
from qpim_emu.workload.checks import check_codes, check_type, frozen_integers, integers
from qpim_emu.workload.narrowing import divide_half_even, exact_quotient
from qpim_emu.workload.requantize import Requantize

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from qpim_emu.arith.formats import FormatLike
    from qpim_emu.typing import BoolArray, IntArray

__all__ = ["MAX_PRECISION", "MacLayer"]

MAX_PRECISION = 16
ZERO_POINT_LIMIT = 1 << 16


@dataclass(frozen=True, slots=True, weakref_slot=True, init=False, eq=False)
class MacLayer:
    """Operands and number formats of one layer computed by the MAC lanes.

    Not used directly; see `Conv2d`, `Conv1d` and `Linear`, whose constructors take these
    parameters by keyword.

    Attributes
    ----------
    weights
        Weight codes, read-only ``int64``; the first axis counts filters.
    weight_type, activation_type
        Formats of the stored codes, 1..16 bits.
    weight_window, activation_window
        What the lanes read of each stored word; the whole code unless narrowed.
    weight_zero_point
        ``int64[filters]``, in units of the operand (after the window).
    activation_zero_point
        Scalar, in units of the operand.
    bias
        ``int64[filters]``; an accumulator starts here.
    accumulator, requantize
        Accumulator format and the unit behind it.
    """

    weights: IntArray
    weight_type: Format
    activation_type: Format
    weight_window: Window
    activation_window: Window
    weight_zero_point: IntArray
    activation_zero_point: int
    bias: IntArray
    accumulator: Accumulator
    requantize: Requantize

    def _set_operands(
        self,
        *,
        weights: ArrayLike,
        weight_type: FormatLike,
        activation_type: FormatLike,
        weight_window: Window | None,
        activation_window: Window | None,
        weight_zero_point: ArrayLike,
        activation_zero_point: int,
        bias: ArrayLike | None,
        accumulator: Accumulator | None,
        requantize: Requantize | None,
    ) -> None:
        stored = operand_type(weight_type, field="weight_type")
        codes = frozen_integers(weights, field="weights")
        check_codes(codes, stored, field="weights")
        streamed = operand_type(activation_type, field="activation_type")
        filters = codes.shape[0] if codes.ndim else 0
        accumulator = Accumulator() if accumulator is None else accumulator
        check_type(accumulator, Accumulator, field="accumulator")
        requantize = Requantize() if requantize is None else requantize
        check_type(requantize, Requantize, field="requantize")
        values: dict[str, object] = {
            "weights": codes,
            "weight_type": stored,
            "activation_type": streamed,
            "weight_window": read_window(weight_window, stored, field="weight_window"),
            "activation_window": read_window(
                activation_window, streamed, field="activation_window"
            ),
            "weight_zero_point": zero_points(weight_zero_point, filters),
            "activation_zero_point": int(
                zero_points(activation_zero_point, 1, field="activation_zero_point")[0]
            ),
            "accumulator": accumulator,
            "requantize": requantize,
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)
        self.requantize.check_accumulator(self.accumulator.bits)
        self.requantize.check_filters(filters)
        object.__setattr__(self, "bias", bias_of(bias, filters, self.accumulator))

    @property
    def filters(self) -> int:
        """Number of output channels."""
        return int(self.weights.shape[0])

    @property
    def output_format(self) -> Format:
        """Format of the output codes (of the accumulator where nothing is requantized)."""
        return self.requantize.output_format(self.accumulator.bits)

    def lost_weights(self) -> BoolArray:
        """Mark the weights that the window does not read back as they are stored.

        Returns
        -------
        BoolArray
            In the shape of `weights`; all False unless a window is narrower than the codes.
        """
        return lost_codes(self.weights, self.weight_type, self.weight_window)

    def lost_activations(self, codes: ArrayLike) -> BoolArray:
        """Mark the input codes that the window does not read back as they are stored.

        Parameters
        ----------
        codes
            Codes of `activation_type`, any shape.

        Returns
        -------
        BoolArray
            In the shape of `codes`.

        Raises
        ------
        CodeError
            If a code does not belong to `activation_type`.

        Examples
        --------
        >>> import qpim_emu as qe
        >>> wide = qe.Linear(weights=[[16, 17]], weight_type="int8", activation_type="uint8")
        >>> narrow = wide.narrowed(weight_shift=4)
        >>> narrow.lost_weights(), narrow.lost_activations([3, 4])
        (array([[False,  True]]), array([False, False]))
        """
        array = integers(codes, field="codes")
        check_codes(array, self.activation_type, field="codes")
        return lost_codes(array, self.activation_type, self.activation_window)

    def narrowed(self, *, weight_shift: int = 0, activation_shift: int = 0) -> Self:
        """Read only the upper bits of the stored codes, dropping the lowest ones.

        The unit of the accumulator becomes ``2**(weight_shift + activation_shift)``: the zero
        points are divided by the operand's share, the bias by the whole (rounded half to
        even), and the requantization is scaled up by it.

        Parameters
        ----------
        weight_shift, activation_shift
            How many low bits of each stored code are no longer read.

        Raises
        ------
        LayerError
            If no bit is left, a zero point is no multiple of its share, an operand is
            bipolar, or the requantization cannot be scaled exactly.
        """
        weight_window = narrow_window(self.weight_window, weight_shift, field="weight_shift")
        activation_window = narrow_window(
            self.activation_window, activation_shift, field="activation_shift"
        )
        weight_shift, activation_shift = int(weight_shift), int(activation_shift)
        total = weight_shift + activation_shift
        return replace(
            self,
            weight_window=weight_window,
            activation_window=activation_window,
            weight_zero_point=exact_quotient(
                self.weight_zero_point, weight_shift, field="weight_zero_point"
            ),
            activation_zero_point=int(
                exact_quotient(
                    np.array(self.activation_zero_point),
                    activation_shift,
                    field="activation_zero_point",
                )
            ),
            bias=divide_half_even(self.bias, total),
            requantize=self.requantize.narrowed(total),
        )


def operand_type(value: FormatLike, *, field: str) -> Format:
    """Read the type of an operand, at most 16 bits wide."""
    stored = parse_format(value, field=field)
    if stored.bits > MAX_PRECISION:
        msg = f"{field} must have 1..{MAX_PRECISION} bits, got {stored}"
        raise LayerError(msg)
    return stored


def read_window(window: Window | None, stored: Format, *, field: str) -> Window:
    """Window through which codes of `stored` are read: the whole code unless given."""
    window = Window(stored) if window is None else window
    check_type(window, Window, field=field)
    if window.past > MAX_PRECISION:
        msg = f"{field} must end at bit {MAX_PRECISION}, got {window} ending at {window.past}"
        raise LayerError(msg)
    return window


def narrow_window(window: Window, shift: int, *, field: str) -> Window:
    """Drop the `shift` lowest bits of a window."""
    if not is_integer(shift) or not 0 <= shift < window.precision:
        msg = f"{field} must leave at least one of {window.precision} bits, got {shift!r}"
        raise LayerError(msg)
    if shift == 0:
        return window
    if window.format.encoding is Encoding.BIPOLAR:  # pragma: no cover - one bit leaves none
        msg = f"{field} must be 0 for a bipolar operand, got {shift}"
        raise LayerError(msg)
    narrower = Format(window.precision - shift, window.format.encoding)
    return Window(narrower, shift=window.shift + shift)


def zero_points(value: ArrayLike, count: int, *, field: str = "weight_zero_point") -> IntArray:
    """Read a scalar or one zero point per filter as ``int64[count]``."""
    points = frozen_integers(value, field=field)
    if points.shape not in {(), (count,)}:
        msg = f"{field} must be a scalar or {count} values, got shape {points.shape}"
        raise LayerError(msg)
    outside = points[(points < -ZERO_POINT_LIMIT) | (points > ZERO_POINT_LIMIT)]
    if outside.size:
        msg = f"{field} must be within -{ZERO_POINT_LIMIT}..{ZERO_POINT_LIMIT}, got {outside[0]}"
        raise LayerError(msg)
    return np.broadcast_to(points, (count,))


def bias_of(bias: ArrayLike | None, filters: int, accumulator: Accumulator) -> IntArray:
    """Read the bias as ``int64[filters]``, each value inside the accumulator's format."""
    values = frozen_integers(0 if bias is None else bias, field="bias")
    if values.shape not in {(), (filters,)}:
        msg = f"bias must be a scalar or {filters} values, got shape {values.shape}"
        raise LayerError(msg)
    check_codes(values, accumulator.format, field="bias")
    return np.broadcast_to(values, (filters,))
