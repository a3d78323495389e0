"""Augmented images as rows of a cohort. The suite of what all methods promise has no images; its points are here."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fewfold.core.errors import BadInput, Leakage, NotApplicable
from fewfold.data.blocks.image import Image
from fewfold.data.blocks.images import Images
from fewfold.data.cohort import Cohort
from fewfold.data.features.cohort import featured
from fewfold.data.features.handcrafted import handcrafted
from fewfold.methods.base import load, method
from smears import discs, smears

MIRROR = [{"transform": "reflection", "axis": -1, "p": 1.0}]


def rng(seed: int = 5) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.fixture(scope="module")
def train() -> Cohort:
    return featured(smears()).as_part("train")


@pytest.fixture(scope="module")
def masked() -> Cohort:
    return featured(smears(), mask="cell").as_part("train")


def test_a_mirrored_image_has_the_features_of_a_mirrored_image(train: Cohort) -> None:
    made = method("image_augmentation", chain=MIRROR).fit(train, rng=rng()).sample(30, rng=rng())
    for row, sources in enumerate(made.provenance.sources):
        (source,) = sources
        pixels = train.blocks["image"][source].pixels
        told = handcrafted(Image(pixels[:, ::-1]))
        assert made.table.iloc[row][list(told)].to_numpy(float) == pytest.approx(list(told.values()))
        assert made.table["kind"].iloc[row] == train.table["kind"].loc[source]


def test_counts_and_lineage(train: Cohort) -> None:
    fitted = method("image_augmentation", preset="chest-xray").fit(train, rng=rng())
    made = fitted.sample(60, rng=rng())
    assert made.provenance.is_synthetic.all()
    times = np.bincount([source for (source,) in made.provenance.sources], minlength=40)
    assert times.min() >= 1 and times.max() <= 2
    assert dict(fitted.sample(9, rng=rng(), per_class={"small": 9}).table["kind"].value_counts())["small"] == 9
    features = [variable.name for variable in train.schema.features]
    assert len(made.table[features].drop_duplicates()) == 60


def test_the_same_seed_makes_the_same_rows_and_another_others(train: Cohort) -> None:
    fitted = method("image_augmentation", preset="chest-xray").fit(train, rng=rng())
    first, again, other = (fitted.sample(10, rng=rng(seed)).table for seed in (1, 1, 2))
    assert first.equals(again)
    assert not first.equals(other)


@pytest.mark.parametrize("mask", [None, "cell"])
def test_a_saved_method_makes_the_same_rows(train: Cohort, masked: Cohort, mask: str | None, tmp_path) -> None:
    cohort = train if mask is None else masked
    fitted = method("image_augmentation", preset="chest-xray", mask=mask).fit(cohort, rng=rng())
    fitted.save(tmp_path / "kept")
    assert load(tmp_path / "kept").sample(10, rng=rng()).table.equals(fitted.sample(10, rng=rng()).table)


def test_the_mask_goes_with_the_image(masked: Cohort) -> None:
    half = [{"transform": "scaling", "factor": [0.5, 0.5]}]
    made = method("image_augmentation", chain=half, mask="cell").fit(masked, rng=rng()).sample(40, rng=rng())
    for row, (source,) in enumerate(made.provenance.sources):
        pixels = (masked.blocks["image"][source].masks["cell"] > 0).sum()
        assert made.table["cell_size"].iloc[row] == pytest.approx(pixels / 4, rel=0.2)


def test_an_image_is_drawn_again_where_its_mask_left_the_field() -> None:
    cohort = smears(20)
    held = [Image(image.pixels, masks={"cell": _dot(image.grid)}) for image in cohort.blocks["image"]]
    cohort = featured(replace(cohort, blocks={"image": Images.of(held)}), mask="cell").as_part("train")
    away = {"transform": "translation", "share": 0.6}
    fitted = method("image_augmentation", chain=[away], mask="cell").fit(cohort, rng=rng())
    assert (fitted.sample(40, rng=rng()).table["cell_size"] >= 1).all()
    gone = {"transform": "scaling", "factor": [0.01, 0.01]}
    with pytest.raises(NotApplicable, match="moved all of the mask cell out of the field, 20 times"):
        method("image_augmentation", chain=[gone], mask="cell").fit(cohort, rng=rng()).sample(5, rng=rng())


def _dot(grid: tuple[int, ...]) -> np.ndarray:
    mask = np.zeros(grid, np.uint8)
    mask[4, 5] = 1
    return mask


def test_refused(train: Cohort, masked: Cohort) -> None:
    with pytest.raises(NotApplicable, match="needs a cohort with images"):
        method("image_augmentation").fit(replace(train, blocks={}), rng=rng())
    with pytest.raises(BadInput, match="hand in the same here"):
        method("image_augmentation", value_range=[0, 100]).fit(train, rng=rng())
    with pytest.raises(BadInput, match="hand in the same here"):
        method("image_augmentation", mask="cell").fit(train, rng=rng())
    with pytest.raises(Leakage):
        method("image_augmentation").fit(train.as_part("holdout"), rng=rng())
    with pytest.raises(BadInput, match="name a transform"):
        method("image_augmentation", chain=[{"degrees": 15}])
    with pytest.raises(BadInput, match="reflection may destroy laterality"):
        method("image_augmentation", chain=MIRROR, endpoint=["laterality"])
    with pytest.raises(BadInput, match="a preset: blood-smear"):
        method("image_augmentation", preset="blood_smears")


def test_the_images_come_with_the_rows_and_are_those_that_the_features_were_read_of(masked: Cohort) -> None:
    fitted = method("image_augmentation", preset="chest-xray", mask="cell").fit(masked, rng=rng())
    made = fitted.sample(12, rng=rng())
    for row, image in enumerate(made.blocks["image"]):
        told = handcrafted(image, mask="cell")
        assert made.table.iloc[row][list(told)].to_numpy(float) == pytest.approx(list(told.values()), abs=0)
    entry = made.blocks["image"].entries[0]
    assert np.array_equal(entry.read().pixels, entry.read().pixels)
    assert entry.header.shape == (32, 32)


def test_a_mask_that_is_to_be_found_goes_with_the_image_and_its_extent_is_measured_anew() -> None:
    train = featured(discs(20), segment="cell").as_part("train")
    half = [{"transform": "scaling", "factor": [0.5, 0.5]}]
    made = method("image_augmentation", chain=half, segment="cell").fit(train, rng=rng()).sample(20, rng=rng())
    assert made.y.tolist() == [float((image.masks["cell"] > 0).sum()) for image in made.blocks["image"]]
    assert made.y == pytest.approx(train.y[made.provenance.sources[:, 0]] / 4, rel=0.2)


def test_a_mask_that_the_cohort_was_not_made_with_is_refused() -> None:
    with pytest.raises(BadInput, match="segment=cell"):
        method("image_augmentation", segment="cell").fit(featured(smears()).as_part("train"), rng=rng())
