"""What is made of programs, kept between runs of the same shape, within a bound."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

__all__ = ["KEPT_PLANES", "PLANE_BYTES", "Itself", "Keeper"]

KEPT_PLANES = 1 << 16
"""Most planes of all programs that a keeper holds things of."""

PLANE_BYTES = 2048
"""What a plane takes, about."""

LEAST_PLANES = 64
"""What a small program counts as, so that there are not too many of them."""

Value = TypeVar("Value")


class Itself:
    """An immutable object as part of a key: equal to itself only, and alive as long as the key.

    Programs and homes are shared, and larger than anything that is made of them; comparing them
    by value would cost as much.
    """

    __slots__ = ("held",)

    def __init__(self, held: object) -> None:
        self.held = held

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Itself) and self.held is other.held

    def __hash__(self) -> int:
        return id(self.held)


class Keeper(Generic[Value]):
    """Things by key, the last ones used.

    Only what depends on the key alone may be kept: sizes, formats and the machine, never data.
    """

    def __init__(self) -> None:
        self.kept: dict[Hashable, tuple[int, Value]] = {}
        self.planes = 0
        self.lock = Lock()

    def find(
        self, key: Hashable, make: Callable[[], Value], *, planes: int | Callable[[], int]
    ) -> Value:
        """Find what is kept by a key, or make and keep it.

        Parameters
        ----------
        key
            What it depends on.
        make
            Makes it; errors pass through and nothing is kept.
        planes
            Planes of its programs, or what counts them. What has more than `KEPT_PLANES` is made
            afresh each time.
        """
        with self.lock:
            found = self.kept.pop(key, None)
            if found is not None:
                self.kept[key] = found  # the last used is the last to go
                return found[1]
        value = make()
        size = max(planes if isinstance(planes, int) else planes(), LEAST_PLANES)
        if size <= KEPT_PLANES:
            self.keep(key, size, value)
        return value

    def keep(self, key: Hashable, size: int, value: Value) -> None:
        """Keep a value, and let the least lately used go where there are too many."""
        with self.lock:
            if key in self.kept:
                return
            self.kept[key] = size, value
            self.planes += size
            while self.planes > KEPT_PLANES:
                self.planes -= self.kept.pop(next(iter(self.kept)))[0]

    def forget(self) -> None:
        """Let everything go; for measurements."""
        with self.lock:
            self.kept.clear()
            self.planes = 0
