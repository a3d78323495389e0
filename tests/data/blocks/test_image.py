import numpy as np
import pytest

from fewfold.core.errors import BadInput
from fewfold.data.blocks.geometry import (
    affine_of,
    check_affine,
    flip_world,
    reversed_axes,
    same_affine,
    same_spacing,
    spacing_of,
)
from fewfold.data.blocks.image import Image, Marks
from fewfold.data.blocks.images import Images
from pictures import oblique, values


def test_grid_and_spacing_follow_the_kind() -> None:
    volume = Image(values((5, 6, 7), "i2"), volume=True, affine=oblique())
    assert volume.grid == (5, 6, 7) and volume.spacing == pytest.approx((3, 0.7, 0.8))
    plane = Image(values((6, 7, 3), "u1"), affine=oblique())
    assert plane.grid == (6, 7) and plane.spacing == pytest.approx((0.7, 0.8))
    header = plane.header
    assert header.shape == (6, 7, 3) and header.grid == (6, 7) and header.dtype == np.uint8


@pytest.mark.parametrize(
    ("pixels", "told", "error", "message"),
    [
        ((2, 3, 4, 5), {"volume": True}, BadInput, r"\(slices, rows, columns\)"),
        ((2, 3), {"volume": True}, BadInput, r"\(2, 3\)"),
        ((3,), {}, BadInput, "one image"),
        ((2, 3), {"spacing": (1, 2, 3)}, ValueError, "2 axes has a spacing of 3"),
        ((2, 3), {"spacing": (1, 1), "affine": oblique()}, ValueError, "by the affine"),
        ((2, 3), {"affine": np.diag([1.0, 0, 1, 1])}, BadInput, "steps above 0"),
        ((2, 3), {"affine": np.diag([1.0, np.nan, 1, 1])}, BadInput, "finite"),
        ((2, 3), {"masks": {"lesion": np.zeros((3, 2))}}, BadInput, "mask lesion of the size of its image, 2 x 3"),
        ((2, 3), {"points": Marks(np.zeros((1, 3)), (1,))}, ValueError, "3 numbers a mark, not 2, on a grid of 2"),
    ],
)
def test_what_does_not_fit_is_refused(pixels, told, error, message) -> None:
    with pytest.raises(error, match=message):
        Image(np.zeros(pixels, np.uint8), **told)


@pytest.mark.parametrize(("shape", "labels"), [((2, 2, 2), 2), ((2,), 2), ((2, 2), 3)])
def test_marks_are_points_or_boxes_with_labels(shape, labels) -> None:
    with pytest.raises(ValueError, match=r"points are|labels"):
        Marks(np.zeros(shape), (1,) * labels)


def test_geometry_in_closed_form() -> None:
    turn = np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]])
    affine = affine_of(turn, (2.0, 3.0, 4.0), np.array([5.0, 6, 7]))
    assert (affine @ [1, 1, 1, 1]).tolist() == [5 - 3, 6 + 2, 7 + 4, 1]
    assert spacing_of(affine) == (2, 3, 4)
    assert (flip_world(affine) @ [1, 1, 1, 1]).tolist() == [-2, -8, 11, 1]
    assert (reversed_axes(affine) @ [0, 2, 1, 1]).tolist() == (affine @ [1, 2, 0, 1]).tolist()


@pytest.mark.parametrize(("degrees", "right"), [(90, True), (89.97, True), (89.9, False), (70, False)])
def test_right_angles(degrees: float, right: bool) -> None:
    affine = np.eye(4)
    affine[:3, 2] = [np.cos(np.radians(degrees)), 0, np.sin(np.radians(degrees))]
    if right:
        check_affine(affine, "x")
    else:
        with pytest.raises(BadInput, match=f"two axes at {degrees:.2f} degrees"):
            check_affine(affine, "x")


def test_what_is_the_same_place() -> None:
    moved = oblique()
    moved[0, 3] += 0.0005
    assert same_affine(oblique(), moved)
    moved[0, 3] += 0.01
    assert not same_affine(oblique(), moved)
    assert same_spacing((1, 2), (1.0005, 2)) and not same_spacing((1, 2), (1.002, 2))
    assert same_spacing(None, None) and not same_spacing(None, (1, 2)) and not same_spacing((1, 2), (1, 2, 3))


def test_a_block_in_memory() -> None:
    images = Images.of([Image(values((4, 5), "u1", seed=k)) for k in range(3)])
    assert len(images) == 3 and images.names == ["image 1", "image 2", "image 3"]
    assert images.stack().shape == (3, 4, 5)
    assert np.array_equal(images.take(np.array([2, 0]))[0].pixels, images[2].pixels)
    assert [entry.name for entry in images.concat([images]).entries] == images.names * 2
    assert images.check() == [] and [image.grid for image in images] == [(4, 5)] * 3
    with pytest.raises(BadInput, match=r"one size. Found 4 x 5 \(3\), 4 x 6 \(1\); image 1 has 4 x 6"):
        images.concat([Images.of([Image(values((4, 6), "u1"))])]).stack()
