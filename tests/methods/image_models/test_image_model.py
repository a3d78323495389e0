"""Images of a model as rows of a study."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import fewfold as ff
from fewfold.core.errors import BadInput, Leakage, NotApplicable
from fewfold.data.features.handcrafted import handcrafted
from fewfold.methods.base import load, method
from fewfold.methods.image_models.base import IMAGE_METHODS
from smears import smears

SLOW = {"pca_deformation": {"rounds": 1}}
EACH = pytest.mark.parametrize("model", IMAGE_METHODS.names())


def rng(seed: int = 5) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.fixture(scope="module")
def train() -> ff.Cohort:
    return ff.featured(smears(16)).as_part("train")


@EACH
def test_rows_are_the_features_of_the_images_of_the_model(train: ff.Cohort, model: str) -> None:
    """The same model, fitted and asked by itself with the same generator, makes images with these features."""
    params = SLOW.get(model, {})
    made = (
        method("image_model", model=model, params=params)
        .fit(train, rng=rng())
        .sample(per_class={"small": 5}, rng=rng())
    )
    assert made.table["kind"].tolist() == ["small"] * 5
    assert made.provenance.is_synthetic.all()
    small = set(train.table.index[train.table["kind"] == "small"])
    assert {label for row in made.provenance.sources for label in row if label >= 0} <= small
    fitted = method("image_model", model=model, params=params).fit(train, rng=rng())
    shown = fitted.pictures(4, rng())
    for picture in shown:
        told = fitted.features(picture.image)
        assert told == handcrafted(picture.image)
    assert len({picture.image.pixels.tobytes() for picture in shown}) > 1


@EACH
def test_the_same_seed_and_a_saved_method_make_the_same_rows(train: ff.Cohort, model: str, tmp_path) -> None:
    fitted = method("image_model", model=model, params=SLOW.get(model, {})).fit(train, rng=rng())
    made = fitted.sample(6, rng=rng())
    assert made.table.equals(fitted.sample(6, rng=rng()).table)
    fitted.save(tmp_path / "kept")
    again = load(tmp_path / "kept")
    assert again.sample(6, rng=rng()).table.equals(made.table)
    assert again.params == fitted.params


def test_a_duplicate_is_its_parent(train: ff.Cohort) -> None:
    fitted = method("image_model", model="image_duplication").fit(train.take(np.arange(3, 16)), rng=rng())
    made = fitted.sample(20, rng=rng())
    features = [variable.name for variable in train.schema.features]
    for row, sources in enumerate(made.provenance.sources):
        assert np.allclose(made.table[features].iloc[row], train.table[features].loc[sources[0]])


def test_refused(train: ff.Cohort) -> None:
    with pytest.raises(BadInput, match="image_smote"):
        method("image_model", model="image_smoothe")
    with pytest.raises(TypeError):
        method("image_model", model="image_smote", params={"neighbours": 3})
    with pytest.raises(NotApplicable, match="needs a cohort with images"):
        method("image_model").fit(replace(train, blocks={}), rng=rng())
    with pytest.raises(Leakage):
        method("image_model").fit(train.as_part("holdout"), rng=rng())
    with pytest.raises(NotApplicable, match="pca_appearance needs"):
        method("image_model", model="pca_appearance").fit(train.take(np.arange(4)), rng=rng())


def test_a_study_of_a_model() -> None:
    arm = {"method": "image_model", "params": {"model": "image_smote", "params": {"k_neighbors": 3}}}
    brief = {"ratios": (1.0,), "repeats": 1, "metrics": ("ks",), "learners": ("logistic",), "controls": ("none",)}
    short = {"negative_control_repeats": 1, "seed_repeats": 0, "metric_splits": 2, "pictures": 2}
    result = ff.Study(ff.featured(smears(40)), methods=[arm], **brief, **short).run()
    assert [verdict.method for verdict in result.verdicts] == ["image_model"]
    assert [contact.method for contact in result.figures.contacts] == ["image_model"] * 2
