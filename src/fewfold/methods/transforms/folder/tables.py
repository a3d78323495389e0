"""The tables of a folder of augmented images: the rows of their sources, and the boxes and points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from fewfold.data.blocks.image import Marks
from fewfold.data.blocks.images import BLOCK
from fewfold.data.cohort import Cohort
from fewfold.data.io.folder import BOXES, POINTS
from fewfold.data.io.folder_write import write_table
from fewfold.data.io.marks import BOX, POINT, written
from fewfold.data.io.stored import Stored
from fewfold.data.io.table import write_frame
from fewfold.data.provenance import Provenance, Record
from fewfold.data.schema import Schema, Variable
from fewfold.methods.transforms.folder.manifest import Line

SOURCE = "fewfold_source"


def entries_of(cohort: Cohort) -> list[Stored]:
    """The images of a cohort."""
    block: Any = cohort.blocks[BLOCK]
    return list(block.entries)


def _with(cohort: Cohort, column: str, values: Sequence[object]) -> Cohort:
    variables = (*cohort.schema.variables, Variable(name=column, kind="categorical", role="ignore"))
    table = cohort.table.assign(**{column: pd.Series(values, index=cohort.table.index, dtype=object)})
    return replace(cohort, table=table, schema=Schema(variables=variables, rules=cohort.schema.rules))


def write_tables(cohort: Cohort, lines: dict[int, list[Line]], record: Record, out: Path) -> None:
    """The row of its source for each copy, and the boxes and points."""
    copies = [(row, line) for row, own in lines.items() for line in own]
    if not copies:
        return
    rows = np.array([row for row, _ in copies])
    labels = cohort.table.index.to_numpy()[rows]
    provenance = Provenance.synthetic(len(rows), record, labels[:, None])
    table = Cohort(cohort.table.iloc[rows].reset_index(drop=True), cohort.schema, provenance)
    files = {row: line["files"] for row, (_, line) in enumerate(copies)}
    write_table(_with(table, SOURCE, [line["source"] for _, line in copies]), files, out)
    for key, name, ends in (("boxes", BOXES, BOX), ("points", POINTS, POINT)):
        told = {line["files"][BLOCK]: line[key] for _, line in copies if key in line and line[key]["at"]}
        marks = {file: Marks(np.array(own["at"], dtype=np.float64), tuple(own["labels"])) for file, own in told.items()}
        if marks:
            write_frame(written(marks, ends), out / name)
