"""SMOTE: new rows on the line between a row and a neighbour of its class."""

from __future__ import annotations

from typing import Any

from fewfold.core.cards import CLASSES, MethodCard
from fewfold.methods.oversamplers.neighbours import Interpolation, Neighbours


def smote(nearest: Neighbours, **options: Any) -> Any:
    """imbalanced-learn's SMOTE."""
    from imblearn.over_sampling import SMOTE

    return SMOTE(k_neighbors=nearest, **options)


class Smote(Interpolation):
    """SMOTE for tables of all kinds of columns: a level is that of the nearer parent (``smotenc``: that of most
    neighbours), and what the base is missing stays missing. Distances and the rest as :class:`Interpolation` says."""

    card = MethodCard(
        name="smote",
        title="SMOTE",
        family="oversampler",
        summary="Rows on the line between a training row and one of its nearest neighbours in the class.",
        targets=CLASSES,
        min_subjects=4,
        min_per_class=2,
        may_destroy=("variance within the class", "calibration", "identities between columns"),
        cost="milliseconds",
        references=("10.1613/jair.953",),
    )

    def _sampler(self, nearest: Neighbours, **options: Any) -> Any:
        return smote(nearest, **options)
