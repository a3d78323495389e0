"""What is counted: patients, never rows."""

from __future__ import annotations

import numpy as np

from fewfold.core.types import Floats, Ints
from fewfold.data.cohort import Cohort


def units(cohort: Cohort) -> Ints:
    """(n,) code, from 0 on, of what one prediction stands for: the patient of each row; where the class changes between
    the rows of a patient, the patient in that class."""
    if cohort.task in ("continuous", "survival"):
        return np.unique(cohort.subjects, return_inverse=True)[1]
    return np.unique(np.column_stack([cohort.subjects, cohort.y]), axis=0, return_inverse=True)[1].ravel()


def by_unit(values: Floats, codes: Ints) -> Floats:
    """Mean over the rows of each unit, in the order of their codes."""
    _, codes = np.unique(codes, return_inverse=True)
    counts = np.bincount(codes)
    if values.ndim == 1:
        return np.bincount(codes, values) / counts
    return np.stack([np.bincount(codes, column) / counts for column in values.T], axis=1)


def patient_weights(subjects: Ints) -> Floats:
    """(n,) weights at which the rows of each patient count as one."""
    _, which, rows = np.unique(subjects, return_inverse=True, return_counts=True)
    weights: Floats = 1.0 / rows[which]
    return weights
