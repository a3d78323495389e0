"""Synthetic rows that lie next to a training patient: a smoke test of memorisation."""

from __future__ import annotations

import numpy as np

from fewfold.core.cards import MetricCard
from fewfold.core.seeds import Rng
from fewfold.core.types import Bools, Ints
from fewfold.metrics.base import Comparison, Interval, Metric, share_interval
from fewfold.metrics.distances import encoded, nearest_two, to_kth_other

NEAR = 1 / 3  # of the distance from a training row to the nearest one of another patient


class NearCopies(Metric):
    """Share of synthetic rows that lie within a third of the distance between their nearest training row and the
    nearest row of another training patient (Euclidean, encoded features). The measure is local: a row beside a patient
    who is unlike all others counts, though it is further off than patients in the crowd are from each other. In p
    independent columns about 3^-p of fresh real patients lie as near: see the null.

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
        finding="FF302",
        stand_in="holdout",
        equal_size=False,
        most_rows=500,
        most_train_rows=20_000,
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
    subjects = comparison.train.subjects
    distances, positions, further = nearest_two(synthetic, train, subjects)
    # the way between the two training rows by the synthetic one is no shorter than the straight one
    near = distances <= NEAR * (distances + further) * (1 + 1e-9)
    asked, back = np.unique(positions[near], return_inverse=True)
    near[near] = distances[near] <= NEAR * to_kth_other(train, subjects, 1, rows=asked)[back]
    return near, positions
