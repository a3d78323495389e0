"""Normalisation of colours, against the equations of Reinhard et al. written out in the tests of ``reinhard``."""

from __future__ import annotations

import numpy as np
import pytest

from fewfold.core.errors import BadInput
from fewfold.methods.transforms.augmenter import Augmenter
from fewfold.methods.transforms.base import transform
from fewfold.methods.transforms.stain_target import stain_target
from methods.transforms.engines import lattice
from methods.transforms.slides import altered
from methods.transforms.test_reinhard import OTHER, SLIDE, moments

MEAN, SD = (each.tolist() for each in moments(OTHER))


def test_means_and_spreads_become_those_of_the_target() -> None:
    made = altered("reinhard_normalisation", SLIDE.astype(np.float32), mean=MEAN, sd=SD)
    np.testing.assert_allclose(moments(made), (MEAN, SD), atol=1e-5)


def test_to_itself_it_is_the_identity() -> None:
    image = np.random.default_rng(1).integers(0, 256, (50, 60, 3)).astype(np.uint8)
    own = transform("reinhard_normalisation", target=stain_target([image]))
    made = Augmenter([own], seed=1)(image, index=0)
    assert np.abs(made.astype(int) - image).max() <= 1


def test_a_blank_patch_comes_back_unchanged() -> None:
    blank = np.random.default_rng(1).integers(242, 245, (30, 30, 3)).astype(np.uint8)
    assert np.array_equal(altered("reinhard_normalisation", blank, 0, 255, mean=MEAN, sd=SD), blank)


def test_without_a_target_it_says_where_to_get_one() -> None:
    with pytest.raises(BadInput, match="stain_target"):
        transform("reinhard_normalisation").draw(np.random.default_rng(0), lattice(5, 5))
