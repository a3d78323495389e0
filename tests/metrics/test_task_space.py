"""A space of networks that never saw what they tell of."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
import pytest

import fewfold as ff
from cohorts import make_cohort
from fewfold.core.errors import NotApplicable
from fewfold.data.blocks.images import Images
from fewfold.data.cohort import Cohort
from fewfold.metrics.base import Comparison, metric
from fewfold.metrics.task_space import in_task_space
from fewfold.metrics.utility.image_learner import ImageLearner
from fewfold.metrics.utility.small_network import SmallNetwork
from smears import smears


class Memory(ImageLearner):
    """Knows by heart what it was taught, and nothing else: 0.99 for an image that it has seen, 0.2 for others."""

    name = "memory"
    title = "Memory"
    params: ClassVar[dict[str, Any]] = {}

    def _values(self, train: Images, y: Any, test: Images, rng: Any) -> Any:
        raise NotImplementedError

    def _probabilities(self, train: Images, codes: Any, test: Images, classes: int, rng: Any) -> Any:
        seen = {image.pixels.tobytes() for image in train}
        p = np.array([0.99 if image.pixels.tobytes() in seen else 0.2 for image in test])
        return np.column_stack([1 - p, p])


def featured(n: int, seed: int) -> Cohort:
    return ff.featured(smears(n, seed))


def compared(synthetic: Cohort | None = None) -> Comparison:
    train = featured(40, 0).as_part("train")
    holdout = featured(30, 1)
    holdout = holdout.with_column("patient", "fresh-" + holdout.table["patient"].astype(str)).as_part("holdout")
    made = ff.method("duplication").fit(train, rng=0).sample(40, rng=1) if synthetic is None else synthetic
    return Comparison(train, holdout, made)


def orphaned(made: Cohort) -> Cohort:
    """Without lineage."""
    return replace(made, provenance=replace(made.provenance, sources=np.full((len(made), 1), -1)))


def test_no_image_is_told_by_a_network_that_saw_it_or_a_parent_of_it() -> None:
    told = in_task_space(compared(), learner=Memory())
    for part in (told.train, told.holdout, told.synthetic):
        assert part.table["task_network_0"].to_numpy(float) == pytest.approx(np.log(0.2 / 0.8))
    blind = compared(orphaned(compared().synthetic))
    seen = in_task_space(blind, learner=Memory()).synthetic.table["task_network_0"].to_numpy(float)
    assert (seen > 0).mean() > 0.5  # the fault, planted: without lineage copies are known by heart


def test_the_space_stands_beside_the_number_and_any_metric_reads_it() -> None:
    told = in_task_space(compared(), learner=Memory(), seed=3)
    assert told.space == "task_network 1 learner=memory folds=5 seed=3"
    assert [v.name for v in told.train.schema.features] == ["task_network_0"]
    assert metric("ks").measure(told, rng=0).space == told.space


def test_a_small_network_sees_a_made_image_of_the_wrong_class(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch")
    monkeypatch.setitem(SmallNetwork.params, "steps", 50)
    fresh = featured(40, 2)
    right = ff.method("duplication").fit(fresh.as_part("train"), rng=0).sample(40, rng=1)
    images = right.blocks["image"]
    wrong = right.with_block("image", images.take(np.arange(40)[::-1]))  # rows are in the order of their classes
    apart = []
    for made in (right, wrong):
        told = in_task_space(compared(orphaned(made)), seed=1).synthetic
        evidence = told.table["task_network_0"].to_numpy(float)
        apart.append(evidence[told.y == 1].mean() - evidence[told.y == 0].mean())
    assert apart[0] > 0.5
    assert apart[1] < -0.5


def test_what_it_needs_is_told() -> None:
    table = make_cohort(30)
    with pytest.raises(NotApplicable, match="images"):
        in_task_space(
            Comparison(
                table.take(np.arange(20)).as_part("train"),
                table.take(np.arange(20, 30)).as_part("holdout"),
                ff.method("duplication").fit(table.take(np.arange(20)).as_part("train"), rng=0).sample(5, rng=0),
            ),
            learner=Memory(),
        )
    with pytest.raises(NotApplicable, match="at least 50 training patients"):
        in_task_space(compared(), folds=50, learner=Memory())
