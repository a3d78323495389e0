"""Results that several metrics need of the same rows."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from hashlib import blake2b
from threading import Lock
from typing import Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt

KEPT = 1_000  # results, which are a few numbers each

Result = TypeVar("Result")


class Remembered(Generic[Result]):
    """The latest results, by a digest of all that they were computed from."""

    def __init__(self) -> None:
        self._results: OrderedDict[bytes, Result] = OrderedDict()
        self._lock = Lock()

    def of(self, *arrays: npt.NDArray[Any], about: str = "", make: Callable[[], Result]) -> Result:
        """What ``make`` gives, which depends on the arrays and on ``about`` alone."""
        seen = blake2b(about.encode(), digest_size=16)
        for array in arrays:
            seen.update(f"{array.dtype.str}{array.shape}".encode())
            seen.update(np.ascontiguousarray(array).data)
        key = seen.digest()
        with self._lock:
            if key in self._results:
                return self._results[key]
        result = make()
        with self._lock:
            self._results[key] = result
            while len(self._results) > KEPT:
                self._results.popitem(last=False)
        return result
