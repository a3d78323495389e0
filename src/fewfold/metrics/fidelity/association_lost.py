"""How much of the associations of patients the synthetic rows have lost."""

from __future__ import annotations

from collections.abc import Callable

from fewfold.core.cards import MetricCard
from fewfold.core.errors import NotApplicable
from fewfold.core.types import Floats
from fewfold.metrics.associations import of_pairs
from fewfold.metrics.base import Parts, Rows, RowsMetric


class AssociationLost(RowsMetric):
    """One less the slope, through the origin, of the associations of synthetic rows on those of holdout rows, over all
    pairs of features and target (:func:`~fewfold.metrics.associations.of_pairs` says which pairs count): 0 where they
    are as strong, 1 where nothing is left of them, below 0 where they are stronger. Noise adds to the squares of the
    associations of few patients, so that fresh patients lose some too: read it beside its null.

    It sees what :class:`~fewfold.metrics.fidelity.association.Association` does not see among many pairs: that those
    which are strong have become weak, all together.
    """

    card = MetricCard(
        name="association_lost",
        title="Associations lost",
        family="fidelity",
        question="Are the associations of the variables as strong as they are in patients?",
        better="lower",
        bounds=(float("-inf"), float("inf")),
        most_rows=50_000,
        finding="FF502",
        references=("10.1016/j.jkss.2012.10.002", "10.1073/pnas.21.9.554"),
    )

    def _of_rows(self, parts: Parts) -> Callable[[Rows], float]:
        return of_pairs(parts, _lost)


def _lost(real: Floats, made: Floats) -> float:
    strength = float(real @ real)
    if strength <= 0:
        raise NotApplicable("no two variables are associated in the holdout")
    return 1 - float(real @ made) / strength
