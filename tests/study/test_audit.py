"""The audit trail: it points to what is there, and identifies the data."""

from __future__ import annotations

import hashlib
import re
from typing import get_args

import pytest
from pydantic import BaseModel

import fewfold as ff
from cohorts import make_cohort
from fewfold.data.blocks.images import Images
from fewfold.data.digest import data_hash
from fewfold.study.audit import CROSSWALK
from fewfold.study.findings import KINDS
from fewfold.study.result import Result
from fewfold.study.settings import Settings
from smears import smears


def parts(where: str) -> list[str]:
    """The places that an entry names, without what stands in brackets."""
    return [place.strip() for place in re.sub(r"\(.*?\)", "", where).split(",")]


@pytest.mark.parametrize("item", CROSSWALK)
def test_every_item_of_a_guideline_points_to_a_place_in_the_result(item):
    for place in parts(CROSSWALK[item]):
        kind: type = Result
        for name in place.split("."):
            assert name in kind.model_fields, place
            found = kind.model_fields[name].annotation
            models = [one for one in (found, *get_args(found)) if isinstance(one, type) and issubclass(one, BaseModel)]
            kind = Settings if name == "settings" else models[0] if models else BaseModel
    assert set(re.findall(r"FF\d+", CROSSWALK[item])) <= set(KINDS)


def test_fairness_points_to_the_subgroups():
    assert "subgroups" in parts(CROSSWALK["TRIPOD+AI 14 (fairness)"])


def test_one_grey_level_changes_the_hash():
    cohort = smears(6)
    assert data_hash(cohort) == data_hash(smears(6))
    images = list(cohort.blocks["image"])
    for values in (images[4].pixels, images[2].masks["cell"]):
        values[3, 3] += 1
        assert data_hash(cohort.with_block("image", Images.of(images))) != data_hash(smears(6))
        values[3, 3] -= 1
    assert data_hash(cohort.with_block("image", Images.of(images))) == data_hash(smears(6))


def test_the_hash_is_that_of_the_values_and_not_of_the_file(tmp_path):
    cohort = make_cohort(30)
    ff.write(cohort, tmp_path / "patients.csv")
    assert data_hash(cohort) == data_hash(make_cohort(30))
    changed = cohort.with_column("age", cohort.table["age"].where(cohort.table.index != 3, 1.0))
    assert data_hash(changed) != data_hash(cohort)
    assert data_hash(cohort) != hashlib.sha256((tmp_path / "patients.csv").read_bytes()).hexdigest()
