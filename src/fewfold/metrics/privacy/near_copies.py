"""Synthetic rows that lie next to a training patient: a smoke test of memorisation."""

from __future__ import annotations

import numpy as np

from fewfold.core.cards import MetricCard
from fewfold.core.seeds import Rng
from fewfold.core.types import Bools, Ints
from fewfold.metrics.base import Comparison, Interval, Metric, share_interval
from fewfold.metrics.distances import encoded, nearest, to_kth_other

QUANTILE = 0.05


class NearCopies(Metric):
    """Share of synthetic rows that are nearer to a training row than 95 % of the training patients are to each other
    (distance of encoded features to the nearest row of another patient). Fresh real patients give about 0.05: see the
    null.

    It is a smoke test of memorisation and nothing more: data that pass it can still give patients away
    (10.48550/arXiv.2505.01524). Interval: Clopper-Pearson over rows, the distance taken as given. Where lineage is
    known, ``details["nearest_is_source"]`` is the share of the near rows whose nearest training row is one that
    they were made from.
    """

    card = MetricCard(
        name="near_copies",
        title="Near copies of training rows (memorisation smoke test)",
        family="privacy",
        question="Do more synthetic rows lie next to a training patient than fresh patients do?",
        better="lower",
        bounds=(0.0, 1.0),
        stand_in="holdout",
        equal_size=False,
        references=("10.48550/arXiv.2505.01524",),
    )

    def _value(self, comparison: Comparison, rng: Rng) -> float:
        return float(_near(comparison)[0].mean())

    def _interval(self, comparison: Comparison, value: float, rng: Rng) -> Interval:
        near, _ = _near(comparison)
        return share_interval(int(near.sum()), len(near))

    def _details(self, comparison: Comparison) -> dict[str, float]:
        sources = comparison.synthetic.provenance.sources
        near, positions = _near(comparison)
        near = near & (sources >= 0).any(axis=1)
        if not near.any():
            return {}
        labels = comparison.train.table.index.to_numpy()[positions[near]]
        return {"nearest_is_source": float((sources[near] == labels[:, None]).any(axis=1).mean())}


def _near(comparison: Comparison) -> tuple[Bools, Ints]:
    """(n,) whether each synthetic row is a near copy, and (n,) the position of its nearest training row."""
    train, _, synthetic = encoded(comparison)
    usual = to_kth_other(train, comparison.train.subjects, 1)
    distances, positions = nearest(synthetic, train)
    return distances <= np.quantile(usual, QUANTILE), positions
