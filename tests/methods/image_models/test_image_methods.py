"""What every method that makes images must do."""

from __future__ import annotations

import json
import pickle
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

import fewfold as ff
from fewfold.core.errors import BadInput, Leakage, NotApplicable
from fewfold.data.blocks.image import Image
from fewfold.data.blocks.images import Held, Images
from fewfold.data.provenance import Record
from fewfold.data.tag import Tag
from fewfold.methods.image_models.base import ImageMethod
from fewfold.methods.image_models.image_adasyn import ImageAdasyn
from fewfold.methods.image_models.image_duplication import ImageDuplication
from fewfold.methods.image_models.image_mixing import ImageMixing
from fewfold.methods.image_models.image_smote import ImageSmote
from fewfold.methods.image_models.pca_appearance import PcaAppearance
from fewfold.methods.image_models.pca_deformation import PcaDeformation
from fewfold.methods.image_models.record import ImageRecord
from methods.image_models.pictures import blots, cohort_of

Kind = Callable[[], ImageMethod]
KINDS: dict[str, Kind] = {
    "appearance": PcaAppearance,
    "moved": lambda: PcaAppearance(around="image", strength=0.5),
    "deformation": PcaDeformation,
    "labels": lambda: PcaDeformation(mask="blot", rounds=1),
    "duplication": ImageDuplication,
    "smote": ImageSmote,
    "smote, nearest": lambda: ImageSmote(back="nearest", mask="blot"),
    "adasyn": ImageAdasyn,
    "adasyn, nearest": lambda: ImageAdasyn(back="nearest"),
    "cutmix": ImageMixing,
    "mixup": lambda: ImageMixing(mixing="mixup"),
}
EACH = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)


def equal(one: Image, other: Image) -> bool:
    masks = one.masks.keys() == other.masks.keys() and all(
        np.array_equal(one.masks[k], other.masks[k]) for k in one.masks
    )
    return masks and one.pixels.dtype == other.pixels.dtype and np.array_equal(one.pixels, other.pixels)


@EACH
def test_card_and_parameters(kind: Kind) -> None:
    method = kind()
    card = method.card
    assert re.fullmatch(r"[a-z][a-z0-9_]*", card.name)
    assert type(method).__module__.endswith(f".{card.name}")
    assert card.summary.endswith(".")
    assert card.cost
    assert card.may_destroy
    assert "continuous" not in card.targets
    assert card.references or card.family == "control"
    assert type(method)(**json.loads(json.dumps(method.params))).params == method.params


@EACH
@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.float32])
def test_made_images_are_like_the_training_images_and_replay(kind: Kind, dtype: Any) -> None:
    cohort = blots(dtype=dtype)
    before = [image.pixels.copy() for image in cohort.blocks["image"]]
    method = kind().fit(cohort)
    made = method.sample(9, rng=4, per_class=None)
    anew = kind().fit(cohort)
    again = anew.sample(9, rng=4)
    other = method.sample(9, rng=5)
    low, high = min(map(np.min, before)), max(map(np.max, before))
    for entry, twin in zip(made.blocks["image"].entries, again.blocks["image"].entries, strict=True):
        image = entry.read()
        assert image.pixels.dtype == dtype
        assert (image.header.shape, image.spacing) == ((24, 24), (1.0, 1.0))
        assert entry.header.shape == image.header.shape
        assert entry.header.tag == image.tag
        assert image.tag is not None
        assert image.pixels.min() >= low
        assert image.pixels.max() <= high
        assert equal(image, twin.read())
        text = entry.record.to_json()
        assert equal(image, anew.make(ImageRecord.from_json(text)))
        assert equal(image, pickle.loads(pickle.dumps(entry)).read())
    assert made.provenance.sources.tolist() == again.provenance.sources.tolist()
    first = [entry.record for entry in made.blocks["image"].entries]
    assert first != [entry.record for entry in other.blocks["image"].entries]
    assert all(np.array_equal(image.pixels, was) for image, was in zip(cohort.blocks["image"], before, strict=True))


