"""A forest finds what stands out, and says what it cannot work with."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fewfold.core.errors import BadInput
from fewfold.data.blocks.image import Image
from fewfold.metrics.utility.segmentation import voxel_forest
from fewfold.metrics.utility.segmentation.dice import dice
from fewfold.metrics.utility.segmentation.voxel_forest import VoxelForest
from metrics.utility.segmentation.scenes import KINDS, scene, scenes


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setitem(VoxelForest.params, "points", 1500)
    monkeypatch.setitem(VoxelForest.params, "trees", 10)


def fitted(images: list[Image], seed: int = 0, labels: tuple[int, ...] = (1, 2)):
    return VoxelForest().fit(images, "ball", labels, rng=np.random.default_rng(seed))


@pytest.mark.parametrize("kind", KINDS)
def test_it_finds_a_ball_and_its_core(kind):
    shape, channels = KINDS[kind]
    model, other = fitted(scenes(4, shape, channels)), scene(shape, 99, channels)
    made = model.predict(replace(other, masks={}))
    assert made.shape == other.grid
    assert dice(other.masks["ball"], made, 1) > 0.8
    assert dice(other.masks["ball"], made, 2) > 0.85


def test_masks_that_are_elsewhere_teach_nothing():
    """The fault, planted: each image with the mask of its mirror image."""
    wrong = [replace(i, masks={"ball": 2 * (i.masks["ball"][::-1, ::-1] == 0)}) for i in scenes(4)]
    other = scene((40, 40), 99)
    assert dice(other.masks["ball"], fitted(wrong).predict(other), 2) < 0.3


def test_one_seed_gives_one_result_and_another_seed_another():
    other = scene((40, 40), 99)
    first, again, another = (fitted(scenes(2), seed).predict(other) for seed in (0, 0, 1))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, another)


def test_more_images_are_not_more_points(monkeypatch):
    sizes, points = [], voxel_forest._points
    monkeypatch.setattr(voxel_forest, "_points", lambda *given: sizes.append(len((p := points(*given))[0])) or p)
    for n in (2, 7):
        fitted(scenes(n))
    assert sizes == [1500, 1500]  # although two cores have too few


def test_a_label_that_nobody_has_is_not_drawn():
    made = fitted(scenes(2), labels=(2, 7)).predict(scene((40, 40), 99))
    assert set(np.unique(made)) == {0, 2}


def test_one_value_everywhere_teaches_that_value():
    bare = [replace(i, masks={"ball": np.zeros((40, 40), dtype=np.uint8)}) for i in scenes(2)]
    assert not fitted(bare).predict(scene((40, 40), 99)).any()


@pytest.mark.parametrize(
    ("images", "said"),
    [
        ([], "none"),
        ([replace(scene((40, 40), 0), masks={})], "without masks"),
        ([scene((40, 40), 0), scene((40, 40), 0, 3)], "1 channels; 2 axes and 3 channels"),
        ([scene((40, 40), 0), scene((9, 9, 9), 0)], "3 axes"),
    ],
)
def test_what_cannot_be_used(images, said):
    with pytest.raises(BadInput, match=said):
        fitted(images)
