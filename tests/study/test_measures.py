from __future__ import annotations

import pytest

from fewfold.core.errors import BadInput
from fewfold.metrics.base import METRICS
from fewfold.metrics.utility.scores import SCORES
from fewfold.study.measures import measures


def test_scores_and_metrics_are_explained_once_each() -> None:
    ks, slope = measures(["ks", "calibration_slope", "ks"])
    assert (ks.title, ks.better, ks.best) == ("Kolmogorov-Smirnov distance", "lower", None)
    assert ks.question.endswith("?")
    assert (slope.title, slope.better, slope.best) == ("Calibration slope", "nearer", 1.0)


def test_every_metric_and_score_has_a_title() -> None:
    assert all(m.title != m.name for m in measures([*METRICS.names(), *SCORES]))


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(BadInput):
        measures(["nonsense"])
