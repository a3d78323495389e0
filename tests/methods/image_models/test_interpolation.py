from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from fewfold.core.errors import BadInput
from fewfold.data.cohort import Cohort
from fewfold.data.features.handcrafted import feature_table
from fewfold.methods.image_models.image_adasyn import ImageAdasyn
from fewfold.methods.image_models.image_smote import ImageSmote
from methods.image_models.pictures import blots, cohort_of

BOTH = pytest.mark.parametrize("kind", [ImageSmote, ImageAdasyn])


def standardised(cohort: Cohort) -> np.ndarray:
    values = feature_table(cohort.blocks["image"]).to_numpy(dtype=float)
    values = values[:, values.std(axis=0) > 0]
    return (values - values.mean(axis=0)) / values.std(axis=0)


@BOTH
def test_blends_are_what_their_records_say(kind: type[ImageSmote]) -> None:
    cohort = blots(dtype=np.uint8)
    images = cohort.blocks["image"]
    steps = []
    for entry in kind().fit(cohort).sample(40, rng=0).blocks["image"].entries:
        (base, other), step = entry.record.parents, entry.record.drawn["step"]
        assert entry.record.drawn["between"] == [base, other]
        assert base != other
        exact = (1 - step) * images[base].pixels.astype(float) + step * images[other].pixels.astype(float)
        assert np.abs(entry.read().pixels - exact).max() <= 0.5 + 1e-4
        assert not entry.read().masks
        steps.append(step)
    assert 0 <= min(steps) < 0.2
    assert 0.8 < max(steps) <= 1


@BOTH
def test_parents_are_neighbours_of_other_patients(kind: type[ImageSmote]) -> None:
    """By brute force in standardised features: the other is one of the 3 nearest of other patients in the class."""
    whole = blots(20)
    levels = whole.table["kind"].tolist()
    patients = [k // 4 for k in range(20)]
    cohort = cohort_of([image.pixels for image in whole.blocks["image"]], levels, patients)
    space = standardised(cohort)
    for record in kind(k_neighbors=3).fit(cohort).draw(40, rng=1):
        base, other = record.parents
        assert patients[base] != patients[other]
        others = [k for k in range(20) if levels[k] == record.level and patients[k] != patients[base]]
        near = sorted(others, key=lambda k: np.linalg.norm(space[k] - space[base]))[:3]
        assert other in near


@BOTH
def test_nearest_is_the_nearest_training_image_of_the_class(kind: type[ImageSmote]) -> None:
    """By brute force; a third image is sometimes nearer than both parents."""
    cohort = blots(24)
    images, levels, space = cohort.blocks["image"], cohort.table["kind"].tolist(), standardised(cohort)
    method = kind(back="nearest").fit(cohort)
    for record in method.draw(40, rng=2):
        base, other = record.drawn["between"]
        point = space[base] + record.drawn["step"] * (space[other] - space[base])
        own = [k for k in range(24) if levels[k] == record.level]
        assert record.parents == (min(own, key=lambda k: np.linalg.norm(space[k] - point)),)
        made, copied = method.make(record), images[record.parents[0]]
        assert np.array_equal(made.pixels, copied.pixels)
        assert np.array_equal(made.masks["blot"], copied.masks["blot"])


def test_adasyn_makes_more_where_classes_meet() -> None:
    """One image of a is as bright as those of b; brightness is all that differs."""
    texture = np.random.default_rng(0).normal(0, 5, (16, 16))
    bright = [40, 42, 44, 46, 48, 50, 52, 150, 145, 147, 149, 151, 153, 155]
    cohort = cohort_of([np.rint(texture + b).astype(np.uint8) for b in bright], ["a"] * 8 + ["b"] * 6)
    bases = {}
    for kind in (ImageSmote, ImageAdasyn):
        method = kind(k_neighbors=3).fit(cohort)
        bases[kind] = Counter(record.parents[0] for record in method.draw(rng=0, per_class={"a": 80}))
    assert bases[ImageSmote][7] < 25
    assert bases[ImageAdasyn][7] > 60


def test_images_of_many_sizes_are_copied_and_not_blended() -> None:
    pictures = [np.random.default_rng(k).integers(0, 256, (8 + k % 3, 9), dtype=np.uint8) for k in range(12)]
    cohort = cohort_of(pictures, ["a", "b"] * 6)
    made = ImageSmote(back="nearest").fit(cohort).sample(6, rng=0)
    for row, entry in enumerate(made.blocks["image"].entries):
        own = pictures[int(made.provenance.sources[row, 0])]
        assert entry.header.shape == own.shape
        assert np.array_equal(entry.read().pixels, own)
    with pytest.raises(BadInput, match="images of one size"):
        ImageSmote().fit(cohort)


def test_bad_input_is_named() -> None:
    with pytest.raises(BadInput, match="back"):
        ImageSmote(back="decode")
    with pytest.raises(BadInput, match="a mask called liver"):
        ImageSmote(mask="liver").fit(blots())
