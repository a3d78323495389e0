"""Presets: that each can be used, names its sources, and says truly what it keeps."""

from __future__ import annotations

import re
from typing import Literal

import numpy as np
import pytest

from fewfold.core.errors import BadInput
from fewfold.methods.transforms.augmenter import Augmenter
from fewfold.methods.transforms.base import DESTROYS, Geometric, transform
from fewfold.methods.transforms.endpoint import at_risk, check_endpoint
from fewfold.methods.transforms.preset import describe_preset, preset, preset_names

each = pytest.mark.parametrize("name", preset_names())


def test_the_modalities_are_there():
    assert {"blood-smear", "histopathology", "retina", "chest-xray", "mri-brain", "ct"} <= set(preset_names())


@each
@pytest.mark.parametrize("dims", [2, 3])
def test_a_preset_alters_an_image_and_keeps_its_form(name: str, dims: Literal[2, 3]):
    told = describe_preset(name)
    colours = (3,) if any(step.colour for step in told.chain) else ()
    values = np.random.default_rng(0).integers(0, 256, ((9, 12, 11)[-dims:] + colours), dtype=np.uint8)
    augment = Augmenter(preset(name), seed=1, dims=dims, border=told.border)
    made = [augment(values, index=k) for k in range(8)]
    assert {(each.shape, each.dtype) for each in made} == {(values.shape, values.dtype)}
    assert any((each != values).any() for each in made)


@each
def test_each_step_by_itself_does_something_and_is_mild(name: str):
    """A smooth picture stays recognisable under each change of values."""
    told = describe_preset(name)
    y, x = np.mgrid[0:64, 0:64] / 64
    smooth = 0.5 + 0.3 * np.sin(5 * x + 1) * np.cos(4 * y)
    values = np.round(255 * np.stack([smooth, 0.9 * smooth, 0.1 + 0.8 * smooth], axis=-1)).astype(np.uint8)
    for step in told.step:
        change = transform(step.transform, **{**step.params, "p": 1.0})
        if isinstance(change, Geometric):
            continue
        made = [Augmenter([change], seed=1)(values, index=k) for k in range(20)]
        assert any((each != values).any() for each in made), step.transform
        seen = [each != 0 for each in made]  # collimation blackens the rest
        assert min(part.mean() for part in seen) > 0.5
        alike = [np.corrcoef(each[part], values[part])[0, 1] for each, part in zip(made, seen, strict=True)]
        assert min(alike) > 0.8, (step.transform, min(alike))


@each
def test_each_range_has_a_source(name: str):
    told = describe_preset(name)
    assert told.title
    assert all(re.fullmatch(r"10\.\d{4,9}/\S+", step.source) and step.says.endswith(".") for step in told.step)


@each
def test_what_a_preset_keeps_is_what_none_of_its_transforms_may_destroy(name: str):
    told = describe_preset(name)
    assert told.keeps == [key for key in DESTROYS if key not in at_risk(told.chain)]
    check_endpoint(told.chain, told.keeps)
    for key in set(DESTROYS) - set(told.keeps):
        with pytest.raises(BadInput, match=re.escape(DESTROYS[key])):
            check_endpoint(told.chain, [key])


@pytest.mark.parametrize("name", ["chest-xray", "mri-brain", "ct"])
def test_where_sides_are_read_nothing_is_mirrored(name: str):
    assert {"laterality", "situs"} <= set(describe_preset(name).keeps)


def test_hounsfield_units_stay():
    assert "intensity" in describe_preset("ct").keeps


def test_a_refusal_names_the_transform_and_the_reason_and_no_other():
    chain = [transform("gamma"), transform("reflection")]
    with pytest.raises(BadInput) as told:
        check_endpoint(chain, ["laterality", "size"])
    assert "reflection may destroy laterality (which side is which)" in told.value.found
    assert "gamma" not in told.value.found
    assert "size" not in told.value.found
    check_endpoint(chain, ["size"])


def test_unknown_names_list_the_known_ones():
    with pytest.raises(BadInput, match=r"blood-smear, chest-xray.*Did you mean blood-smear"):
        preset("blood-smaer")
    with pytest.raises(BadInput, match="laterality"):
        check_endpoint([], ["side"])
