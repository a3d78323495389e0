"""Mixed images: something of two training images of a class, and of no others."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import fewfold as ff
from fewfold.core.errors import BadInput, NotApplicable
from fewfold.methods.image_models.image_mixing import ImageMixing
from smears import smears


def train() -> ff.Cohort:
    return smears(12).as_part("train")


@pytest.mark.parametrize("mask", [None, "cell"])
def test_each_point_of_a_cutmix_is_that_of_one_parent(mask: str | None) -> None:
    cohort = train()
    made = ImageMixing(mask=mask).fit(cohort).sample(20, rng=3)
    images = cohort.blocks["image"]
    mixed = 0
    for row, (first, second) in enumerate(made.provenance.sources):
        assert first != second
        assert set(cohort.table["kind"].loc[[first, second]]) == {made.table["kind"].iloc[row]}
        image, parents = made.blocks["image"][row], (images[first], images[second])
        from_second = image.pixels != parents[0].pixels
        assert np.array_equal(image.pixels[from_second], parents[1].pixels[from_second])
        mixed += bool(from_second.any() and not from_second.all())
        if mask is not None:
            changed = image.masks["cell"] != parents[0].masks["cell"]
            assert np.array_equal(image.masks["cell"][changed], parents[1].masks["cell"][changed])
    assert mixed > 10


def test_a_mixup_is_the_blend_on_record() -> None:
    cohort = train()
    fitted = ImageMixing(mixing="mixup", options={"alpha": 1.0}).fit(cohort)
    for record in fitted.draw(6, rng=1):
        first, second = (cohort.blocks["image"][row].pixels.astype(float) for row in record.parents)
        kept = record.drawn["kept"]
        assert np.abs(fitted.make(record).pixels - (kept * first + (1 - kept) * second)).max() <= 0.5 + 1e-6


def test_a_partner_without_a_lesion_is_drawn_again() -> None:
    cohort = smears(12)
    images = list(cohort.blocks["image"])
    empty = {0, 2, 4}  # of the large ones; three of six remain
    images = [
        replace(image, masks={"cell": np.zeros_like(image.masks["cell"])}) if k in empty else image
        for k, image in enumerate(images)
    ]
    some = cohort.with_block("image", ff.Images.of(images)).as_part("train")
    made = ImageMixing(mixing="carvemix", mask="cell").fit(some).sample(30, rng=2)
    assert all(second not in empty for _, second in made.provenance.sources)
    bare = [replace(image, masks={"cell": np.zeros_like(image.masks["cell"])}) for image in images]
    none = cohort.with_block("image", ff.Images.of(bare)).as_part("train")
    with pytest.raises(NotApplicable, match="no partner for a training image in 20 draws"):
        ImageMixing(mixing="carvemix", mask="cell").fit(none).sample(3, rng=2)


def test_refused() -> None:
    with pytest.raises(BadInput, match="carvemix, cutmix, lesion_paste, mixup"):
        ImageMixing(mixing="blend")
    with pytest.raises(BadInput, match="a mask called lesion on each image"):
        ImageMixing(mask="lesion").fit(train())
