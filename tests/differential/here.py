"""Workers that need no processes: what would be sent is pickled, and computed here."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any

from qpim_emu.engine.workers import PartFailedError, Workers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["Here"]


class Here(Workers):
    """Two workers in this process."""

    def __init__(self) -> None:
        super().__init__(1)
        self.count = 2
        self.parts = 0

    def results(
        self,
        function: Callable[[Any, Any, Any], Any],
        common: object,
        parts: Iterable[Any],
        *,
        progress: Callable[[str, int], None] | None = None,
    ) -> Iterator[Any]:
        """Compute part after part."""
        task = pickle.dumps((function, common), 5)
        for part in parts:
            self.parts += 1
            function, common = pickle.loads(task)  # noqa: S301 - our own
            sent = pickle.loads(pickle.dumps(part, 5))  # noqa: S301 - likewise
            try:
                result = function(common, sent, progress or (lambda *_: None))
            except Exception as error:
                raise PartFailedError from error
            yield pickle.loads(pickle.dumps(result, 5))  # noqa: S301 - likewise