@EACH
def test_rows_have_their_class_and_their_parents(kind: Kind) -> None:
    whole = blots(20)
    train = whole.take(np.arange(3, 19)).as_part("train")
    method = kind().fit(train)
    made = method.sample(rng=0, per_class={"a": 2, "b": 5}, start=7)
    assert made.table["kind"].tolist() == ["a"] * 2 + ["b"] * 5
    assert made.table.index.tolist() == list(range(7, 14))
    assert made.provenance.is_synthetic.all()
    assert made.provenance.records[0].params == method.params
    for row, entry in enumerate(made.blocks["image"].entries):
        parents = entry.record.parents
        assert [p for p in made.provenance.sources[row].tolist() if p >= 0] == list(parents)
        assert set(parents) <= set(train.table.index)
        assert set(whole.table["kind"].loc[list(parents)]) <= {entry.record.level}
        assert entry.read().tag.origin == ("augmented" if len(set(parents)) == 1 else "synthetic")
    assert Counter(method.sample(8, rng=0).table["kind"]) == {"a": 4, "b": 4}
    assert len(method.sample(0, rng=0)) == 0


@dataclass(frozen=True, eq=False)
class Untouchable(Held):
    """A holdout image that must not be read."""

    def read(self) -> Image:
        raise AssertionError("a holdout image was read")


@EACH
def test_what_must_not_teach_is_refused(kind: Kind) -> None:
    cohort = blots()
    block = cohort.blocks["image"]
    watched = cohort.with_block("image", Images(tuple(Untouchable(e.name, e.image) for e in block.entries)))
    with pytest.raises(Leakage, match="training part"):
        kind().fit(watched.as_part("holdout"))
    made = ImageDuplication().fit(cohort).sample(4, rng=0)
    with pytest.raises(Leakage, match="training part"):
        kind().fit(made)
    tagged = [
        replace(image, tag=Tag("synthetic", Record("other", "1"))) if k == 3 else image for k, image in enumerate(block)
    ]
    with pytest.raises(Leakage, match="1 made ones, image 4"):
        kind().fit(cohort.with_block("image", Images.of(tagged)))


@EACH
def test_records_of_strangers_are_refused(kind: Kind) -> None:
    cohort = blots(20)
    method = kind().fit(cohort.take(np.arange(2, 20)))
    record = method.draw(1, rng=0)[0]
    with pytest.raises(Leakage, match="row 1"):
        method.make(replace(record, parents=(1,)))
    with pytest.raises(BadInput, match="a record of"):
        method.make(replace(record, method="other"))
    with pytest.raises(BadInput, match="a class that was learned"):
        method.make(replace(record, level="c"))


@EACH
def test_bad_input_is_named(kind: Kind) -> None:
    with pytest.raises(BadInput, match="fitted"):
        kind().draw(1, rng=0)
    with pytest.raises(BadInput, match="fitted"):
        kind().make(ImageRecord(kind().card.name, "a", (), {}))
    cohort = blots()
    with pytest.raises(BadInput, match="with images"):
        kind().fit(replace(cohort, blocks={}))
    if kind().card.min_subjects > 1:
        with pytest.raises(NotApplicable, match="needs"):
            kind().fit(cohort.take(np.array([0, 1])))
    with pytest.raises(TypeError, match="rng"):
        kind().fit(cohort).draw(1, rng=None)


def test_images_without_a_target_are_one_class() -> None:
    rng = np.random.default_rng(0)
    cohort = cohort_of(rng.integers(0, 256, (5, 8, 9, 3), dtype=np.uint8))
    for kind in (PcaAppearance, ImageDuplication):
        made = kind().fit(cohort).sample(3, rng=0)
        assert [image.pixels.shape for image in made.blocks["image"]] == [(8, 9, 3)] * 3
    with pytest.raises(NotApplicable, match="not none"):
        ImageSmote().fit(cohort)


def test_only_records_are_read_as_records() -> None:
    for text in ("", "[]", "{}", '{"parents": [1]}'):
        with pytest.raises(BadInput, match=r"ImageRecord\.to_json"):
            ImageRecord.from_json(text)


def test_made_images_stay_made_in_a_folder(tmp_path: Any) -> None:
    method = ImageSmote().fit(blots())
    ff.write_image(next(iter(method.sample(1, rng=0).blocks["image"])), tmp_path / "one.png")
    back = ff.read_image(tmp_path / "one.png")
    assert back.tag is not None
    assert back.tag.record.method == "image_smote"
