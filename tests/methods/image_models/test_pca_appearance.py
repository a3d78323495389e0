from __future__ import annotations

import numpy as np
import pytest

from fewfold.core.errors import BadInput
from fewfold.methods.image_models.pca_appearance import PcaAppearance
from methods.image_models.pictures import blots, cohort_of

RNG = np.random.default_rng(1)
MEAN, AXIS = RNG.normal(50, 5, (7, 6)), RNG.normal(size=(7, 6))
AXIS /= np.linalg.norm(AXIS)
ALONG = np.array([-9.0, -4.0, -1.0, 2.0, 3.0, 9.0])  # mean 0


def on_a_line():
    return cohort_of([MEAN + t * AXIS for t in ALONG])


def test_images_on_a_line_give_their_line() -> None:
    """Closed form: images MEAN + t AXIS with known t have one component, AXIS, with the standard deviation of t."""
    method = PcaAppearance(limit=1.0).fit(on_a_line())
    model, (low, high) = method.models[0]
    assert len(model.sd) == 1
    assert model.sd[0] == pytest.approx(ALONG.std(ddof=1))
    assert abs(model.axes[0] @ AXIS.ravel()) == pytest.approx(1)
    assert np.allclose(model.mean, MEAN.ravel())
    drawn = []
    for image in method.sample(300, rng=0).blocks["image"]:
        along = float(((image.pixels - MEAN) * AXIS).sum())
        assert np.allclose(image.pixels, MEAN + along * AXIS)
        drawn.append(along)
    assert np.abs(drawn).max() <= ALONG.std(ddof=1)
    assert (low, high) == (min(np.min(MEAN + t * AXIS) for t in ALONG), max(np.max(MEAN + t * AXIS) for t in ALONG))
    # the standard deviation of a normal distribution truncated at 1 standard deviation, 0.5396
    assert np.std(drawn) / ALONG.std(ddof=1) == pytest.approx(0.5396, abs=0.07)


def test_an_image_is_moved_from_where_it_is() -> None:
    method = PcaAppearance(around="image", strength=0.1, limit=2.0).fit(on_a_line())
    for record in method.draw(30, rng=0):
        start = ALONG[record.parents[0]]
        along = float(((method.make(record).pixels - MEAN) * AXIS).sum())
        assert 0 < abs(along - start) <= 0.2 * ALONG.std(ddof=1)
    assert {record.parents[0] for record in method.draw(30, rng=0)} == set(range(6))


def test_values_stay_in_the_range_of_their_class() -> None:
    cohort = blots(dtype=np.uint8)
    method = PcaAppearance(strength=3.0, limit=5.0).fit(cohort)
    real = np.stack([image.pixels for image in cohort.blocks["image"]])
    made = method.sample(rng=0, per_class={"a": 20})
    values = np.stack([image.pixels for image in made.blocks["image"]])
    own = real[::2]
    assert (values.min(), values.max()) == (own.min(), own.max())


def test_classes_have_their_own_model() -> None:
    cohort = cohort_of(
        [MEAN + t * AXIS for t in ALONG] + [MEAN + 200 - t * AXIS.T.reshape(7, 6) for t in ALONG], ["a"] * 6 + ["b"] * 6
    )
    made = PcaAppearance().fit(cohort).sample(20, rng=0)
    means = np.array([image.pixels.mean() for image in made.blocks["image"]])
    assert (means[:10] < 100).all()
    assert (means[10:] > 200).all()


def test_whole_numbers_are_rounded() -> None:
    pixels = [np.full((2, 2), v, dtype=np.int16) for v in (0, 10, 20)]
    method = PcaAppearance(limit=0.5).fit(cohort_of(pixels))
    for record in method.draw(20, rng=0):
        exact = 10 + method.models[0][0].away(np.array(record.drawn["coefficients"]))
        assert np.abs(method.make(record).pixels.ravel() - exact).max() <= 0.5


def test_bad_input_is_named() -> None:
    with pytest.raises(BadInput, match="around"):
        PcaAppearance(around="median")
    with pytest.raises(BadInput, match="images of one size"):
        PcaAppearance().fit(cohort_of([np.zeros((4, 4)), np.ones((4, 4)), np.zeros((4, 5))]))
    with pytest.raises(BadInput, match="finite"):
        PcaAppearance().fit(cohort_of([np.zeros((2, 2)), np.ones((2, 2)), np.full((2, 2), np.nan)]))
