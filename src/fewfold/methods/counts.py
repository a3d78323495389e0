"""How many rows of each class are to be drawn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np

from fewfold.core.errors import BadInput
from fewfold.core.types import Ints, Level
from fewfold.data.cohort import order_of_levels
from fewfold.data.schema import Schema

PerClass = Mapping[Level, int] | Literal["balance"] | None


def counted_rows(schema: Schema, class_counts: Mapping[Level, int], n: int | None, per_class: PerClass) -> Ints | None:
    """Rows to draw for each target code; None where the target has no classes.

    ``class_counts``: the training rows of each level. Raises ``BadInput`` for a class that was not seen.
    """
    if not class_counts:
        if per_class is not None:
            raise BadInput(
                expected="per_class only for a target with classes",
                found=f"per_class={per_class!r}",
                fix="Pass n.",
            )
        return None
    target = schema.target
    levels = order_of_levels(target) if target else ()
    have = np.array([class_counts[level] for level in levels])
    if per_class == "balance":
        missing: Ints = np.where(have > 0, have.max() - have, 0)
        return missing
    if per_class is None:
        return proportional(have, natural(n))
    if not isinstance(per_class, Mapping):
        raise BadInput(
            expected="a number of rows for each level, or 'balance'",
            found=f"per_class={per_class!r}",
            fix=f"Pass per_class={{{levels[0]!r}: 10}}, for example.",
        )
    unknown = set(per_class) - set(levels)
    empty = {level for level, count in per_class.items() if count and not class_counts.get(level)}
    if unknown or empty:
        raise BadInput(
            expected=f"levels seen in training: {', '.join(repr(k) for k, v in class_counts.items() if v)}",
            found=", ".join(map(repr, sorted(unknown | empty, key=str))),
            fix="Ask only for classes that the method has learned.",
        )
    return np.array([natural(per_class.get(level, 0)) for level in levels], dtype=np.int64)


def proportional(have: Ints, n: int) -> Ints:
    """``n`` shared out in the proportions of ``have`` by largest remainder; sums to ``n``."""
    exact = have * (n / have.sum())
    counts: Ints = np.floor(exact).astype(np.int64)
    counts[np.argsort(counts - exact, kind="stable")[: n - int(counts.sum())]] += 1
    return counts


def natural(n: int | None) -> int:
    """``n`` if it is a whole number of 0 or more, else ``BadInput``."""
    if n is None or n < 0 or int(n) != n:
        raise BadInput(
            expected="a whole number of rows, 0 or more",
            found=repr(n),
            fix="Pass n, or per_class with counts.",
        )
    return int(n)
