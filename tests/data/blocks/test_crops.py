import numpy as np
import pytest

from fewfold.core.errors import BadInput
from fewfold.data.blocks.crops import crops_at
from fewfold.data.blocks.image import Image, Marks
from fewfold.data.blocks.images import Images
from pictures import values


def picture(**marks: Marks) -> Image:
    pixels = values((20, 30, 3), "u1")
    return Image(pixels, spacing=(0.5, 0.25), masks={"cell": pixels[..., 0] % 3}, **marks)


def test_a_crop_lies_around_its_point() -> None:
    image = picture(points=Marks(np.array([[10.0, 12.0], [2.0, 27.0]]), (4, 7)))
    bare = Image(values((20, 30, 3), "u1"))
    found = crops_at(Images.of([bare, image], ["a", "b"]), 5, around="points")
    assert found.rows.tolist() == [1, 1] and found.labels == (4, 7)
    assert found.images.names == ["b points 1", "b points 2"]
    first = found.images[0]
    assert np.array_equal(first.pixels, image.pixels[8:13, 10:15]) and first.spacing == (0.5, 0.25)
    assert np.array_equal(first.masks["cell"], image.masks["cell"][8:13, 10:15])
    assert found.images.headers[0].shape == first.pixels.shape and found.images.stack().shape == (2, 5, 5, 3)


@pytest.mark.parametrize("at", [(0, 0), (19, 29), (0, 29), (19, 15)])
@pytest.mark.parametrize("size", [5, 8])
def test_beyond_an_edge_is_a_mirror(at: tuple[int, int], size: int) -> None:
    image = picture(points=Marks(np.array([at], dtype=float), (1,)))
    crop = crops_at(Images.of([image]), size, around="points").images[0]
    wide = np.pad(image.pixels, [(10, 10), (10, 10), (0, 0)], mode="reflect")
    mask = np.pad(image.masks["cell"], 10)
    top, left = (round(x - (size - 1) / 2) + 10 for x in at)
    assert np.array_equal(crop.pixels, wide[top : top + size, left : left + size])
    assert np.array_equal(crop.masks["cell"], mask[top : top + size, left : left + size])


def test_a_crop_lies_around_the_middle_of_a_box() -> None:
    image = picture(boxes=Marks(np.array([[7.0, 9.0, 14.0, 16.0]]), ("WBC",)))
    crop = crops_at(Images.of([image]), 5, around="boxes").images[0]
    assert np.array_equal(crop.pixels, image.pixels[8:13, 10:15])


def test_what_cannot_be_cropped_is_told() -> None:
    image = picture(points=Marks(np.array([[10.0, 12.0]]), (4,)))
    with pytest.raises(BadInput, match="at least 21 rows and columns"):
        crops_at(Images.of([image]), 21, around="points")
    with pytest.raises(BadInput, match="images with boxes"):
        crops_at(Images.of([image]), 5, around="boxes")
