"""The engine against scipy.ndimage, and its two paths against each other."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from fewfold.core.errors import BadInput
from fewfold.methods.transforms.engine import kernel
from fewfold.methods.transforms.engine.affine import diagonal, identity, linear, shift
from fewfold.methods.transforms.engine.displacement import ControlGrid, Dense
from fewfold.methods.transforms.engine.lookup import Curve, Levels, lookup
from fewfold.methods.transforms.engine.resample import curved, resample
from fewfold.methods.transforms.engine.warp import Warp, straight
from methods.transforms.engines import (
    COMPILED,
    engine,  # noqa: F401 - a fixture
    lattice,
    needs_kernel,
    picture,
    random_affine,
    source_index,
)

SCIPY_MODE = {"constant": "grid-constant", "edge": "nearest", "mirror": "mirror"}
SHAPES = [(1, 1), (1, 9), (9, 1), (2, 2), (31, 67), (130, 200), (1, 1, 1), (5, 1, 7), (13, 17, 70), (2, 3, 2)]


def by_scipy(image: np.ndarray, warp: Warp, order: int, border: str, fill: float) -> np.ndarray:
    index = source_index(warp)
    layers = image.reshape(*warp.source.shape, -1)
    made = [
        ndimage.map_coordinates(
            layers[..., k].astype(float), index, order=order, mode=SCIPY_MODE[border], cval=fill, prefilter=False
        )
        for k in range(layers.shape[-1])
    ]
    return np.stack(made, axis=-1).reshape(warp.target.shape + image.shape[warp.source.ndim :])


def agrees(made: np.ndarray, wanted: np.ndarray, slack: float = 0.0) -> None:
    """To 1e-5 in float and one grey level in integers."""
    if made.dtype.kind == "f":
        np.testing.assert_allclose(made, wanted, atol=1e-5 + slack, rtol=0)
    else:
        limits = np.iinfo(made.dtype)
        gap = np.abs(made.astype(float) - np.clip(np.floor(wanted + 0.5), limits.min, limits.max))
        assert gap.max() <= 1


@pytest.mark.parametrize("border", ["constant", "edge", "mirror"])
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16", "float32"])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_linear_is_that_of_scipy(shape: tuple[int, ...], dtype: str, border: str, engine: str) -> None:  # noqa: F811
    rng = np.random.default_rng(len(shape) * 1000 + sum(shape))
    n = len(shape)
    for channels in (None, 1, 2, 3, 4):
        full = shape if channels is None else (*shape, channels)
        image = picture(full, dtype, rng)
        out = tuple(int(size) for size in rng.integers(1, 60 if n == 2 else 24, n)) if channels else shape
        fill = 3.0 if channels == 2 else 0.0
        warp = Warp(lattice(*shape), lattice(*out), random_affine(n, rng, max(shape)))
        made = resample(image, warp, border=border, fill=fill)
        assert made.dtype == image.dtype
        agrees(made, by_scipy(image, warp, 1, border, fill))


@pytest.mark.parametrize("border", ["constant", "edge", "mirror"])
def test_steep_and_distant_maps(border: str, engine: str) -> None:  # noqa: F811
    image = np.random.default_rng(0).random((40, 50)).astype(np.float32)
    for rows in (diagonal([5.0, 7.0]), diagonal([1e-3, 1e-3]), shift([1e6, -1e6]), linear([[0.0, 3.0], [-3.0, 0.0]])):
        warp = straight(lattice(40, 50), rows)
        agrees(resample(image, warp, border=border), by_scipy(image, warp, 1, border, 0.0))


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16", "float32"])
@pytest.mark.parametrize("shape", [(1, 1), (1, 70), (70, 1), (65, 129), (65, 129, 3), (9, 8, 130), (1, 2, 3)])
def test_identity_and_whole_steps_are_exact(shape: tuple[int, ...], dtype: str, engine: str) -> None:  # noqa: F811
    image = picture(shape, dtype, np.random.default_rng(1))
    for dims in {2, len(shape)} if shape[-1] == 3 else {len(shape)}:
        own = lattice(*shape[:dims])
        assert np.array_equal(resample(image, straight(own, identity(dims))), image)
        flipped = resample(image, straight(own, diagonal([-1.0] + [1.0] * (dims - 1))))
        assert np.array_equal(flipped, image[::-1])
        moved = resample(image, straight(own, shift([0.0] * (dims - 1) + [1.0])))
        wanted = np.zeros_like(image)
        kept = (slice(None),) * (dims - 1)
        wanted[(*kept, slice(0, -1))] = image[(*kept, slice(1, None))]
        assert np.array_equal(moved, wanted)


@pytest.mark.parametrize("n", [2, 3])
@pytest.mark.parametrize("degree", [1, 3])
def test_splines_keep_what_is_linear(n: int, degree: int, engine: str) -> None:  # noqa: F811
    """B-splines of control points on a plane lie on the plane: so the warp is the affine one, whose field is known."""
    rng = np.random.default_rng(n)
    shape = (30, 41) if n == 2 else (12, 15, 70)
    own = lattice(*shape, spacing=(0.5, 2.0, 1.5)[-n:])
    image = rng.random(shape).astype(np.float32)
    slope = rng.normal(scale=0.05, size=(n, n))
    spacing = np.array(own.extent) / 4
    origin = -np.array(own.extent) / 2 - spacing
    control = origin.reshape((n,) + (1,) * n) + np.indices((7,) * n) * spacing.reshape((n,) + (1,) * n)
    grid = ControlGrid(np.tensordot(slope, control, 1), origin, spacing, degree)
    bent = Warp(own, own, identity(n), grid)
    flat = straight(own, linear((np.eye(n) + slope).tolist()))
    agrees(resample(image, bent, border="edge"), by_scipy(image, flat, 1, "edge", 0.0))
    agrees(resample(image, bent), by_scipy(image, flat, 1, "constant", 0.0))


@pytest.mark.parametrize("border", ["constant", "edge", "mirror"])
@pytest.mark.parametrize("n", [2, 3])
def test_displacements_are_those_of_scipy(n: int, border: str, engine: str) -> None:  # noqa: F811
    rng = np.random.default_rng(n)
    shape, channels = ((45, 90), 3) if n == 2 else ((14, 18, 70), 2)
    own = lattice(*shape)
    spacing = np.array(own.extent) / 3
    grid = ControlGrid(rng.normal(scale=3, size=(n, *(6,) * n)), -np.array(own.extent) / 2 - spacing, spacing)
    rows = random_affine(n, rng, 10)
    dense = Dense(rng.normal(scale=3, size=(n, *shape)).astype(np.float32), own)
    for field in (grid, dense):
        warp = Warp(own, own, rows, field)
        for dtype in ("float32", "uint8"):
            image = picture((*shape, channels), dtype, rng)
            agrees(resample(image, warp, border=border, fill=2.0), by_scipy(image, warp, 1, border, 2.0))


@pytest.mark.parametrize("dtype", ["uint8", "int16", "int32", "int64", "bool", "uint16", "int8"])
@pytest.mark.parametrize("shape", [(40, 70), (9, 12, 33), (1, 5)], ids=str)
def test_nearest_labels_are_those_of_scipy(shape: tuple[int, ...], dtype: str, engine: str) -> None:  # noqa: F811
    rng = np.random.default_rng(2)
    n = len(shape)
    mask = rng.integers(0, 2 if dtype == "bool" else 100, shape).astype(dtype)
    for border in SCIPY_MODE:
        warp = straight(lattice(*shape), random_affine(n, rng, max(shape)))
        made = resample(mask, warp, interpolation="nearest", border=border)
        assert made.dtype == mask.dtype
        assert np.array_equal(made, by_scipy(mask, warp, 0, border, 0.0))


@pytest.mark.parametrize("border", ["constant", "edge", "mirror"])
@pytest.mark.parametrize("shape", [(40, 70), (9, 12, 33)], ids=str)
def test_majority_is_the_largest_of_labels_interpolated_apart(
    shape: tuple[int, ...],
    border: str,
    engine: str,  # noqa: F811
) -> None:
    rng = np.random.default_rng(3)
    mask = rng.integers(0, 4, shape).astype(np.uint8)
    warp = straight(lattice(*shape), random_affine(len(shape), rng, max(shape)))
    apart = np.stack([by_scipy((mask == k).astype(float), warp, 1, border, float(k == 0)) for k in range(4)])
    made = resample(mask, warp, interpolation="majority", border=border)
    ranked = np.sort(apart, axis=0)
    clear = ranked[-1] - ranked[-2] > 1e-6
    assert clear.mean() > 0.9
    assert np.array_equal(made[clear], apart.argmax(axis=0)[clear])
    assert set(np.unique(made)) <= set(range(4))


def test_a_missing_value_spreads_no_further_than_its_cell(engine: str) -> None:  # noqa: F811
    image = np.random.default_rng(4).random((20, 100)).astype(np.float32)
    image[7, 50] = np.nan
    image[3, 9] = np.inf
    own = lattice(20, 100)
    assert np.array_equal(resample(image, straight(own, identity(2))), image, equal_nan=True)
    half = resample(image, straight(own, shift([0.0, 0.5])))
    assert np.argwhere(np.isnan(half)).tolist() == [[7, 49], [7, 50]]
    turned = resample(image, straight(own, linear([[0.9, 0.3], [-0.3, 0.9]])))
    assert 0 < np.isnan(turned).sum() < 12
    outside = resample(np.ones((20, 100), np.float32), straight(own, shift([0.0, 10.0])), fill=np.nan)
    assert np.array_equal(np.isnan(outside), np.broadcast_to(np.arange(100) >= 90, (20, 100)))


def test_views_and_other_byte_orders(engine: str) -> None:  # noqa: F811
    rng = np.random.default_rng(5)
    big = rng.random((60, 80)).astype(np.float32)
    warp = straight(lattice(30, 40), linear([[0.9, 0.2], [-0.2, 0.9]]))
    wanted = resample(np.ascontiguousarray(big[::2, ::-2]), warp)
    assert np.array_equal(resample(big[::2, ::-2], warp), wanted)
    assert np.array_equal(resample(big[::2, ::-2].astype(">f4"), warp), wanted)
    assert np.array_equal(resample(np.asfortranarray(big[::2, ::-2]), warp), wanted)
    assert resample(big[::2, ::-2].astype(np.float64), warp).dtype == np.float32


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16", "float32"])
def test_a_lookup_on_the_way_is_the_one_afterwards(dtype: str, engine: str) -> None:  # noqa: F811
    rng = np.random.default_rng(6)
    curve = Curve.linear(1.3, -0.1).then(Curve.power(0.7)).then(Curve.linear(0.9, 0.05))
    levels = Levels(0, 1) if dtype == "float32" else Levels(*map(float, (np.iinfo(dtype).min, np.iinfo(dtype).max)))
    found = lookup(curve, levels, np.dtype(dtype))
    for channels in (1, 3, 4):
        image = picture((50, 90, channels), dtype, rng)
        warp = straight(lattice(50, 90), random_affine(2, rng, 50))
        both = resample(image, warp, lookup=found, fill=9.0)
        assert np.array_equal(both, curved(resample(image, warp, fill=9.0), found))


def test_a_table_for_each_channel(engine: str) -> None:  # noqa: F811
    image = picture((40, 90, 3), "uint8", np.random.default_rng(7))
    tables = np.stack([np.arange(256), 255 - np.arange(256), np.full(256, 7)]).astype(np.uint8)
    wanted = np.stack([image[..., 0], 255 - image[..., 1], np.full((40, 90), 7)], axis=-1)
    assert np.array_equal(resample(image, straight(lattice(40, 90), identity(2)), lookup=tables), wanted)
    assert np.array_equal(curved(image, tables), wanted)


def test_curves_are_their_formula(engine: str) -> None:  # noqa: F811
    values = np.array([-0.5, 0.0, 0.1, 0.5, 1.0, 3.0], dtype=np.float32)[None]
    found = lookup(Curve.linear(2.0, 0.1).then(Curve.power(1.7)), Levels(0.0, 1.0), values.dtype)
    np.testing.assert_allclose(curved(values, found), np.maximum(2 * values + 0.1, 0) ** 1.7, rtol=5e-6, atol=1e-7)
    found = lookup(Curve.power(0.4), Levels(-1000.0, 3000.0), np.dtype(np.int16))
    scan = np.array([[-1000, 0, 1234, 3000, 4000, -2000]], dtype=np.int16)
    wanted = np.maximum((scan + 1000) / 4000, 0) ** 0.4 * 4000 - 1000
    assert np.abs(curved(scan, found) - np.clip(wanted, -32768, 32767)).max() <= 0.51
    assert np.isnan(curved(np.full((1, 1), np.nan, np.float32), lookup(Curve.power(2.0), Levels(0, 1), values.dtype)))


@pytest.mark.parametrize("shape", [(9, 100), (6, 7, 100)])
def test_what_lies_farther_out_than_a_step_is_the_fill_value_itself(shape: tuple[int, ...], engine: str) -> None:  # noqa: F811
    """Under a displacement too, where runs of points are partly outside."""
    own, rng = lattice(*shape), np.random.default_rng(11)
    moved = rng.normal(scale=30, size=(len(shape), *shape)).astype(np.float32)
    warp = Warp(own, own, identity(len(shape)), Dense(moved, own))
    index, last = source_index(warp), np.reshape(shape, (-1,) + (1,) * len(shape)) - 1
    outside = ((index < -1.001) | (index > last + 1.001)).any(axis=0)
    image = rng.random(shape, dtype=np.float32)
    made = resample(image, warp, fill=7.1)
    assert outside.any()
    assert (made[outside] == np.float32(7.1)).all()
    agrees(made, by_scipy(image, warp, 1, "constant", 7.1))


@needs_kernel
def test_threads_do_not_matter() -> None:
    rng = np.random.default_rng(8)
    image = rng.random((17, 30, 41)).astype(np.float32)
    warp = straight(lattice(17, 30, 41), random_affine(3, rng, 20))
    one = resample(image, warp)
    for threads in (2, 3, 7):
        assert np.array_equal(resample(image, warp, threads=threads), one)


@needs_kernel
@pytest.mark.parametrize("border", ["constant", "edge", "mirror"])
@pytest.mark.parametrize("interpolation", ["linear", "nearest", "majority"])
def test_the_fallback_gives_the_same(interpolation: str, border: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(9)
    cases = [((37, 141), "uint8"), ((37, 141, 3), "uint8"), ((37, 141, 4), "uint8"), ((11, 12, 80), "int16")]
    for shape, dtype in [*cases, *([] if interpolation != "linear" else [((9, 20, 70), "float32")])]:
        n = 3 if shape[-1] > 4 and len(shape) == 3 else 2
        image = picture(shape, dtype, rng)
        if interpolation != "linear":
            image = (image % 5).astype(dtype)
        warp = straight(lattice(*shape[:n]), random_affine(n, rng, 40))
        monkeypatch.setattr(kernel, "KERNEL", COMPILED)
        one = resample(image, warp, interpolation=interpolation, border=border, fill=2)
        monkeypatch.setattr(kernel, "KERNEL", None)
        other = resample(image, warp, interpolation=interpolation, border=border, fill=2)
        if interpolation == "linear":
            agrees(one, other.astype(float))
        else:
            assert np.array_equal(one, other)


def test_what_cannot_be_resampled_is_refused() -> None:
    warp = straight(lattice(4, 4), identity(2))
    with pytest.raises(BadInput, match="complex128"):
        resample(np.zeros((4, 4), complex), warp)
    with pytest.raises(BadInput, match="int64"):
        resample(np.zeros((4, 4), np.int64), warp)
    with pytest.raises(BadInput, match="labels that are integers"):
        resample(np.zeros((4, 4)), warp, interpolation="nearest")
    with pytest.raises(BadInput, match="within 32 bits"):
        resample(np.full((4, 4), 2**40), warp, interpolation="nearest")


@needs_kernel
def test_the_kernel_refuses_buffers_of_another_size() -> None:
    assert COMPILED is not None
    image = np.zeros((4, 4), np.uint8)
    rest = (0, 0, 0, 0.0, 2, 1, (1, 4, 4), (1, 4, 5), np.zeros((3, 4)), 0, None, (0, 0, 0), 0, None, None, None, 0, 4)
    with pytest.raises(ValueError, match="size"):
        COMPILED.warp(image, np.zeros((4, 4), np.uint8), *rest)
