"""The visits of a patient in their order."""

from __future__ import annotations

import numpy as np

from fewfold.core.types import Bools, Floats, Ints
from fewfold.data.cohort import Cohort, as_float


def visit_order(cohort: Cohort) -> tuple[Ints, Bools]:
    """(m,) positions of the rows whose time is known, by patient and time, and (m,) whether each is its patient's
    first.

    Rows of one patient at one time stay in their order. Raises ``LookupError`` where a column with the role subject or
    visit_time is not there.
    """
    time = cohort.schema.role("visit_time")
    absent = [role for role in ("subject", "visit_time") if cohort.schema.role(role) is None]
    if time is None or absent:
        raise LookupError(f"no column with the role {' and none with the role '.join(absent)}")
    times = as_float(cohort.table[time.name], time)
    order = np.lexsort((times, cohort.subjects))
    order = order[~np.isnan(times[order])]
    subjects = cohort.subjects[order]
    first = np.ones(len(order), dtype=bool)
    first[1:] = subjects[1:] != subjects[:-1]
    return order, first


def at_previous(cohort: Cohort, values: Floats) -> Floats:
    """As ``values``, (n,) or (n, p): each row's at its patient's visit before; NaN at the first visit."""
    order, first = visit_order(cohort)
    out = np.full(values.shape, np.nan)
    later = np.flatnonzero(~first)
    out[order[later]] = values[order[later - 1]]
    return out


def at_first(cohort: Cohort, values: Floats) -> Floats:
    """(n,) each row's value at its patient's first visit; NaN where the time of the row is not known."""
    order, first = visit_order(cohort)
    out = np.full(len(cohort), np.nan)
    if len(order):
        starts = np.maximum.accumulate(np.where(first, np.arange(len(order)), 0))
        out[order] = values[order[starts]]
    return out
