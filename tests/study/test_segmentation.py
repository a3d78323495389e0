"""Studies in which a mask is to be found, with a segmenter whose answers are known in closed form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
import pytest

import fewfold as ff
from fewfold.core.errors import BadInput
from fewfold.core.types import Ints
from fewfold.data.blocks.image import Array, Image
from fewfold.data.blocks.images import Images
from fewfold.data.cohort import Cohort
from fewfold.metrics.utility import judges
from fewfold.metrics.utility.segmentation import segmenters
from fewfold.metrics.utility.segmentation.dice import dice
from fewfold.metrics.utility.segmentation.hd95 import hd95
from fewfold.metrics.utility.segmentation.segmenter import Segmenter
from fewfold.study.study import Study
from smears import discs, smears

BRIEF: dict[str, Any] = {
    "segment": "cell",
    "learners": ("threshold",),
    "ratios": (1.0,),
    "repeats": 3,
    "metrics": ("ks",),
    "metric_splits": 2,
    "confirmatory": False,
}


def arm(*chain: dict[str, Any], segment: str | None = "cell", label: str = "") -> dict[str, Any]:
    return {"method": "image_augmentation", "label": label, "params": {"segment": segment, "chain": list(chain)}}


MIRRORED = arm({"transform": "reflection", "axis": -1, "p": 1.0}, label="mirrored")
DARK = arm({"transform": "brightness", "share": [-0.4, -0.4]}, label="dark")


@dataclass
class Cut:
    at: float
    label: int

    def predict(self, image: Image) -> Array:
        return np.where(image.pixels < self.at, self.label, 0)


class Threshold(Segmenter):
    """Marks what is darker than the middle between the mean values inside and outside of the training masks."""

    name = "threshold"
    title = "Threshold"
    params: ClassVar[dict[str, Any]] = {}

    def _fit(self, images: Images | Sequence[Image], mask: str, labels: Ints, rng: np.random.Generator) -> Cut:
        inside = np.mean([image.pixels[image.masks[mask] > 0].mean() for image in images])
        outside = np.mean([image.pixels[image.masks[mask] == 0].mean() for image in images])
        return Cut(float(inside + outside) / 2, int(labels[1]))


@pytest.fixture(autouse=True)
def _known(monkeypatch: pytest.MonkeyPatch) -> None:
    for registry in (segmenters.SEGMENTERS, judges.JUDGES):
        monkeypatch.setitem(registry, "threshold", Threshold())


def found(cohort: Cohort) -> Cohort:
    return ff.featured(cohort, segment="cell")


def grainy() -> Cohort:
    """Discs that a threshold does not find without mistakes."""
    rng = np.random.default_rng(3)
    cohort = discs()
    noisy = [
        replace(image, pixels=(image.pixels + rng.normal(0, 30, image.grid)).clip(0, 255).astype(np.uint8))
        for image in cohort.blocks["image"]
    ]
    return found(cohort.with_block("image", Images.of(noisy)))


def test_the_target_is_the_extent_of_the_mask() -> None:
    cohort = found(discs(20))
    assert cohort.task == "continuous"
    assert cohort.y.tolist() == [float((image.masks["cell"] > 0).sum()) for image in cohort.blocks["image"]]
    spaced = discs(20)
    spaced = spaced.with_block(
        "image", Images.of(replace(image, spacing=(0.5, 3.0)) for image in spaced.blocks["image"])
    )
    wide = found(spaced)
    assert wide.y == pytest.approx(1.5 * cohort.y)
    assert wide.schema.target is not None and wide.schema.target.unit == "mm2"


def test_scores_are_those_of_each_test_image_and_a_harm_is_seen() -> None:
    cohort = grainy()
    study = Study(cohort, methods=[MIRRORED, DARK], **BRIEF)
    result = study.run()
    assert (result.task, result.target, result.power.metric) == ("segmentation", "cell", "dice")
    assert [arm.name for arm in study.settings.controls] == ["none", "duplication"]
    splits, expected = study.splits, np.zeros((2, 3, len(cohort)))
    assert splits is not None
    for repeat in range(3):
        for fold in range(splits.count):
            train, test = (cohort.take(rows) for rows in (splits.train(repeat, fold), splits.test(repeat, fold)))
            cut = Threshold().fit(train.blocks["image"], "cell", [1], rng=np.random.default_rng(0))
            for row, image in zip(splits.test(repeat, fold), test.blocks["image"], strict=True):
                seen = image.masks["cell"], cut.predict(image)
                expected[:, repeat, row] = dice(*seen), hd95(*seen)
    told = {row.name: row.value for row in result.metrics if row.method == "none" and row.learner}
    assert set(told) == {"dice", "hd95"}
    by_fold = [expected[:, r, splits.test(r, k)].mean(axis=1) for r in range(3) for k in range(splits.count)]
    assert [told["dice"], told["hd95"]] == pytest.approx(np.mean(by_fold, axis=0))
    verdicts = {verdict.method: verdict for verdict in result.verdicts}
    assert verdicts["mirrored"].verdict == "no_evidence"
    assert verdicts["mirrored"].primary.estimate == pytest.approx(0, abs=1e-12)
    assert verdicts["dark"].verdict == "harms"
    assert "FF202" in verdicts["dark"].findings
    assert "find the mask cell (label 1)" in result.methods_paragraph
    assert "HD95" in result.methods_paragraph


def test_a_subgroup_is_told_of_in_dice() -> None:
    result = Study(grainy(), methods=[DARK], subgroups=("mean",), **BRIEF).run()
    assert {row.n for row in result.subgroups} == {30}
    assert all(row.estimate is not None and row.estimate < 0 for row in result.subgroups)


def test_two_runs_of_one_arm_agree_and_a_learner_that_is_moody_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    calm = Study(grainy(), methods=[MIRRORED], **BRIEF).run().negative_control
    assert calm.passed and calm.expected == 0 and calm.baseline == 0
    assert "run again with other seeds" in calm.statement
    study = Study(grainy(), methods=[MIRRORED], seed_repeats=0, **BRIEF)
    assert study.splits is not None
    outcome = len(study.splits.folds) * study.splits.count * 3  # arms
    fit = Threshold._fit
    turns: list[int] = []

    def moody(self: Threshold, images: Any, mask: str, labels: Ints, rng: np.random.Generator) -> Cut:
        turns.append(len(turns))
        cut = fit(self, images, mask, labels, rng)
        return cut if len(turns) <= outcome else Cut(cut.at - 60, cut.label)

    monkeypatch.setattr(Threshold, "_fit", moody)
    result = study.run()
    assert not result.negative_control.passed
    assert "FF602" in {found.code for found in result.findings}


def test_a_label_that_too_few_patients_have_stops_the_study() -> None:
    cohort, rows = discs(40), range(40)
    second = [
        replace(image, masks={"cell": np.where(image.masks["cell"] > 0, 1 + (k < 5), 0)})
        for k, image in zip(rows, cohort.blocks["image"], strict=True)
    ]
    cohort = found(cohort.with_block("image", Images.of(second)))
    study = Study(cohort, methods=[MIRRORED], **BRIEF)
    assert study.settings.labels == (1, 2)
    assert study.obstacle == "too few patients with a label: 5 with label 2; at least 10 are needed"
    assert not Study(cohort, methods=[MIRRORED], labels=(1,), **BRIEF).obstacle


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"methods": [arm(MIRRORED["params"]["chain"][0], segment=None)]}, 'Say segment = "cell" in the params'),
        ({"methods": ["smote"]}, "arms that make images"),
        ({"methods": []}, "name one that makes images with their masks"),
        ({"learners": ("logistic",)}, "of a mask some of"),
        ({"labels": (3,)}, "the labels 3 in the mask cell"),
        ({"labels": (0,)}, "labels"),
        ({"controls": ("none", "noise_jitter")}, "arms that make images"),
        ({"training": "pretrain"}, "pretrain is for learners that read rows"),
        ({"segment": "nucleus", "methods": [arm(segment="nucleus")]}, "a mask nucleus on each image"),
    ],
)
def test_what_does_not_go_together_is_refused(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        Study(found(discs(40)), **{**BRIEF, "methods": [MIRRORED], **wrong})


def test_a_mask_needs_images_with_its_extent() -> None:
    with pytest.raises(BadInput, match="featured"):
        Study(ff.featured(smears(40)), methods=[MIRRORED], **BRIEF)
    bare = replace(found(discs(40)), blocks=MappingProxyType({}))
    with pytest.raises(BadInput, match="a table alone"):
        Study(bare, methods=[MIRRORED], **BRIEF)
    with pytest.raises(BadInput, match="finds masks"):
        Study(ff.featured(smears(40)), learners=("threshold",))
    with pytest.raises(BadInput, match="without a target"):
        found(smears(40))
    with pytest.raises(BadInput, match="a mask nucleus"):
        ff.featured(discs(40), segment="nucleus")


def test_masks_of_sealed_patients_are_found_once() -> None:
    study = Study(grainy(), methods=[DARK], holdout=0.3, **BRIEF)
    result = study.run(open_holdout=True)
    assert study.sealed is not None and result.sealed is not None
    assert result.sealed.n == len(study.sealed)
    assert all(row.metric == "dice" and row.estimate < 0 for row in result.sealed.contrasts)
