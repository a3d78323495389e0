"""A related cohort, read as another cohort is: the source of a method that borrows."""

from __future__ import annotations

from pathlib import Path

from fewfold.core.types import Frame
from fewfold.data.cohort import Cohort
from fewfold.data.conform import conform
from fewfold.data.io.table import read_frame
from fewfold.data.provenance import ORIGIN
from fewfold.data.schema import Schema


def read_source(path: str | Path, like: Cohort) -> Cohort:
    """The cohort in a file, its variables as in the schema of ``like``.

    Of the file only features, target and patient are read; rows without a target are left out. Raises ``BadInput``
    where a feature or the target is not among its columns, or has values that the schema does not know.
    """
    return source_from(read_frame(path), like.schema)


def source_from(frame: Frame, schema: Schema) -> Cohort:
    """The same of a raw table."""
    subject = schema.role("subject")
    named = subject is not None and subject.name in frame.columns
    kept = [v for v in schema.variables if v in schema.modelled or (named and v == subject)]
    known = Schema(variables=tuple(kept))
    some = frame[[name for name in frame.columns if name in known.names or name == ORIGIN]]
    return conform(some, known, drop_missing_target=True, several_classes=True, check_target=False)
