"""Several errors told at once, so that a user need not find them one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from fewfold.core.errors import BadInput


class ManyFaults(BadInput):
    """Several things handed in cannot be used; ``faults`` are the errors, one for each."""

    def __init__(self, faults: Sequence[BadInput]) -> None:
        self.faults = tuple(faults)
        told = "".join(f"\n  {number}. {fault}" for number, fault in enumerate(faults, start=1))
        super().__init__(
            expected="a table that fits what is said of it", found=f"{len(faults)} faults", fix=f"Mend them all:{told}"
        )

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.faults,)


class Faults:
    """Keeps errors until all that can be looked at has been."""

    def __init__(self) -> None:
        self._kept: list[BadInput] = []

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Go on after a ``BadInput`` in the block, and remember it."""
        try:
            yield
        except BadInput as error:
            self._kept.append(error)

    def raise_if_any(self) -> None:
        """Raise the error that was kept, or ``ManyFaults``."""
        if len(self._kept) == 1:
            raise self._kept[0]
        if self._kept:
            raise ManyFaults(self._kept)
