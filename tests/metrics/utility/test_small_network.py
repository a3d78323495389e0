"""A small network learns from images themselves, as long for many images as for few."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from fewfold.core.errors import BadInput
from fewfold.data.blocks.image import Image
from fewfold.data.blocks.images import Images
from fewfold.metrics.utility import small_network
from fewfold.metrics.utility.image_learners import IMAGE_LEARNERS
from fewfold.metrics.utility.scores import auroc, r2
from fewfold.metrics.utility.small_network import SmallNetwork
from smears import smears

torch = pytest.importorskip("torch")
LEARNER = IMAGE_LEARNERS["small_network"]


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SmallNetwork.params, "steps", 40)


def predicted(train: Images, y: Any, test: Images, task: Any = "binary", classes: int = 2, seed: int = 0) -> Any:
    return LEARNER.fit_predict(train, np.asarray(y, dtype=float), test, task, classes, rng=np.random.default_rng(seed))


def test_it_tells_large_cells_from_small_ones_and_says_how_large() -> None:
    train, test = smears(60), smears(40, seed=1)
    p = predicted(train.blocks["image"], train.y, test.blocks["image"])
    assert p.shape == (40,) and ((p >= 0) & (p <= 1)).all()
    assert auroc(test.y, p) > 0.75  # radii overlap: the best there is has 0.92
    sizes = [np.array([(i.masks["cell"] > 0).sum() for i in c.blocks["image"]]) for c in (train, test)]
    values = predicted(train.blocks["image"], sizes[0], test.blocks["image"], "continuous", 0)
    assert r2(sizes[1], values) > 0.6


def test_shuffled_labels_teach_nothing() -> None:
    train, test = smears(60), smears(40, seed=1)
    areas = [
        auroc(
            test.y,
            predicted(train.blocks["image"], np.random.default_rng(k).permutation(train.y), test.blocks["image"]),
        )
        for k in range(4)
    ]
    assert abs(np.mean(areas) - 0.5) < 0.25


def test_classes_that_nobody_has_are_never_predicted() -> None:
    train = smears(30).blocks["image"]
    codes = np.arange(30) % 2 * 2.0
    p = predicted(train, codes, train, "multiclass", 4)
    assert p.shape == (30, 4)
    assert (p[:, [1, 3]] == 0).all()
    assert p.sum(axis=1) == pytest.approx(1)
    assert predicted(train, np.ones(30), train).tolist() == [1.0] * 30
    assert predicted(train, np.full(30, 7.5), train, "continuous", 0).tolist() == [7.5] * 30


@pytest.mark.parametrize("shape", [(20, 30), (9, 50, 3), (12, 30, 14)])
def test_any_shape_is_read_and_sizes_may_differ(shape: tuple[int, ...]) -> None:
    rng, volume = np.random.default_rng(0), len(shape) == 3 and shape[-1] != 3
    grids = [(shape[0] + k % 3, *shape[1:]) for k in range(16)]
    images = Images.of(Image((rng.random(grid) * 60_000).astype(np.uint16), volume=volume) for grid in grids)
    assert np.isfinite(predicted(images, np.arange(16) % 2, images)).all()


def test_one_seed_gives_one_result_and_torch_is_left_as_it_was() -> None:
    train, test = smears(20), smears(10, seed=1).blocks["image"]
    torch.manual_seed(3)
    state, threads = torch.get_rng_state(), torch.get_num_threads()
    first = predicted(train.blocks["image"], train.y, test)
    assert torch.equal(torch.get_rng_state(), state) and torch.get_num_threads() == threads
    torch.rand(5)
    again, another = (predicted(train.blocks["image"], train.y, test, seed=seed) for seed in (0, 1))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, another)


def test_more_images_are_not_more_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    turns, sizes = small_network.turns, []
    monkeypatch.setattr(small_network, "turns", lambda *given: sizes.append((t := turns(*given)).shape) or t)
    for n in (10, 50):
        cohort = smears(n)
        predicted(cohort.blocks["image"], cohort.y, cohort.blocks["image"])
    assert sizes == [(40, 32), (40, 32)]


def test_each_image_comes_once_before_any_comes_again() -> None:
    turns = small_network.turns(7, 5, 4, np.random.default_rng(0)).ravel()
    assert [sorted(part) for part in (turns[:7], turns[7:14])] == [list(range(7))] * 2


def test_bad_input_is_refused() -> None:
    train = smears(10)
    images = train.blocks["image"]
    with pytest.raises(BadInput, match="to learn from"):
        predicted(images.take(np.arange(0)), [], images)
    with pytest.raises(ValueError, match="outcomes"):
        predicted(images, [1.0], images)
    hollow = Images.of([Image(np.full((8, 8), np.nan))])
    with pytest.raises(BadInput, match="finite"):
        predicted(images, train.y, hollow)
    with pytest.raises(BadInput, match="axes"):
        predicted(images, train.y, Images.of([Image(np.zeros((8, 8, 3)))]))
