from __future__ import annotations

from collections import Counter

import numpy as np

from fewfold.methods.image_models.image_duplication import ImageDuplication
from methods.image_models.pictures import blots


def test_each_image_is_copied_about_equally_often() -> None:
    cohort = blots(10)
    made = ImageDuplication().fit(cohort).sample(rng=0, per_class={"a": 12})
    counts = Counter(made.provenance.sources[:, 0].tolist())
    assert set(counts) == {0, 2, 4, 6, 8}
    assert max(counts.values()) - min(counts.values()) <= 1
    images = cohort.blocks["image"]
    for row, image in enumerate(made.blocks["image"]):
        own = images[int(made.provenance.sources[row, 0])]
        assert np.array_equal(image.pixels, own.pixels)
        assert np.array_equal(image.masks["blot"], own.masks["blot"])
