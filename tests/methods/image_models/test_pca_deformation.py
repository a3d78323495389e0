from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter, map_coordinates

from fewfold.core.errors import BadInput
from fewfold.data.cohort import Cohort
from fewfold.methods.image_models.pca_deformation import PcaDeformation, folds
from methods.image_models.pictures import blots, cohort_of

SIDE = 48
STRENGTHS = np.array([-2.0, -1.2, -0.5, 0.4, 1.3, 2.0])
ROWS, COLUMNS = np.indices((SIDE, SIDE)) / (SIDE - 1)
FIELD = np.stack([np.sin(np.pi * ROWS) * np.sin(np.pi * COLUMNS), -np.sin(np.pi * ROWS) * np.sin(2 * np.pi * COLUMNS)])


def on_a_line(scales: Sequence[float] = (1.0,) * 6) -> Cohort:
    """One texture, warped by each of ``STRENGTHS`` times one field."""
    texture = 100 + 400 * gaussian_filter(np.random.default_rng(2).normal(size=(SIDE, SIDE)), 2.5, mode="wrap")
    places = [np.indices((SIDE, SIDE)) + t * FIELD for t in STRENGTHS]
    images = [map_coordinates(texture, where, order=3, mode="nearest") for where in places]
    return cohort_of([scale * image for scale, image in zip(scales, images, strict=True)], spacing=(1.0, 1.0))


def test_one_way_to_deform_is_one_component() -> None:
    """The known field is the first component, its coefficients those that were planted, and draws lie along it."""
    method = PcaDeformation(share=1.0, limit=2.0, strength=1.0).fit(on_a_line())
    model = method.models[0]
    assert model.sd[0] ** 2 / (model.sd**2).sum() > 0.93
    found = model.axes[0] / np.linalg.norm(model.axes[0])
    assert abs(found @ FIELD.ravel()) / np.linalg.norm(FIELD) > 0.95
    assert model.sd[0] == pytest.approx(STRENGTHS.std(ddof=1) * np.linalg.norm(FIELD), rel=0.1)
    for record in method.draw(30, rng=0):
        assert abs(record.drawn["coefficients"][0]) <= 2 * model.sd[0]


def test_scales_of_values_do_not_matter() -> None:
    """Scanners that store one image in units a hundred times those of another."""
    scales = [(1.0,) * 6, (1.0, 37.0, 0.2, 100.0, 5.0, 0.01)]
    one, other = (PcaDeformation(rounds=1).fit(on_a_line(own)).models[0] for own in scales)
    assert np.allclose(one.sd, other.sd)


def test_image_and_mask_are_warped_by_the_drawn_field() -> None:
    """Against scipy, with the field of the record: values linear, labels of the nearest point, the same places."""
    cohort = blots(12, dtype=np.float32)
    method = PcaDeformation(strength=1.0).fit(cohort)
    moved = 0.0
    for record in method.draw(8, rng=3):
        image, own = method.make(record), cohort.blocks["image"][record.parents[0]]
        model = method.models["ab".index(record.level)]
        field = (np.array(record.drawn["coefficients"]) @ model.axes).reshape(2, 24, 24)
        moved = max(moved, float(np.abs(field).max()))
        places = np.indices((24, 24)) + field
        assert np.allclose(image.pixels, map_coordinates(own.pixels, places, order=1, mode="nearest"), atol=0.02)
        near = np.clip(np.floor(places + 0.5), 0, 23).astype(int)
        assert (image.masks["blot"] == own.masks["blot"][near[0], near[1]]).mean() > 0.995
    assert moved > 0.5


def test_strength_scales_the_draws() -> None:
    cohort = blots(12)
    whole, half = (PcaDeformation(strength=s, rounds=1).fit(cohort).draw(6, rng=1) for s in (0.4, 0.2))
    for one, other in zip(whole, half, strict=True):
        assert np.allclose(one.drawn["coefficients"], 2 * np.array(other.drawn["coefficients"]))


def test_a_label_map_can_be_what_is_registered() -> None:
    """Values are noise that says nothing; the blots differ in size alone."""
    rng, masks = np.random.default_rng(0), []
    rows, columns = np.indices((32, 32)) - 15.5
    radii = np.array([6.0, 7.0, 8.0, 9.0, 10.0])
    masks = [{"blot": (np.hypot(rows, columns) < r).astype(np.uint8) * 3} for r in radii]
    cohort = cohort_of(rng.normal(size=(5, 32, 32)), masks=masks, spacing=(1.0, 1.0))
    method = PcaDeformation(mask="blot", strength=1.0, share=0.8).fit(cohort)
    assert len(method.models[0].sd) == 1
    sizes = [(image.masks["blot"] == 3).sum() for image in method.sample(20, rng=0).blocks["image"]]
    real = [(m["blot"] == 3).sum() for m in masks]
    assert min(real) * 0.5 < min(sizes) < max(sizes) < 1.6 * max(real)
    assert np.std(sizes) > 0.5 * np.std(real)


def test_no_drawn_field_folds() -> None:
    method = PcaDeformation(strength=40.0, rounds=1).fit(blots(12))
    for record in method.draw(6, rng=0):
        model = method.models["ab".index(record.level)]
        field = model.away(np.array(record.drawn["coefficients"])).reshape(2, 24, 24)
        assert not folds(field, (1.0, 1.0)).any()
        assert np.abs(field).max() > 0.1


@pytest.mark.parametrize(("slope", "turned"), [(-0.9, False), (3.0, False), (-1.1, True)])
def test_folds(slope: float, turned: bool) -> None:
    """x -> x + slope * x keeps its direction above a slope of -1."""
    along = slope * np.arange(6) * 2.0 * np.ones((5, 1))
    assert folds(np.stack([np.zeros((5, 6)), along]), (1.0, 2.0)).all() == turned


def test_bad_input_is_named() -> None:
    with pytest.raises(BadInput, match="rounds"):
        PcaDeformation(rounds=0)
    with pytest.raises(BadInput, match="smooth"):
        PcaDeformation(smooth=0.0)
    with pytest.raises(BadInput, match=r"a mask called liver on each image\. Found blot on image 1"):
        PcaDeformation(mask="liver").fit(blots())
    empty = cohort_of(np.random.default_rng(0).normal(size=(4, 9, 9)), masks=[{"m": np.zeros((9, 9), int)}] * 4)
    with pytest.raises(BadInput, match="labels in the masks m"):
        PcaDeformation(mask="m").fit(empty)
