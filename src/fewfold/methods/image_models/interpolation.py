"""Oversampling among neighbours in a space of features, brought back to images."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
import pandas as pd

from fewfold.core.errors import BadInput
from fewfold.core.seeds import Rng
from fewfold.data.blocks.image import Image
from fewfold.data.cohort import Cohort
from fewfold.data.encoding import Encoder
from fewfold.data.features.handcrafted import feature_table
from fewfold.data.schema import Schema, Variable
from fewfold.methods.image_models.base import ImageMethod, Plan
from fewfold.methods.mixing.labelled import blended
from fewfold.methods.oversamplers.neighbours import Interpolation, Pairs


class FeatureInterpolation(ImageMethod):
    """A new point between a training image and one of its neighbours in the class, brought back to an image.

    Points are the handcrafted features of the images, standardised; neighbours and the place between them are those of
    the oversampler of tables of the same name. ``back``: ``blend`` gives both parents, blended by the same shares,
    without masks; ``nearest`` gives a copy of the training image of the class that lies nearest to the new point, with
    its masks. Among many features that is almost always the nearer parent. ``mask``: the mask within which features
    are read. ``k_neighbors``: as there. Where images are not registered to each other, a blend shows both, one through
    the other: only a study can tell whether it helps.
    """

    def __init__(
        self, *, back: Literal["blend", "nearest"] = "blend", k_neighbors: int = 5, mask: str | None = None
    ) -> None:
        if back not in ("blend", "nearest"):
            raise BadInput(expected="back to be 'blend' or 'nearest'", found=repr(back), fix="Pass one of them.")
        self.back, self.k_neighbors, self.mask = back, k_neighbors, mask

    @abstractmethod
    def _oversampler(self) -> Interpolation:
        """The oversampler of tables that picks the parents."""

    def _fit(self, cohort: Cohort) -> None:
        if self.back == "blend":
            self.images.check_alike()
        table = described(cohort, feature_table(self.images, mask=self.mask))
        self.rows = self._oversampler().fit(table, rng=0)  # it keeps the rows, and draws nothing
        self.space = Encoder.fit(table.matrix, table.schema.features).transform(table.matrix)

    def _draw(self, code: int, n: int, rng: Rng) -> list[Plan]:
        pairs = self.rows.parents(float(code), n, rng)
        labels, parents = self.row_labels.tolist(), list(zip(pairs.base.tolist(), pairs.other.tolist(), strict=True))
        told = [
            {"between": [labels[base], labels[other]], "step": step}
            for (base, other), step in zip(parents, pairs.step.tolist(), strict=True)
        ]
        rows = parents if self.back == "blend" else [(row,) for row in self._nearest(code, pairs)]
        return [Plan(own, drawn) for own, drawn in zip(rows, told, strict=True)]

    def _make(self, code: int, plan: Plan) -> Image:
        first = self.images[plan.rows[0]]
        if len(plan.rows) == 1:
            return first
        pixels = blended(first.pixels, self.images[plan.rows[1]].pixels, plan.drawn["step"])
        return replace(first, pixels=pixels, masks=MappingProxyType({}), boxes=None, points=None)

    def _nearest(self, code: int, pairs: Pairs) -> list[int]:
        """The training row of the class that lies nearest to each new point; of equals the first."""
        from scipy.spatial.distance import cdist

        base, other = self.space[pairs.base], self.space[pairs.other]
        rows = np.flatnonzero(self.codes == code)
        apart = cdist(base + pairs.step[:, None] * (other - base), self.space[rows])
        nearest: list[int] = rows[apart.argmin(axis=1)].tolist()
        return nearest


def described(cohort: Cohort, features: Any) -> Cohort:
    """The rows of the cohort with their patients and target, and the columns of ``features`` for all others."""
    own = [v for v in cohort.schema.variables if v.role in ("subject", "target")]
    kept = {v.name: cohort.table[v.name].to_numpy() if v.role == "subject" else cohort.table[v.name].array for v in own}
    names = [f"feature {k + 1}" for k in range(features.shape[1])]  # none of them is a column of the cohort
    schema = Schema(variables=(*own, *(Variable(name=name, kind="numeric") for name in names)))
    columns = dict(zip(names, features.to_numpy(dtype=np.float64).T, strict=True))
    return Cohort.real(pd.DataFrame({**kept, **columns})[schema.names], schema)
