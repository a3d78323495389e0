"""Are there subgroups of patients that have too few synthetic rows?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from fewfold.core.cards import MetricCard
from fewfold.core.errors import NotApplicable
from fewfold.core.seeds import Rng
from fewfold.core.types import Bools, Floats
from fewfold.data.cohort import Cohort, order_of_levels
from fewfold.data.encoding import Encoder
from fewfold.data.schema import Variable
from fewfold.metrics.base import Comparison, Metric

SMALLEST = 0.1  # share of the training rows of a class below which a subgroup is not judged in it
FEWEST = 7  # training rows below which it is not judged either
NEAREST = (0.15, 0.3)  # share of the training rows in a region
MOST_REGIONS = 100  # of each share
SHUFFLES = 100
TINY = 1e-9


class Subgroups(Metric):
    """The largest deficit of synthetic rows in a subgroup of at least 10 % of the training rows.

    Subgroups are the levels of each discrete feature, the quarters of each other one, and regions of all features
    together: around each training row, or around 100 of them, as far as to the nearest 15 % and 30 % of the training
    rows. The share of a subgroup among the synthetic rows is
    held against that among the training and holdout rows, class by class, and over all classes at the synthetic rows'
    own mix of classes (Mantel and Haenszel): a method may balance the classes, but not lose a subgroup. The
    largest deficit, in standard errors, is given in standard deviations above its mean over 100 shuffles of real and
    synthetic rows within the classes: 0 is what chance gives, whatever the sizes and the number of subgroups. Fresh
    patients stand in for the synthetic rows in the null.
    ``details``: the subgroup that lacks most, and its shares.
    """

    card = MetricCard(
        name="subgroups",
        title="Largest deficit in a subgroup (SDs above chance)",
        family="diversity",
        question="Which subgroup of the patients has too few synthetic rows?",
        better="lower",
        bounds=(float("-inf"), float("inf")),
        stand_in="fresh",
        equal_size=False,
        finding="FF507",
        most_rows=1_000,
        references=("10.1093/jnci/22.4.719",),
    )

    def _value(self, comparison: Comparison, rng: Rng) -> float:
        rows = _Rows.of(comparison)
        by_chance = rows.z(rows.shuffled(rng)).max(axis=(1, 2))
        found = float(rows.z(rows.made[None])[0].max())
        return (found - float(by_chance.mean())) / max(float(by_chance.std(ddof=1)), TINY)

    def _details(self, comparison: Comparison) -> dict[str, float]:
        rows = _Rows.of(comparison)
        z = rows.z(rows.made[None])[0]
        stratum, place = np.unravel_index(int(z.argmax()), z.shape)
        mix = (rows.n_made / rows.n_made.sum())[:, 0] if stratum == len(rows.made) else np.eye(len(rows.made))[stratum]
        real, made = (rows.all - rows.made) / np.maximum(rows.n_real, 1), rows.made / np.maximum(rows.n_made, 1)
        name = rows.names[int(place)]
        return {
            f"real share: {name}": float(mix @ real[:, place]),
            f"synthetic share: {name}": float(mix @ made[:, place]),
        }


@dataclass(frozen=True, eq=False)
class _Rows:
    """Who is in which subgroup. ``inside``: for each class (rows, subgroups), synthetic rows last; ``all``, ``made``:
    (classes, subgroups) rows, of both kinds and synthetic; ``judged`` (classes + 1, subgroups), all classes last."""

    names: list[str]
    inside: list[Floats]
    all: Floats
    made: Floats
    n_real: Floats
    n_made: Floats
    judged: Bools

    @classmethod
    def of(cls, comparison: Comparison) -> _Rows:
        cohorts = (comparison.train, comparison.holdout, comparison.synthetic)
        names, *inside = _subgroups(comparison.train, [c.matrix for c in cohorts])
        classes = [_classes(c) for c in cohorts]
        (seen, known), (fresh, _), (n_made, made) = (
            (c.sum(axis=0)[:, None], c.T @ x) for c, x in zip(classes, inside, strict=True)
        )
        rows, member = np.concatenate(inside), np.concatenate(classes) > 0
        both = [rows[column] for column in member.T]
        total = np.stack([x.sum(axis=0) for x in both])
        seen, known = (np.vstack([x, x.sum(axis=0)]) for x in (seen, known))
        judged = (known >= np.maximum(FEWEST, SMALLEST * seen)) & (known < seen)
        if not judged.any():
            raise NotApplicable("no subgroup holds 10 % of the patients, but not all of them")
        return cls(names, both, total, made, seen[:-1] + fresh, n_made, judged)

    def shuffled(self, rng: Rng) -> Floats:
        """(shuffles, classes, subgroups) synthetic rows, if who is synthetic were random within each class."""
        out = []
        for rows, n in zip(self.inside, self.n_made[:, 0], strict=True):
            labels = np.tile(np.arange(len(rows)) < n, (SHUFFLES, 1)).astype(np.float64)
            out.append(rng.permuted(labels, axis=1) @ rows)
        return np.stack(out, axis=1)

    def z(self, made: Floats) -> Floats:
        """(shuffles, classes + 1, subgroups) deficits in standard errors, -inf where not judged."""
        n, k, both = self.n_real, self.n_made, np.maximum(self.n_real + self.n_made, 1)
        weight, share = n * k / both, self.all / both
        gap = weight * ((self.all - made) / np.maximum(n, 1) - made / np.maximum(k, 1))
        variance = weight * share * (1 - share) * both / np.maximum(both - 1, 1)
        gap = np.concatenate([gap, gap.sum(axis=1, keepdims=True)], axis=1)
        variance = np.vstack([variance, variance.sum(axis=0)])
        z: Floats = gap / np.sqrt(np.maximum(variance, TINY))
        return np.where(self.judged, z, -np.inf)


def _classes(cohort: Cohort) -> Floats:
    """(n, classes) 1 where a row is of a class; one class for all where the target is no class."""
    target = cohort.schema.target
    if target is None or not target.discrete:
        return np.ones((len(cohort), 1))
    inside: Floats = (cohort.y[:, None] == np.arange(len(target.levels or ()))).astype(np.float64)
    return inside


def _subgroups(train: Cohort, tables: Sequence[Floats]) -> tuple[Any, ...]:
    """What the subgroups are called, and for each table (n, subgroups) 1 where a row is inside."""
    names: list[str] = []
    inside: list[list[Bools]] = [[] for _ in tables]
    for j, variable in enumerate(train.schema.features):
        labels, place = _parts(train.matrix[:, j], variable)
        names += [f"{variable.name} {label}" for label in labels]
        for columns, table in zip(inside, tables, strict=True):
            columns.append(place(table[:, j])[:, None] == np.arange(len(labels)))
    encoder = Encoder.fit(train.matrix, train.schema.features)
    if encoder.names:
        points = [encoder.transform(x) for x in (train.matrix, *tables)]
        centres = _centres(points[0])
        reach = np.quantile(_squares(points[0], centres), NEAREST, axis=0)
        names += [f"region {i + 1} of {share:.0%} of the patients" for share in NEAREST for i in range(len(centres))]
        for columns, x in zip(inside, points[1:], strict=True):
            columns += list(_squares(x, centres) <= reach[:, None])
    return names, *(np.concatenate(columns, axis=1).astype(np.float64) for columns in inside)


def _parts(values: Floats, variable: Variable) -> tuple[list[str], Callable[[Floats], Floats]]:
    """The parts of a variable, and a function that gives the part of each value: levels, or quarters of training."""
    if variable.discrete:
        return [f"= {level}" for level in order_of_levels(variable)], lambda x: x
    known = values[~np.isnan(values)]
    edges = np.unique(np.quantile(known, [0.25, 0.5, 0.75])) if len(known) else np.empty(0)

    def place(x: Floats) -> Floats:
        return np.where(np.isnan(x), -1, np.searchsorted(edges, x, side="left"))

    ends = [f"{edge:g}" for edge in edges]
    middle = [f"above {low} to {high}" for low, high in pairwise(ends)]
    return [f"up to {ends[0]}", *middle, f"above {ends[-1]}"] if ends else [], place


def _centres(points: Floats) -> Floats:
    """(regions, p) the rows that regions are around: all of them, or some that are spread evenly along the first
    principal component, so that it depends neither on chance nor on the order of the rows."""
    if len(points) <= MOST_REGIONS:
        return points
    centred = points - points.mean(axis=0)
    order = np.argsort(centred @ np.linalg.svd(centred, full_matrices=False)[2][0])
    chosen: Floats = points[order[np.linspace(0, len(points) - 1, MOST_REGIONS).round().astype(int)]]
    return chosen


def _squares(points: Floats, centres: Floats) -> Floats:
    """(n, centres) squared distances."""
    squares: Floats = (points**2).sum(axis=1)[:, None] - 2 * points @ centres.T + (centres**2).sum(axis=1)
    return squares
