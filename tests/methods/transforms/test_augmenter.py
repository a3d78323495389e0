"""Chains: draws that depend on the sample alone, records, and everything that travels with an image."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import fewfold as ff
from fewfold.core.errors import BadInput
from fewfold.core.seeds import Rng
from fewfold.methods.transforms import augmenter as augmenter_module
from fewfold.methods.transforms.augmenter import Augmenter, geometry
from fewfold.methods.transforms.base import TRANSFORMS, Image, Transform
from fewfold.methods.transforms.engine.lattice import Lattice
from fewfold.methods.transforms.engine.resample import resample
from fewfold.methods.transforms.record import Record, Step
from methods.transforms.engines import engine  # noqa: F401 - a fixture

rng = np.random.default_rng(0)
IMAGE = rng.integers(0, 256, (61, 47, 3)).astype(np.uint8)
VOLUME = rng.random((20, 24, 28)).astype(np.float32)


def chain() -> list[Any]:
    names = ("rotation", "translation", "scaling", "shear", "reflection", "brightness", "contrast", "elastic", "gamma")
    return [ff.transform(name) for name in names]


def augmenter(**settings: Any) -> Augmenter:
    return ff.Augmenter(chain(), **{"seed": 3, **settings})


def test_a_sample_depends_on_seed_index_and_epoch_alone() -> None:
    images = [np.roll(IMAGE, k, axis=0) for k in range(8)]
    alone = [augmenter()(image, index=k) for k, image in enumerate(images)]
    order = [5, 1, 7, 0, 2, 6, 3, 4]
    for threads in (1, 2, 3):
        made = augmenter(threads=threads).batch([images[k] for k in order], indices=order)
        assert all(np.array_equal(one, alone[k]) for one, k in zip(made, order, strict=True))
    assert not np.array_equal(alone[0], augmenter(seed=4)(images[0], index=0))
    assert not np.array_equal(alone[0], augmenter()(images[0], index=1))
    assert not np.array_equal(alone[0], augmenter()(images[0], index=0, epoch=1))


def test_streams_do_not_repeat() -> None:
    seen = {
        ff.Augmenter([ff.transform("gamma")], seed=seed)
        .recorded(IMAGE, index=index, epoch=epoch)[1]
        .steps[0]
        .drawn["exponent"]  # type: ignore[index]
        for seed in range(4)
        for index in range(4)
        for epoch in range(4)
    }
    assert len(seen) == 64


def test_a_record_replays_bit_for_bit(engine: str) -> None:  # noqa: F811
    made, record = augmenter().recorded(IMAGE, index=11)
    again = Record.from_json(json.dumps(json.loads(record.to_json())))
    assert again == record
    assert np.array_equal(Augmenter([], seed=0).replay(IMAGE, again), made)
    made, record = augmenter(dims=3).recorded(VOLUME, index=2, spacing=(3.0, 1.0, 1.0))
    replayed = augmenter(dims=3, threads=2).replay(VOLUME, Record.from_json(record.to_json()))
    assert np.array_equal(replayed, made)


def test_a_record_of_something_else_is_refused() -> None:
    record = augmenter().draw(Lattice((61, 47), (1.0, 1.0)), index=0)
    with pytest.raises(BadInput, match="shape on record"):
        augmenter().replay(IMAGE[1:], record)
    with pytest.raises(BadInput, match="shape that came out"):
        augmenter().invert(IMAGE[1:], record)
    for text in ("[]", "{}", "no", '{"lattice": {"shape": [1]}}'):
        with pytest.raises(BadInput, match="record"):
            Record.from_json(text)


def test_a_chain_is_resampled_once() -> None:
    """Ten turns of 36 degrees are no turn at all: resampling ten times would have blurred the image away."""
    turns = [ff.transform("rotation", degrees=[36, 36])] * 10
    made = ff.Augmenter(turns, seed=0)(IMAGE, index=0)
    assert np.array_equal(made, IMAGE)


def test_geometry_comes_first_and_curves_keep_their_order(engine: str) -> None:  # noqa: F811
    names = ["gamma", "rotation", "contrast", "elastic"]
    mixed, record = ff.Augmenter([ff.transform(n) for n in names], seed=1).recorded(IMAGE, index=0)
    steps = {step.transform: step for step in record.steps}
    sorted_record = Record(
        1, 0, 0, record.lattice, tuple(steps[n] for n in ("rotation", "elastic", "gamma", "contrast"))
    )
    assert np.array_equal(augmenter().replay(IMAGE, sorted_record), mixed)
    flat = np.full((5, 5), 128, np.uint8)
    only = Record(0, 0, 0, Lattice((5, 5), (1.0, 1.0)), (steps["gamma"], steps["contrast"]))
    gamma, contrast = steps["gamma"].drawn["exponent"], steps["contrast"].drawn["factor"]  # type: ignore[index]
    wanted = ((128 / 255) ** gamma - 0.5) * contrast + 0.5
    assert augmenter().replay(flat, only)[0, 0] == round(255 * wanted)


def test_nothing_drawn_is_a_copy() -> None:
    made = ff.Augmenter([ff.transform("reflection", p=0.0)], seed=0)(IMAGE, index=0)
    assert np.array_equal(made, IMAGE)
    assert made is not IMAGE
    made[:] = 0
    assert IMAGE.any()


def test_what_travels_with_an_image_stays_on_it(engine: str) -> None:  # noqa: F811
    """A square of its own grey level: the image, its mask, its centre and its box agree afterwards."""
    image, mask = np.zeros((101, 81), np.uint8), np.zeros((101, 81), np.int64)
    image[40:53, 30:43], mask[40:53, 30:43] = 200, 7
    sample = {
        "image": image,
        "mask": mask,
        "points": np.array([[46.0, 36.0]]),
        "boxes": np.array([[40.0, 30.0, 53.0, 43.0]]),
        "name": "patient 1",
    }
    geometric = [t for t in chain() if t.card.name not in ("brightness", "contrast", "gamma")]
    for index in range(4):
        made = ff.Augmenter(geometric, seed=5)(sample, index=index)
        assert list(made) == list(sample)
        assert made["name"] == "patient 1"
        assert made["mask"].dtype == np.int64
        assert ((made["image"] > 100) != (made["mask"] == 7)).sum() < 8
        found = np.argwhere(made["mask"] == 7)
        assert np.abs(found.mean(axis=0) - made["points"][0]).max() < 0.6
        low, high = made["boxes"][0].reshape(2, 2)
        assert (low <= found.min(axis=0) + 1).all()
        assert (high >= found.max(axis=0)).all()
        assert (high - low < 28).all()


def test_a_flipped_box_is_the_slice_of_the_flipped_image() -> None:
    sample = {"image": IMAGE, "boxes": np.array([[3.0, 5.0, 20.0, 11.0]])}
    made = ff.Augmenter([ff.transform("reflection", p=1)], seed=0)(sample, index=0)
    y0, x0, y1, x1 = made["boxes"][0].astype(int)
    assert np.array_equal(made["image"][y0:y1, x0:x1], IMAGE[3:20, 5:11][:, ::-1])


def test_channels_first_and_last_are_the_same() -> None:
    first = augmenter(channels="first")(np.moveaxis(IMAGE, -1, 0), index=4)
    assert (
        np.abs(np.moveaxis(first, 0, -1).astype(int) - augmenter()(IMAGE, index=4)).max() <= 2
    )  # and a curve after it
    volume = np.stack([VOLUME, 1 - VOLUME])
    first = augmenter(dims=3, channels="first", value_range=(0, 1))(volume, index=4)
    last = augmenter(dims=3, value_range=(0, 1))(np.moveaxis(volume, 0, -1), index=4)
    np.testing.assert_allclose(np.moveaxis(first, 0, -1), last, atol=1e-6)
    gray = augmenter()(IMAGE[..., 0], index=4)
    assert np.abs(gray.astype(int) - augmenter()(IMAGE, index=4)[..., 0]).max() <= 2


class Tint(Transform):
    """Adds to each channel a share of the mean over all of them, and of its own number."""

    card = replace(TRANSFORMS.get("gamma").card, name="tint")

    def _draw(self, rng: Rng, lattice: Lattice) -> dict[str, Any]:
        return {"share": 0.25}

    def _apply(self, image: Image, drawn: dict[str, Any]) -> Image:
        mean = image.values.mean(axis=-1, keepdims=True) + np.arange(image.values.shape[-1])
        return image._replace(values=(image.values * 0.75 + drawn["share"] * mean).astype(image.values.dtype))


@pytest.mark.parametrize("names", [["tint"], ["gamma", "tint", "contrast", "tint", "gamma"]])
@pytest.mark.parametrize("channels", [1, 3])
def test_steps_see_all_channels_wherever_they_are(
    names: list[str], channels: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(augmenter_module._NAMED, "tint", Tint())
    steps = [Tint() if name == "tint" else ff.transform(name) for name in names]
    image = IMAGE[..., :channels]
    last = ff.Augmenter(steps, seed=3)(image, index=0)
    first = ff.Augmenter(steps, seed=3, channels="first")(np.moveaxis(image, -1, 0), index=0)
    assert np.array_equal(np.moveaxis(first, 0, -1), last)
    assert first.flags.c_contiguous
    if names == ["tint"]:
        wanted = image * 0.75 + 0.25 * (image.mean(axis=-1, keepdims=True) + np.arange(channels))
        assert np.array_equal(last, wanted.astype(np.uint8))


def test_several_images_of_one_field_move_together() -> None:
    roles = {"t1": "image", "t2": "image", "seg": "mask"}
    sample = {"t1": VOLUME, "t2": VOLUME * 2, "seg": (VOLUME > 0.5).astype(np.uint8), "age": 3}
    move = ff.Augmenter([ff.transform("rotation"), ff.transform("elastic")], seed=2, dims=3, keys=roles)
    made = move(sample, index=0)
    np.testing.assert_allclose(made["t2"], 2 * made["t1"], rtol=1e-6)
    assert made["seg"].dtype == np.uint8


def test_values_count_in_their_range() -> None:
    brighter = [ff.transform("brightness", share=[0.5, 0.5])]
    np.testing.assert_allclose(
        ff.Augmenter(brighter, seed=0, dims=3, value_range=(0, 2))(VOLUME, index=0), VOLUME + 1, atol=1e-6
    )
    half = (VOLUME.max() - VOLUME.min()) / 2
    np.testing.assert_allclose(ff.Augmenter(brighter, seed=0, dims=3)(VOLUME, index=0), VOLUME + half, atol=1e-6)
    holed = VOLUME.copy()
    holed[0, 0, 0] = np.nan
    np.testing.assert_allclose(ff.Augmenter(brighter, seed=0, dims=3)(holed, index=0), holed + half, atol=1e-6)
    assert (ff.Augmenter(brighter, seed=0)(IMAGE, index=0) == np.minimum(IMAGE + 128.0, 255)).mean() > 0.99
    nothing = np.full((3, 3), np.nan, np.float32)
    assert np.isnan(ff.Augmenter(brighter, seed=0)(nothing, index=0)).all()


@pytest.mark.parametrize("shape", [(1, 1), (1, 1, 3), (1, 5), (2, 1), (3, 3)])
def test_tiny_images(shape: tuple[int, ...], engine: str) -> None:  # noqa: F811
    image = np.full(shape, 9, np.uint8)
    assert augmenter(border="edge")(image, index=0).shape == shape
    still = ff.Augmenter([ff.transform("rotation"), ff.transform("elastic")], seed=0, border="edge")(image, index=1)
    assert (still == 9).all()


def test_inversion_brings_images_masks_and_points_back() -> None:
    rows, columns = np.indices((120, 120))
    image = (127 + 120 * np.sin(rows / 12) * np.cos(columns / 9)).astype(np.uint8)
    sample = {"image": image, "points": np.array([[60.0, 50.0], [70.0, 64.0]])}
    move = ff.Augmenter([t for t in chain() if t.card.name not in ("brightness", "contrast", "gamma")], seed=1)
    made, record = move.recorded(sample, index=3)
    back = move.invert(made, record)
    np.testing.assert_allclose(back["points"], sample["points"], atol=1e-3)
    middle = (slice(40, 80), slice(40, 80))
    assert np.abs(back["image"][middle].astype(int) - image[middle]).max() <= 4
    warp = geometry(record)
    assert warp is not None
    assert np.array_equal(made["image"], resample(image, warp))


def test_a_crop_is_part_of_the_one_resampling() -> None:
    turn = [ff.transform("rotation", degrees=[10, 10]), ff.transform("crop", size=31, centred=True)]
    made, record = ff.Augmenter(turn, seed=0).recorded(IMAGE, index=0)
    assert made.shape == (31, 31, 3)
    whole = ff.Augmenter(turn[:1], seed=0)(IMAGE, index=0)
    assert np.abs(made.astype(int) - whole[15:46, 8:39]).max() <= 1
    assert ff.Augmenter(turn, seed=0).invert(made, record).shape == IMAGE.shape


def test_tensors_stay_tensors() -> None:
    torch = pytest.importorskip("torch")
    made = augmenter(channels="first")({"image": torch.from_numpy(np.moveaxis(IMAGE, -1, 0).copy())}, index=1)
    assert isinstance(made["image"], torch.Tensor)
    wanted = augmenter(channels="first")(np.moveaxis(IMAGE, -1, 0), index=1)
    assert np.array_equal(made["image"].numpy(), wanted)


@pytest.mark.parametrize(
    ("sample", "match"),
    [
        (np.zeros(5, np.uint8), "2 axes, or 3"),
        (np.zeros((2, 5, 5, 3), np.uint8), "dims=3"),
        (np.zeros((0, 5), np.uint8), "points"),
        ({"image": IMAGE, "mask": np.zeros((61, 46), np.uint8)}, "one shape"),
        ({"image": IMAGE, "points": np.zeros((4, 3))}, "2 columns"),
        ({"image": IMAGE, "boxes": np.zeros((4, 2))}, "4 columns"),
        ({"picture": IMAGE}, "none among the keys"),
        ({"points": np.zeros((4, 2))}, "none among the keys"),
        (np.zeros((5, 5), complex), "complex"),
    ],
)
def test_samples_that_cannot_be_read_are_refused(sample: Any, match: str) -> None:
    with pytest.raises(BadInput, match=match):
        augmenter()(sample, index=0)


def test_settings_that_make_no_sense_are_refused() -> None:
    with pytest.raises(BadInput, match="spacing"):
        augmenter()(IMAGE, index=0, spacing=(1, 0))
    with pytest.raises(BadInput, match="spacing"):
        augmenter()(IMAGE, index=0, spacing=(1, 1, 1))
    with pytest.raises(BadInput, match="role"):
        augmenter(keys={"image": "picture"})
    with pytest.raises(BadInput, match="one index for each"):
        augmenter().batch([IMAGE], indices=[1, 2])
    for wrong in ({"seed": -1}, {"dims": 4}, {"border": "wrap"}, {"labels": "linear"}, {"channels": "middle"}):
        with pytest.raises(BadInput):
            augmenter(**wrong)
    with pytest.raises(BadInput, match="fill"):
        augmenter(fill=300)(IMAGE, index=0)
    with pytest.raises(BadInput, match="index"):
        augmenter()(IMAGE, index=-1)


def test_steps_are_told_by_name() -> None:
    record = Record(0, 0, 0, Lattice((61, 47), (1.0, 1.0)), (Step("no_such", {}),))
    with pytest.raises(BadInput, match="transform"):
        augmenter().replay(IMAGE, record)


def test_every_channel_goes_through_every_step_wherever_the_channels_are() -> None:
    """Steps that are no curve too, between curves."""
    chain = [ff.transform("gamma"), ff.transform("bias_field"), ff.transform("contrast")]
    last = ff.Augmenter(chain, seed=2)(IMAGE, index=0)
    first = ff.Augmenter(chain, seed=2, channels="first")(np.moveaxis(IMAGE, -1, 0), index=0)
    assert np.array_equal(np.moveaxis(first, 0, -1), last)
