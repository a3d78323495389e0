"""The contract of a method that makes images: fit on training images, draw records, make images from them."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self, final

import numpy as np

import fewfold
from fewfold.core.cards import MethodCard
from fewfold.core.errors import BadInput, Leakage
from fewfold.core.registry import Registry
from fewfold.core.seeds import Rng, as_rng
from fewfold.core.types import Ints, Level
from fewfold.data.blocks.image import Header, Image, Marks
from fewfold.data.blocks.images import BLOCK, Images, images_among
from fewfold.data.cohort import Cohort, order_of_levels
from fewfold.data.provenance import Provenance, Record
from fewfold.data.schema import Schema
from fewfold.data.tag import Tag
from fewfold.methods.counts import PerClass, counted_rows, natural
from fewfold.methods.drawn import Drawn, synthetic_cohort
from fewfold.methods.image_models.record import Draw, ImageRecord
from fewfold.methods.training import check_training


@dataclass(frozen=True)
class Plan:
    """One image to be made: the positions of the training rows that it is made from, and what was drawn."""

    rows: tuple[int, ...]
    drawn: Draw


class ImageMethod(ABC):
    """Base of all that makes images. A subclass sets ``card``, takes keyword parameters, and writes three hooks.

    Each parameter of ``__init__`` is a JSON value and is stored under its own name. ``_draw`` says all there is to say
    of an image in positions of training rows and JSON values; ``_make`` reads that, what was learned and the training
    images, so that a record is replayed bit for bit. The training images are read anew from their block when they are
    needed.
    """

    card: ClassVar[MethodCard]
    schema: Schema
    class_counts: dict[Level, int]
    row_labels: Ints
    codes: Ints  # (n,) the target code of each training row; 0 where the target has no classes
    images: Images

    @property
    def params(self) -> dict[str, Any]:
        """Every parameter with its value."""
        return {name: getattr(self, name) for name in inspect.signature(type(self)).parameters}

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{k}={v!r}' for k, v in self.params.items())})"

    @final
    def fit(self, cohort: Cohort) -> Self:
        """Learn from the images of real training rows: the block ``image`` of the cohort.

        Raises ``Leakage`` for holdout or synthetic rows, and for an image that carries the tag of a made one;
        ``NotApplicable`` where the cohort is below the minimum of the card or has a target that the method is not
        for; ``BadInput`` where there are no images, or not of the form that the method asks for.
        """
        check_training(self.card, cohort)
        block = images_among(cohort.blocks)
        made = [entry.name for entry in block.entries if entry.header.tag is not None]
        if made:
            raise Leakage(
                expected="recorded images",
                found=f"{len(made)} made ones, {made[0]} among them",
                fix="Leave them out: fit on the real training images only.",
            )
        self.schema, self.class_counts, self.images = cohort.schema, cohort.class_counts, block
        self.row_labels = cohort.table.index.to_numpy(dtype=np.int64)
        self._rank = {label: row for row, label in enumerate(self.row_labels.tolist())}
        self.codes = cohort.y.astype(np.int64) if self.class_counts else np.zeros(len(cohort), dtype=np.int64)
        self._fit(cohort)
        return self

    @final
    def draw(self, n: int | None = None, *, rng: int | Rng, per_class: PerClass = None) -> list[ImageRecord]:
        """Records of images to be made, ordered by class; ``n`` and ``per_class`` as in ``Method.sample``."""
        self._check_fitted()
        counts = counted_rows(self.schema, self.class_counts, n, per_class)
        wanted = [natural(n)] if counts is None else counts.tolist()
        generator, labels = as_rng(rng), self.row_labels.tolist()
        return [
            ImageRecord(self.card.name, self._levels[code], tuple(labels[row] for row in plan.rows), plan.drawn)
            for code, count in enumerate(wanted)
            if count
            for plan in self._draw(code, count, generator)
        ]

    @final
    def make(self, record: ImageRecord) -> Image:
        """The image that the record tells of, bit for bit, tagged as made.

        Raises ``Leakage`` where a parent is no training row, and ``BadInput`` for a record of another method or of a
        class that was not learned.
        """
        plan = self._plan(record)
        return replace(self._make(self._code(record), plan), tag=self.tag(record))

    @final
    def sample(self, n: int | None = None, *, rng: int | Rng, per_class: PerClass = None, start: int = 0) -> Cohort:
        """Draw synthetic rows with an image each, ordered by class; an image is made when it is read.

        The target is known, all other columns are missing. The parents are on record in the provenance, and each entry
        of the block has the whole record. ``start`` is where the numbering of synthetic subjects starts.
        """
        seed = int(as_rng(rng).integers(2**63))
        records = self.draw(n, rng=np.random.default_rng(seed), per_class=per_class)
        width = max((len(record.parents) for record in records), default=0)
        sources = np.full((len(records), width), -1, dtype=np.int64)
        values = np.full((len(records), len(self.schema.modelled)), np.nan)
        for row, record in enumerate(records):
            sources[row, : len(record.parents)] = record.parents
            if self.class_counts:
                values[row, -1] = self._code(record)
        how = Record(self.card.name, fewfold.__version__, self.params, str(seed))
        cohort = synthetic_cohort(self.schema, Drawn(values), Provenance.synthetic(len(records), how, sources), start)
        entries = [Made(f"{self.card.name} {start + k + 1}", self, record) for k, record in enumerate(records)]
        return cohort.with_block(BLOCK, Images(tuple(entries)))

    def tag(self, record: ImageRecord) -> Tag:
        """What a made image carries: augmented where it was made from one training image."""
        how = Record(self.card.name, fewfold.__version__, self.params)
        return Tag("augmented" if len(set(record.parents)) == 1 else "synthetic", how)

    def header(self, record: ImageRecord) -> Header:
        """The header of the image that the record tells of."""
        rows = self._plan(record).rows or np.flatnonzero(self.codes == self._code(record))[:1].tolist()
        return replace(self.images.entries[rows[0]].header, tag=self.tag(record))

    @abstractmethod
    def _fit(self, cohort: Cohort) -> None:
        """Learn. ``self.images`` are the training images, ``self.codes`` their classes."""

    @abstractmethod
    def _draw(self, code: int, n: int, rng: Rng) -> list[Plan]:
        """Draw ``n`` images of the class with that target code."""

    @abstractmethod
    def _make(self, code: int, plan: Plan) -> Image:
        """Make an image of the class as planned; read nothing else but what was learned."""

    @property
    def _levels(self) -> tuple[Level | None, ...]:
        target = self.schema.target
        return order_of_levels(target) if self.class_counts and target is not None else (None,)

    def _code(self, record: ImageRecord) -> int:
        if record.level not in self._levels or not (self.codes == self._levels.index(record.level)).any():
            raise BadInput(
                expected=f"a class that was learned, of {', '.join(map(repr, self._levels))}",
                found=repr(record.level),
                fix="Replay a record with a method fitted on the rows that it was drawn from.",
            )
        return self._levels.index(record.level)

    def _plan(self, record: ImageRecord) -> Plan:
        self._check_fitted()
        if record.method != self.card.name:
            raise BadInput(
                expected=f"a record of {self.card.name}", found=record.method, fix="Replay it with its own method."
            )
        strangers = [label for label in record.parents if label not in self._rank]
        if strangers:
            raise Leakage(
                expected="parents that are training rows",
                found=f"row {strangers[0]}",
                fix="Replay a record with a method fitted on the rows that it was drawn from.",
            )
        return Plan(tuple(self._rank[label] for label in record.parents), record.drawn)

    def _check_fitted(self) -> None:
        if not hasattr(self, "schema"):
            raise BadInput(expected="a fitted method", found=f"{self!r}", fix="Call fit(cohort) first.")


IMAGE_METHODS: Registry[ImageMethod] = Registry("fewfold.methods", ImageMethod, "image method")


@dataclass(frozen=True, eq=False)
class Made:
    """An image that is made when it is read."""

    name: str
    method: ImageMethod
    record: ImageRecord

    @property
    def header(self) -> Header:
        """That of the image, tagged."""
        return self.method.header(self.record)

    @property
    def boxes(self) -> Marks | None:
        """None: boxes do not go through the making of an image."""
        return None

    @property
    def points(self) -> Marks | None:
        """None, as for boxes."""
        return None

    def read(self) -> Image:
        """The image."""
        return self.method.make(self.record)
