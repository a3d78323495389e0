"""ADASYN: SMOTE with more rows where a class is hard to tell from the others."""

from __future__ import annotations

from typing import Any

from fewfold.core.cards import CLASSES, MethodCard
from fewfold.core.seeds import Rng
from fewfold.core.types import Bools, Floats
from fewfold.methods.oversamplers.neighbours import (
    Interpolation,
    Neighbours,
    Pairs,
    draw_pairs,
    neighbours_within,
    unit_rows,
)
from fewfold.methods.oversamplers.smote import smote


class Adasyn(Interpolation):
    """ADASYN: a row is the base as often as the share of other classes among its nearest rows says.

    A class none of whose rows has a neighbour of another class is drawn as by SMOTE. Otherwise as ``smote``.
    """

    card = MethodCard(
        name="adasyn",
        title="ADASYN",
        family="oversampler",
        summary="SMOTE that adds more rows where a row's neighbours belong to other classes.",
        targets=CLASSES,
        min_subjects=4,
        min_per_class=2,
        may_destroy=("rows far from the border", "variance within the class", "calibration"),
        cost="milliseconds",
        references=("10.1109/IJCNN.2008.4633969",),
    )

    def _sampler(self, nearest: Neighbours, **options: Any) -> Any:
        from imblearn.over_sampling import ADASYN

        return ADASYN(n_neighbors=nearest, **options)

    def _pairs(self, points: Floats, inside: Bools, n: int, rng: Rng) -> Pairs:
        if self._secluded(points, inside):
            return draw_pairs(smote, points, self.subjects, inside, n, self.k_neighbors, rng)
        # it rounds for each base, so that asking for one row more for each gives at least n
        pairs = super()._pairs(points, inside, n + int(inside.sum()), rng)
        return pairs.take(rng.permutation(len(pairs))[:n])

    def _secluded(self, points: Floats, inside: Bools) -> bool:
        """Whether all neighbours of the rows of a class are of the class."""
        units = unit_rows(len(points))
        nearest = neighbours_within(points, self.subjects, inside, self.k_neighbors)
        return bool(inside[nearest.fit(units).kneighbors(units[inside])].all())
