"""Independent margins: what is left when nothing depends on anything."""

from __future__ import annotations

import numpy as np

from fewfold.core.cards import ALL_TARGETS, MethodCard
from fewfold.core.seeds import Rng
from fewfold.core.types import Floats
from fewfold.methods.base import Drawn
from fewfold.methods.rowwise import RowMethod


class IndependentMarginals(RowMethod):
    """Each column, its missing values with it, is drawn by itself from the whole cohort, so that it depends on no other
    column and not on the class.

    An anchor, never for use: a metric of dependence, or a score of a learner, that does not see the difference to this
    sees nothing. ``duplication`` is the anchor at the other end.
    """

    card = MethodCard(
        name="independent_marginals",
        title="Independent margins",
        family="control",
        summary="Each column drawn by itself, on purpose: an anchor for what metrics and learners can see.",
        targets=ALL_TARGETS,
        may_destroy=("all dependence between columns", "dependence on the class"),
        cost="none",
    )

    def _sample(self, labels: Floats | None, n: int, rng: Rng) -> Drawn:
        rows = rng.integers(len(self.values), size=(n, self.values.shape[1]))
        values = np.take_along_axis(self.values, rows, axis=0)
        if labels is not None:
            values[:, -1] = labels
        return Drawn(values, follow_up=self._followed(rng.integers(len(self.values), size=n)))
