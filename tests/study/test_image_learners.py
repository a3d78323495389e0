"""A study whose learners read images: rows without images teach them nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import fewfold as ff
from cohorts import make_cohort
from fewfold.core.errors import BadInput
from fewfold.data.blocks.images import Images
from fewfold.metrics.utility import image_learners, judges
from fewfold.metrics.utility.image_learner import ImageLearner
from fewfold.study.study import Study
from smears import smears

BRIEF: dict[str, Any] = {"ratios": (1.0,), "repeats": 2, "metrics": ("ks",), "metric_splits": 2, "confirmatory": False}
TURNED = {"method": "image_augmentation", "params": {"chain": [{"transform": "rotation", "degrees": 20}]}}


class Darkness(ImageLearner):
    """Says how dark an image is, and keeps what it was taught."""

    name = "darkness"
    title = "Darkness"
    params: dict[str, Any] = {}  # noqa: RUF012

    def __init__(self) -> None:
        self.taught: list[tuple[int, int]] = []

    def _values(self, train: Images, y: Any, test: Images, rng: Any) -> Any:
        raise NotImplementedError

    def _probabilities(self, train: Images, codes: Any, test: Images, classes: int, rng: Any) -> Any:
        self.taught.append((len(list(train)), int(rng.integers(2**31))))
        p = np.array([1 - image.pixels.mean() / 255 for image in test])
        small = np.mean([image.pixels.mean() for image, code in zip(train, codes, strict=True) if code])
        large = np.mean([image.pixels.mean() for image, code in zip(train, codes, strict=True) if not code])
        return np.column_stack([1 - p, p] if small < large else [p, 1 - p])


@pytest.fixture
def darkness(monkeypatch: pytest.MonkeyPatch) -> Darkness:
    learner = Darkness()
    for registry in (image_learners.IMAGE_LEARNERS, judges.JUDGES):
        monkeypatch.setitem(registry, "darkness", learner)
    return learner


def test_real_and_made_images_are_read_and_each_arm_starts_alike(darkness: Darkness) -> None:
    cohort = ff.featured(smears(60))
    study = Study(cohort, methods=[TURNED], learners=("darkness",), seed_repeats=0, **BRIEF)
    assert [arm.name for arm in study.settings.controls] == ["none", "duplication"]
    result = study.run()
    assert study.splits is not None
    cells = [darkness.taught[k : k + 3] for k in range(0, 2 * study.splits.count * 3, 3)]
    for none, copied, turned in cells:
        assert copied[0] == turned[0] == 2 * none[0]
        assert none[1] == copied[1] == turned[1]
    assert len({cell[0][1] for cell in cells}) == len(cells)
    area = next(m.value for m in result.metrics if m.name == "auroc" and m.method == "none")
    assert area is not None and area > 0.9
    assert result.provenance.learners == {"darkness": {}}
    assert "darkness" in result.methods_paragraph


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"methods": ["smote"]}, "arms that make images"),
        ({"controls": ("none", "class_weights")}, "arms that make images"),
        ({"training": "pretrain"}, "learners that read rows"),
    ],
)
def test_arms_without_images_are_refused(darkness: Darkness, wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        Study(ff.featured(smears(40)), **{"methods": [TURNED], "learners": ("darkness", "logistic"), **BRIEF, **wrong})


def test_a_table_has_nothing_for_them(darkness: Darkness) -> None:
    with pytest.raises(BadInput, match="a cohort with images"):
        Study(make_cohort(60), learners=("darkness",), methods=["duplication"], controls=("none",))


def test_a_small_network_is_a_learner_of_a_study(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch")
    from fewfold.metrics.utility.small_network import SmallNetwork

    monkeypatch.setitem(SmallNetwork.params, "steps", 40)
    brief = {**BRIEF, "repeats": 1, "negative_control_repeats": 1}
    result = Study(
        ff.featured(smears(60)), methods=[TURNED], learners=("small_network",), seed_repeats=0, **brief
    ).run()
    area = next(m.value for m in result.metrics if m.name == "auroc" and m.method == "none")
    assert area is not None and area > 0.75
