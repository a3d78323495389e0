"""Comparisons for the tests of metrics: real patients split in two, and rows that stand for synthetic ones."""

from __future__ import annotations

import numpy as np
import pandas as pd

from conftest import make_cohort
from fewfold.core.types import Floats, Frame, Ints
from fewfold.data.cohort import Cohort
from fewfold.data.provenance import Provenance, Record, Repair
from fewfold.data.schema import Schema, Variable
from fewfold.metrics.base import Comparison


def as_synthetic(cohort: Cohort, sources: Ints | None = None) -> Cohort:
    """The same values, said to be made by a method that rules steered and never had to mend; each row a patient."""
    table = cohort.table.reset_index(drop=True)
    subject = cohort.schema.role("subject")
    if subject is not None:
        table = table.assign(**{subject.name: [f"synthetic-{i}" for i in range(len(table))]})
    record = Record("test", "0", repair=Repair(len(table), 0, {}, len(table)))
    return Cohort(table, cohort.schema, Provenance.synthetic(len(table), record, sources))


def split(cohort: Cohort, parts: int = 2) -> list[Cohort]:
    """Equal parts of the patients, in order."""
    patients = np.array_split(np.unique(cohort.subjects), parts)
    return [cohort.take(np.flatnonzero(np.isin(cohort.subjects, some))) for some in patients]


def real_thirds(n: int = 60, *, seed: int = 0, task: str = "binary", rows_per_subject: int = 1) -> Comparison:
    """``n`` patients each in train and holdout, and as many fresh ones in place of synthetic rows."""
    rows = 3 * n * rows_per_subject
    train, holdout, fresh = split(make_cohort(rows, task=task, seed=seed, rows_per_subject=rows_per_subject), 3)
    return Comparison(train.as_part("train"), holdout.as_part("holdout"), as_synthetic(fresh))


def comparison_of(train: Frame, holdout: Frame, synthetic: Frame, variables: list[Variable]) -> Comparison:
    """A comparison of three raw tables."""
    schema = Schema(variables=tuple(variables))
    real = Cohort.real(pd.concat([train, holdout], ignore_index=True), schema)
    a, b = real.take(np.arange(len(train))), real.take(np.arange(len(train), len(real)))
    return Comparison(a, b, as_synthetic(Cohort.real(synthetic, schema)))


def numbers(train: Floats, holdout: Floats, synthetic: Floats) -> Comparison:
    """A comparison of three (n, p) matrices of numeric variables a0, a1, ..."""
    names = [f"a{j}" for j in range(train.shape[1])]
    variables = [Variable(name=name, kind="numeric") for name in names]
    return comparison_of(*(pd.DataFrame(x, columns=names) for x in (train, holdout, synthetic)), variables)
