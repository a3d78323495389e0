"""Maximum mean discrepancy between synthetic and held-out rows, all features at once."""

from __future__ import annotations

from fewfold.core.cards import MetricCard
from fewfold.core.types import Floats
from fewfold.metrics.distances import gaussian_kernel
from fewfold.metrics.fidelity.two_sample import TwoSampleMetric


class MaximumMeanDiscrepancy(TwoSampleMetric):
    """Unbiased squared MMD between holdout and synthetic rows: Gaussian kernel on the encoded features, its bandwidth
    the median distance between training rows. Pairs of rows of one patient do not count.

    ``p``: share of the permutations of whole patients between the two sides that give at least this value. It speaks
    of the rows at hand; that a method can know no more than its training patients is in ``null``.
    """

    card = MetricCard(
        name="mmd",
        title="Maximum mean discrepancy (squared, unbiased)",
        family="fidelity",
        question="Do the joint distributions differ?",
        better="lower",
        bounds=(-2.0, 2.0),
        most_rows=1_000,
        finding="FF501",
        references=("https://jmlr.org/papers/v13/gretton12a.html",),
    )

    def _kernel(self, rows: Floats, train: Floats) -> Floats:
        return gaussian_kernel(rows, train)
