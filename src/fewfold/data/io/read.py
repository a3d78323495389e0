"""A file to a cohort, and a cohort to a file."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from fewfold.core.errors import BadInput
from fewfold.core.types import Frame
from fewfold.data.cohort import Cohort
from fewfold.data.conform import conform
from fewfold.data.infer import infer_schema
from fewfold.data.io.redcap import infer_redcap
from fewfold.data.io.table import read_frame, write_frame
from fewfold.data.provenance import ORIGIN
from fewfold.data.schema import Schema


def read(
    path: str | Path,
    *,
    target: str | None = None,
    subject: str | None = None,
    site: str | None = None,
    time: str | None = None,
    event: str | None = None,
    schema: Schema | None = None,
    dictionary: str | Path | None = None,
    drop_missing_target: bool = False,
    several_classes: bool = False,
) -> Cohort:
    """A cohort from a table in a file (CSV, TSV, Excel, Parquet, Stata, SPSS, SAS).

    The columns named get those roles and the rest is inferred (:func:`fewfold.data.infer.infer_schema`), with the help
    of a REDCap data ``dictionary`` where there is one; or ``schema`` says it all. The last two options are those of
    :func:`fewfold.data.conform.conform_noted`.
    Raises ``BadInput`` for a file or values that cannot be used, ``MissingExtra`` for a format whose reader is not
    installed.
    """
    roles = {"target": target, "subject": subject, "site": site, "time": time, "event": event}
    frame = read_frame(path)
    named = [name for name, value in {**roles, "dictionary": dictionary}.items() if value is not None]
    if schema is not None and named:
        raise BadInput(
            expected="a schema, or the roles of columns",
            found=f"a schema and {', '.join(named)}",
            fix="Set the roles in the schema: schema.with_variables([...]).",
        )
    if schema is None:
        inferred = infer_schema(frame, **roles) if dictionary is None else infer_redcap(frame, dictionary, **roles)
        schema = inferred.schema
    return conform(frame, schema, drop_missing_target=drop_missing_target, several_classes=several_classes)


def write(cohort: Cohort, path: str | Path) -> None:
    """Write the table of a cohort. Where a row is synthetic, a column ``fewfold_origin`` says which rows are."""
    table = cohort.table.copy(deep=False)
    for variable in cohort.schema.variables:
        if variable.kind in ("integer", "duration"):
            table[variable.name] = _whole(table[variable.name])
    synthetic = cohort.provenance.is_synthetic
    if synthetic.any():
        table[ORIGIN] = np.where(synthetic, "synthetic", "real")
    write_frame(table, path)


def _whole(column: Frame) -> Frame:
    """As whole numbers with missing values, so that 63 is not written as 63.0."""
    whole = column.dtype == np.float64 and (column.isna() | ((column == column.round()) & (column.abs() < 2**53))).all()
    return column.astype("Int64") if whole else column
