"""Rows as a method draws them, before they become a cohort."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from fewfold.core.types import Floats, Frame, Ints
from fewfold.data.blocks.images import BLOCK, Images
from fewfold.data.cohort import Cohort, table_from
from fewfold.data.provenance import Provenance
from fewfold.data.schema import Schema


@dataclass(frozen=True)
class Drawn:
    """What ``_sample`` returns.

    ``values``: (n, features + target) coded as ``Cohort.modelled``. ``sources``: (n, k) positions of the training
    rows that each row was made from, -1 for none; leave it out where rows are drawn from a distribution. ``broken``:
    where the method itself mends what breaks a rule, the table of :func:`~fewfold.data.rules.violations` before that.
    ``images``: one a row, where the method makes them. ``follow_up``: (n, 2) the event time and the event, coded in the
    same way, where it draws them.
    """

    values: Floats
    sources: Ints | None = None
    broken: Frame | None = None
    images: Images | None = None
    follow_up: Floats | None = None

    @classmethod
    def beside(cls, values: Floats, labels: Floats | None) -> Drawn:
        """Rows drawn of ``Method._variables``, with the classes that were asked for, where the target has some."""
        return cls(values if labels is None else np.column_stack([values, labels]))

    def take(self, rows: Ints) -> Drawn:
        """Some rows, by position, without what they had broken."""
        sources = None if self.sources is None else self.sources[rows]
        images = None if self.images is None else self.images.take(rows)
        follow_up = None if self.follow_up is None else self.follow_up[rows]
        return Drawn(self.values[rows], sources, images=images, follow_up=follow_up)

    @staticmethod
    def concat(pieces: Sequence[Drawn]) -> Drawn:
        """One after the other."""
        values = np.concatenate([piece.values for piece in pieces])
        blocks = [piece.images for piece in pieces if piece.images is not None]
        images = blocks[0].concat(blocks[1:]) if len(blocks) == len(pieces) else None
        ends = [piece.follow_up for piece in pieces if piece.follow_up is not None]
        follow_up = np.concatenate(ends) if ends else None
        if all(piece.sources is None for piece in pieces):
            return Drawn(values, images=images, follow_up=follow_up)
        none = (np.full((len(piece.values), 1), -1) for piece in pieces)
        sources = [n if piece.sources is None else piece.sources for piece, n in zip(pieces, none, strict=True)]
        width = max(found.shape[1] for found in sources)
        padded = [np.pad(s, ((0, 0), (0, width - s.shape[1])), constant_values=-1) for s in sources]
        return Drawn(values, np.concatenate(padded), images=images, follow_up=follow_up)


def synthetic_cohort(schema: Schema, drawn: Drawn, provenance: Provenance, start: int = 0) -> Cohort:
    """The cohort of made rows, subjects numbered from ``start`` on; what was not drawn is missing."""
    n, images = len(drawn.values), drawn.images
    made = table_from(drawn.values, schema.modelled)
    if drawn.follow_up is not None:
        made |= table_from(drawn.follow_up, schema.follow_up)
    columns: dict[str, Frame] = {}
    for variable in schema.variables:
        if variable.name in made:
            columns[variable.name] = made[variable.name]
        elif variable.role == "subject":
            columns[variable.name] = [f"synthetic-{start + i + 1:07d}" for i in range(n)]
        elif variable.role in ("site", "ignore"):  # kept as read, so of no dtype
            columns[variable.name] = np.full(n, np.nan)
        else:
            columns |= table_from(np.full((n, 1), np.nan), [variable])
    table = pd.DataFrame(columns, index=pd.RangeIndex(start, start + n))
    cohort = Cohort(table, schema, provenance)
    return cohort if images is None else cohort.with_block(BLOCK, images)
