"""What stains are normalised to, against slides whose stains are known."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import fewfold as ff
from fewfold.core.errors import BadInput, Leakage
from fewfold.data.blocks.images import Images
from fewfold.data.cohort import Cohort
from fewfold.data.provenance import Provenance, Record
from fewfold.data.schema import Schema, Variable
from fewfold.data.tag import Tag
from fewfold.methods.transforms.base import transform
from fewfold.methods.transforms.stain_target import stain_target
from methods.transforms.slides import STAINS, concentrations, light
from methods.transforms.test_reinhard import moments

AMOUNTS = [concentrations(np.random.default_rng(k)) * [1, 1 + k / 10] for k in range(2)]
SLIDES = [light(each).astype(np.float32) for each in AMOUNTS]
MOST = [np.percentile(each.reshape(-1, 2), 99, axis=0) for each in AMOUNTS]
RANGE = (0.0, 1.0)


def cohort() -> Cohort:
    table = pd.DataFrame({"cells": [3.0, 4.0]})
    made = Cohort.real(table, Schema(variables=(Variable(name="cells", kind="numeric"),)))
    return made.with_block("images", Images.of([ff.Image(each) for each in SLIDES])).as_part("train")


def test_it_is_what_the_slides_were_made_of() -> None:
    target = stain_target(SLIDES, value_range=RANGE)
    np.testing.assert_allclose(target["stains"], STAINS, atol=1e-4)
    np.testing.assert_allclose(target["concentrations"], np.mean(MOST, axis=0), atol=1e-4)
    told = [moments(each.astype(np.float64)) for each in SLIDES]
    np.testing.assert_allclose([target["mean"], target["sd"]], np.mean(told, axis=0), atol=1e-5)
    assert json.loads(json.dumps(target)) == target


def test_stains_that_differ_are_averaged_to_length_1() -> None:
    other = np.array([[0.72, 0.60, 0.35], [0.25, 0.88, 0.40]])
    other /= np.linalg.norm(other, axis=1, keepdims=True)
    target = stain_target([SLIDES[0], light(AMOUNTS[1], other).astype(np.float32)], value_range=RANGE)
    middle = STAINS + other
    middle /= np.linalg.norm(middle, axis=1, keepdims=True)
    np.testing.assert_allclose(target["stains"], middle, atol=1e-4)


def test_glass_is_left_out() -> None:
    glass = np.ones((60, 70, 3), np.float32)
    assert stain_target([SLIDES[0], glass], value_range=RANGE) == stain_target([SLIDES[0]], value_range=RANGE)
    with pytest.raises(BadInput, match="two stains"):
        stain_target([glass], value_range=RANGE)


def test_images_and_cohorts_are_read_as_arrays_are() -> None:
    wanted = stain_target(SLIDES, value_range=RANGE)
    assert stain_target([ff.Image(each) for each in SLIDES], value_range=RANGE) == wanted
    assert stain_target(cohort(), value_range=RANGE) == wanted


def test_only_real_training_images_teach() -> None:
    made = Tag("augmented", Record("elastic", "1", {}, "1"))
    with pytest.raises(Leakage, match="augmented image"):
        stain_target([ff.Image(SLIDES[0], tag=made)])
    with pytest.raises(Leakage, match="holdout"):
        stain_target(cohort().as_part("holdout"))
    synthetic = Provenance.synthetic(2, made.record)
    with pytest.raises(Leakage, match="synthetic"):
        stain_target(replace(cohort(), provenance=synthetic))


def test_a_cohort_without_images_is_refused() -> None:
    with pytest.raises(BadInput, match="one block of images"):
        stain_target(replace(cohort(), blocks={}))


@pytest.mark.parametrize("wrong", [np.zeros((4, 5, 3)), [np.zeros((4, 5))], [np.zeros((4, 5, 4))]])
def test_images_without_colours_are_refused(wrong: Any) -> None:
    with pytest.raises(BadInput, match="red, green and blue"):
        stain_target(wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"stains": [[1, 0, 0]], "concentrations": [1, 1]},
        {"stains": [[1, 0, 0], [0, 1, 0]], "concentrations": [1, float("nan")]},
        {"stains": [[1, 0, 0], [0, 1, 0]], "concentrations": [1, 1], "gain": 1},
        {"stains": "blue", "concentrations": [1, 1]},
    ],
)
def test_what_is_no_target_is_refused(wrong: Any) -> None:
    with pytest.raises(BadInput, match="stains of shape"):
        transform("macenko_normalisation", target=wrong)
