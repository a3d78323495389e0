"""Contact sheets: the right pictures side by side, and none where patients must not be shown."""

from __future__ import annotations

from base64 import b64decode
from io import BytesIO

import numpy as np
import pytest
from PIL import Image as Pillow
from scipy import ndimage

import fewfold as ff
from fewfold.report.html import render
from fewfold.study.result import Result
from fewfold.study.result_figures import Contact
from fewfold.study.thumbnail import OUTLINE, thumbnail
from smears import smears

STILL = [{"transform": "rotation", "degrees": 0}]
MIRROR = [{"transform": "reflection", "axis": -1, "p": 1.0}]
BRIEF = {"ratios": (1.0,), "repeats": 1, "metrics": ("ks",), "learners": ("logistic",), "controls": ("none",)}


def result(chain: list[dict[str, object]], **settings: object) -> Result:
    arm = {"method": "image_augmentation", "params": {"chain": chain}}
    brief = {**BRIEF, "negative_control_repeats": 1, "seed_repeats": 0, "metric_splits": 2}
    return ff.Study(ff.featured(smears()), methods=[arm], **{**brief, **settings}).run()


def sheet(chain: list[dict[str, object]], **settings: object) -> list[Contact]:
    return result(chain, **settings).figures.contacts


def pixels(picture: str) -> np.ndarray:
    return np.asarray(Pillow.open(BytesIO(b64decode(picture))))


@pytest.fixture(scope="module")
def mirrored() -> Result:
    return result(MIRROR, pictures=4)


def test_the_made_picture_is_the_altered_one_of_its_source(mirrored: Result) -> None:
    contacts = mirrored.figures.contacts
    shown = zip(smears().blocks["image"], smears().table["kind"], strict=True)
    originals = {image.pixels.tobytes(): kind for image, kind in shown}
    assert [each.label for each in contacts] == [originals[pixels(each.real).tobytes()] for each in contacts]
    assert {each.label for each in contacts} == {"large", "small"}
    for each in contacts:
        assert np.array_equal(pixels(each.made), pixels(each.real)[:, ::-1])
        assert each.drawn == "reflection (axis 1)"


def test_the_nearest_of_an_image_that_was_left_as_it_is() -> None:
    for each in sheet(STILL, pictures=2):
        assert each.is_source
        assert each.distance == pytest.approx(0, abs=1e-9)
        assert each.nearest == each.real == each.made


@pytest.mark.parametrize("settings", [{"pictures": 0}, {"release": "consortium"}, {"release": "public"}])
def test_patients_are_not_shown_elsewhere(settings: dict[str, object]) -> None:
    assert not sheet(STILL, **settings)


def test_the_report_shows_them(mirrored: Result) -> None:
    text = render(mirrored)
    for each in mirrored.figures.contacts:
        for picture in (each.real, each.made, each.nearest):
            assert f'src="data:image/png;base64,{picture}"' in text
    assert "img-src data:;" in text
    bare = mirrored.model_copy(update={"figures": mirrored.figures.model_copy(update={"contacts": []})})
    assert "<img" not in render(bare)


def test_volumes_are_shown_by_their_middle_slice_on_the_scale_of_the_source() -> None:
    from fewfold.study.contact import _png

    ramp = np.linspace(-1000, 1000, 5 * 8 * 8, dtype=np.float32).reshape(5, 8, 8)
    source = ff.Image(ramp, volume=True)
    drawn = pixels(_png(ff.Image(ramp / 2, volume=True), source))
    shown = (ramp[2] / 2 - ramp[2].min()) / (ramp[2].max() - ramp[2].min()) * 255
    assert np.abs(drawn - shown.clip(0, 255)).max() <= 0.5


def test_a_mask_is_outlined_where_it_is() -> None:
    marks = np.zeros((40, 60), dtype=np.uint8)
    marks[10:20, 30:50] = 1
    marks[14:16, 36:40] = 2
    for side, wide in ((60, 1), (30, 2)):
        made = pixels(
            thumbnail(np.full((40, 60), 90, dtype=np.uint8), volume=False, low=0, high=255, side=side, mask=marks)
        )
        coloured = (made == OUTLINE).all(axis=-1)
        shrunk = marks[::wide, ::wide]
        eroded = ndimage.binary_erosion(shrunk == 1) | ndimage.binary_erosion(shrunk == 2)
        assert np.array_equal(coloured, (shrunk > 0) & ~eroded)
        assert (made[~coloured] == 90).all()
    volume = np.stack([marks * 0, marks, marks * 0])
    made = pixels(thumbnail(volume, volume=True, low=0, high=2, side=60, mask=volume))
    assert (made == OUTLINE).all(axis=-1).any()
