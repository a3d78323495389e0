"""Where each row comes from: real or synthetic, which part of a split, which method, which source rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from fewfold.core.types import Bools, Ints

ORIGIN = "fewfold_origin"  # the column that says of each row in a file whether it is synthetic
PARTS = ("whole", "train", "holdout")
WHOLE, TRAIN, HOLDOUT = range(3)


@dataclass(frozen=True)
class Repair:
    """How often the hard rules were broken by a batch of synthetic rows before that was mended.

    Of ``rows`` first drawn, as many as asked for, ``broken`` broke at least one rule, and ``by_rule`` says how many
    broke each. ``drawn``: all rows drawn until as many broke none.
    """

    rows: int
    broken: int
    by_rule: Mapping[str, int]
    drawn: int

    def __add__(self, other: Repair) -> Repair:
        by_rule = dict(Counter(self.by_rule) + Counter(other.by_rule))
        return Repair(self.rows + other.rows, self.broken + other.broken, by_rule, self.drawn + other.drawn)

    @property
    def rate(self) -> float:
        """Share of the rows first drawn that broke at least one rule."""
        return self.broken / self.rows


@dataclass(frozen=True)
class Record:
    """How a batch of synthetic rows was made. ``seed`` is the entropy of the generator that drew them; ``repair`` is
    there where rules or conditions steered the draws; ``given`` is what every row was asked to be."""

    method: str
    version: str
    params: Mapping[str, Any] = field(default_factory=dict)
    seed: str = ""
    repair: Repair | None = None
    given: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Provenance:
    """One entry a row.

    ``record``: -1 for a real row, else the position in ``records``. ``part``: position in ``PARTS``.
    ``sources``: (n, k) row labels of the real rows that a synthetic row was made from, -1 where there is none;
    k is 0 where a method draws from a distribution and keeps no rows.
    """

    record: Ints
    part: Ints
    sources: Ints
    records: tuple[Record, ...] = ()

    def __post_init__(self) -> None:
        if not len(self.record) == len(self.part) == len(self.sources):
            raise ValueError("provenance must have one entry a row in each of its parts")

    @classmethod
    def real(cls, n: int, part: int = WHOLE) -> Provenance:
        """Provenance of ``n`` real rows."""
        return cls(np.full(n, -1), np.full(n, part), np.empty((n, 0), dtype=np.int64))

    @classmethod
    def synthetic(cls, n: int, record: Record, sources: Ints | None = None) -> Provenance:
        """Provenance of ``n`` rows made by one call of one method."""
        lineage = np.empty((n, 0), dtype=np.int64) if sources is None else sources
        return cls(np.zeros(n, dtype=np.int64), np.full(n, TRAIN), lineage, (record,))

    @property
    def repair(self) -> Repair | None:
        """The repairs of all batches together; None where there was none."""
        repairs = [record.repair for record in self.records if record.repair is not None]
        return sum(repairs[1:], start=repairs[0]) if repairs else None

    @property
    def is_synthetic(self) -> Bools:
        """(n,) whether a row is synthetic."""
        return self.record >= 0

    def take(self, rows: Ints) -> Provenance:
        """The provenance of some rows, by position."""
        return replace(self, record=self.record[rows], part=self.part[rows], sources=self.sources[rows])

    def with_part(self, part: int) -> Provenance:
        """All rows moved to one part of a split."""
        return replace(self, part=np.full(len(self.part), part))

    @staticmethod
    def concat(pieces: list[Provenance]) -> Provenance:
        """One after the other."""
        width = max(p.sources.shape[1] for p in pieces)
        records: list[Record] = []
        codes = []
        for piece in pieces:
            codes.append(np.where(piece.record < 0, -1, piece.record + len(records)))
            records.extend(piece.records)
        padded = [np.pad(p.sources, ((0, 0), (0, width - p.sources.shape[1])), constant_values=-1) for p in pieces]
        return Provenance(
            np.concatenate(codes),
            np.concatenate([p.part for p in pieces]),
            np.concatenate(padded),
            tuple(records),
        )
