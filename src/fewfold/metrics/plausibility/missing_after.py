"""Whether values go missing after the same values as in real patients."""

from __future__ import annotations

import numpy as np

from fewfold.core.cards import MetricCard
from fewfold.core.types import Floats
from fewfold.data.cohort import Cohort
from fewfold.data.rules.visits import at_previous
from fewfold.metrics.plausibility.autocorrelation import Autocorrelation
from fewfold.metrics.visits import ordered_columns


class MissingAfter(Autocorrelation):
    """Absolute difference between the missingness mechanisms of holdout and of synthetic patients, mean over the
    features of which a value is missing in real visits. The mechanism is Spearman's correlation of a value with
    whether the same patient lacks it at the next visit: 0 where values go missing by chance, above 0 where high ones
    do, and 0 where the synthetic rows lack none. Categories without an order are left out. ``details``: the mean
    correlations.
    """

    card = MetricCard(
        name="missing_after",
        title="Missingness from visit to visit",
        family="plausibility",
        question="Do values go missing after the same values as in real patients?",
        better="lower",
        bounds=(0.0, 2.0),
        roles=("subject", "visit_time"),
        references=("10.1093/biomet/63.3.581",),
    )

    def _derived(self, cohort: Cohort) -> Floats:
        values = ordered_columns(cohort)
        before = at_previous(cohort, values)
        absent = np.where(np.isnan(before), np.nan, np.isnan(values))
        return np.concatenate([before, absent], axis=1)
