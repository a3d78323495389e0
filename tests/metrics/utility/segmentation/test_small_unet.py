"""A network finds what stands out, in a fixed number of steps, and leaves torch as it found it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from fewfold.core import networks
from fewfold.core.errors import BadInput, MissingExtra
from fewfold.data.blocks.image import Image
from fewfold.metrics.utility.segmentation import small_unet
from fewfold.metrics.utility.segmentation.dice import dice
from fewfold.metrics.utility.segmentation.small_unet import SmallUNet
from metrics.utility.segmentation.scenes import KINDS, scene, scenes

torch = pytest.importorskip("torch")


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SmallUNet.params, "steps", 30)
    monkeypatch.setitem(SmallUNet.params, "batch", {"picture": 8, "volume": 6})
    monkeypatch.setitem(SmallUNet.params, "patch", {"picture": 32, "volume": 16})
    monkeypatch.setitem(SmallUNet.params, "filters", {"picture": [8, 16], "volume": [8, 16]})


def fitted(images: list[Image], seed: int = 0, labels: tuple[int, ...] = (1, 2)) -> Any:
    return SmallUNet().fit(images, "ball", labels, rng=np.random.default_rng(seed))


@pytest.mark.parametrize("kind", KINDS)
def test_it_finds_a_ball_and_its_core(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SmallUNet.params, "steps", 150)
    shape, channels = KINDS[kind]
    model, other = fitted(scenes(4, shape, channels)), scene(shape, 99, channels)
    made = model.predict(replace(other, masks={}))
    assert made.shape == other.grid
    assert dice(other.masks["ball"], made, 1) > 0.8
    assert dice(other.masks["ball"], made, 2) > 0.8


def test_masks_that_are_elsewhere_teach_nothing() -> None:
    """The fault, planted: each image with the mask of its mirror image."""
    wrong = [replace(i, masks={"ball": 2 * (i.masks["ball"][::-1, ::-1] == 0)}) for i in scenes(4)]
    other = scene((40, 40), 99)
    assert dice(other.masks["ball"], fitted(wrong).predict(other), 2) < 0.3


def test_labels_keep_their_numbers_and_others_are_background() -> None:
    odd = [replace(i, masks={"ball": np.array([0, 7, 3])[i.masks["ball"]]}) for i in scenes(4)]
    made = fitted(odd, labels=(7,)).predict(scene((40, 40), 99))
    assert set(np.unique(made).tolist()) == {0, 7}


def test_sizes_differ_and_need_not_be_even_or_as_large_as_a_patch() -> None:
    mixed = [scene(shape, k) for k, shape in enumerate([(21, 50), (45, 33), (64, 18), (40, 40)])]
    for shape in ((41, 37), (9, 70)):
        other = scene(shape, 99)
        assert fitted(mixed).predict(other).shape == shape


def test_one_seed_gives_one_result_and_another_seed_another() -> None:
    other = scene((40, 40), 99)
    first = fitted(scenes(2)).predict(other)
    torch.manual_seed(5)
    torch.rand(3)
    again, another = (fitted(scenes(2), seed).predict(other) for seed in (0, 1))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, another)


def test_torch_is_left_as_it_was() -> None:
    torch.manual_seed(11)
    state, threads = torch.get_rng_state(), torch.get_num_threads()
    fitted(scenes(2)).predict(scene((40, 40), 99))
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.get_num_threads() == threads
    assert torch.get_deterministic_debug_mode() == 0


def test_more_images_are_not_more_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    patches, drawn = small_unet._patches, []
    monkeypatch.setattr(small_unet, "_patches", lambda *given: drawn.append(len(given[0])) or patches(*given))
    for n in (2, 7):
        fitted(scenes(n))
    assert drawn == [8] * 60


def test_every_other_patch_has_a_marked_point_where_there_is_one() -> None:
    codes = np.zeros((100, 100), dtype=np.int64)
    codes[70, 20] = 1
    sample = (np.zeros((100, 100, 1), dtype=np.float32), codes)
    for seed in range(20):
        _, made = small_unet._patches([sample, sample, (sample[0], 0 * codes)], 10, np.random.default_rng(seed))
        assert made.shape == (3, 10, 10)
        assert made[0].any() and not made[2].any()


def test_the_loss_of_what_is_certain_is_nothing_and_of_its_contrary_large() -> None:
    codes = torch.tensor([[[0, 1], [2, 0]]])
    sure = 50.0 * torch.nn.functional.one_hot(codes, 3).permute(0, 3, 1, 2).float()
    assert float(small_unet._loss(torch, sure, codes)) == pytest.approx(0, abs=1e-6)
    # two labels of one point each, none of them found and three points of label 1 marked: 1 / 5 and 1 / 2 are left
    wrong = 50.0 * torch.nn.functional.one_hot(torch.tensor([[[1, 0], [1, 1]]]), 3).permute(0, 3, 1, 2).float()
    assert float(small_unet._loss(torch, wrong, codes)) == pytest.approx(50 + 1 - (1 / 5 + 1 / 2) / 2)
    # the point of label 1 taken for background: of four points it weighs 2, as label 2 does, the others the root of 2
    missed = 50.0 * torch.nn.functional.one_hot(torch.tensor([[[0, 0], [2, 0]]]), 3).permute(0, 3, 1, 2).float()
    expected = 2 * 50 / (2 + 2 + 2 * 2**0.5) + 1 - (1 / 2 + 1) / 2
    assert float(small_unet._loss(torch, missed, codes)) == pytest.approx(expected)


def test_bad_images_are_refused() -> None:
    with pytest.raises(BadInput, match="as many axes"):
        fitted([*scenes(2), *scenes(2, channels=3)])
    hollow = scenes(2)
    hollow[0] = replace(hollow[0], pixels=np.full((40, 40), np.nan))
    with pytest.raises(BadInput, match="missing or infinite"):
        fitted(hollow)
    with pytest.raises(BadInput, match="to learn from"):
        fitted([])


def test_without_torch_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(module: str, *, extra: str) -> Any:
        raise MissingExtra(f'{module} is not installed. Run: pip install "fewfold[{extra}]"')

    monkeypatch.setattr(networks, "require", absent)
    with pytest.raises(MissingExtra, match=r"fewfold\[neural\]"):
        fitted(scenes(2))
