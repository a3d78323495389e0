"""Cohorts of made images whose label rests on one thing alone."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
from scipy import ndimage

from fewfold.data.blocks.image import Image
from fewfold.data.blocks.images import Images
from fewfold.data.cohort import Cohort
from fewfold.data.schema import Schema, Variable

SIDE = 24
Sign = Literal["brightness", "side", "nothing"]


def pictured(sign: Sign, n: int = 80, *, per_patient: int = 1, seed: int = 0) -> Cohort:
    """``n`` grey images of grain. Those with the sign are brighter, or have a bright spot at the right and not at the
    left; all else varies freely."""
    rng = np.random.default_rng(seed)
    patients = np.arange(n) // per_patient
    sick = patients % 2 == 1
    images = [Image(_one(sign, bool(has), rng)) for has in sick]
    table = pd.DataFrame({
        "patient": patients,
        "sign": pd.Categorical(np.where(sick, "there", "absent"), categories=["absent", "there"]),
    })  # fmt: skip
    target = Variable(name="sign", kind="categorical", role="target", levels=("absent", "there"), positive="there")
    schema = Schema(variables=(Variable(name="patient", kind="integer", role="subject"), target))
    return Cohort.real(table, schema).with_block("image", Images.of(images))


def _one(sign: Sign, sick: bool, rng: np.random.Generator) -> np.ndarray:
    grain = ndimage.gaussian_filter(rng.normal(size=(SIDE, SIDE)), rng.uniform(1, 2))
    made = 120 + rng.uniform(8, 22) / grain.std() * grain + rng.normal(0, rng.uniform(1, 4), (SIDE, SIDE))
    if sign == "brightness":
        return _stored(made + (14 if sick else -14) + rng.normal(0, 3))
    made += rng.normal(0, 12)
    if sign == "side":
        y, x = np.mgrid[:SIDE, :SIDE]
        column, row = (17.5 if sick else 5.5) + rng.normal(0, 0.7), rng.uniform(8, 16)
        made += 60 * np.exp(-((y - row) ** 2 + (x - column) ** 2) / 17)
    return _stored(made)


def _stored(made: np.ndarray) -> np.ndarray:
    return np.clip(made, 0, 255).astype(np.uint8)
