"""Warps: composition, inversion, and where points go."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.interpolate import BSpline

from fewfold.core.errors import BadInput
from fewfold.methods.transforms.base import transform
from fewfold.methods.transforms.engine import affine
from fewfold.methods.transforms.engine.displacement import ControlGrid, Dense
from fewfold.methods.transforms.engine.lattice import Lattice
from fewfold.methods.transforms.engine.resample import resample
from fewfold.methods.transforms.engine.warp import Warp, straight
from methods.transforms.engines import lattice, random_affine, source_index


def elastic(own: Lattice, seed: int, strength: float = 0.3) -> Warp:
    drawn = {"cells": [4] * own.ndim, "degree": 3, "strength": strength, "seed": seed}
    return transform("elastic").warp(drawn, own)  # type: ignore[attr-defined, no-any-return]


@pytest.mark.parametrize("n", [2, 3])
def test_affine_maps_are_those_of_matrices(n: int) -> None:
    rng = np.random.default_rng(n)
    one, other = random_affine(n, rng, 5), random_affine(n, rng, 5)
    points = rng.normal(size=(n, 4, 3))

    def by_hand(rows: affine.Affine, at: np.ndarray) -> np.ndarray:
        whole = np.array(rows)
        return np.einsum("ij,j...->i...", whole[:, :n], at) + whole[:, n].reshape(n, 1, 1)

    np.testing.assert_allclose(affine.apply(one, points), by_hand(one, points))
    np.testing.assert_allclose(affine.apply(affine.compose(one, other), points), by_hand(one, by_hand(other, points)))
    np.testing.assert_allclose(affine.apply(affine.inverse(one), by_hand(one, points)), points)


@pytest.mark.parametrize("n", [2, 3])
def test_index_affine_is_the_definition(n: int) -> None:
    rng = np.random.default_rng(n)
    source = lattice(*(7, 9, 5)[:n], spacing=(0.5, 2.0, 3.0)[:n])
    target = lattice(*(4, 11, 6)[:n], spacing=(1.0, 0.7, 3.0)[:n])
    warp = Warp(source, target, random_affine(n, rng, 3))
    index = np.indices(target.shape, dtype=float)
    np.testing.assert_allclose(affine.apply(warp.index_affine(), index), source_index(warp), atol=1e-12)


@pytest.mark.parametrize("n", [2, 3])
def test_control_grids_are_tensor_products_of_b_splines(n: int) -> None:
    rng = np.random.default_rng(n)
    values = rng.normal(size=(n, *(7,) * n))
    grid = ControlGrid(values, np.full(n, -3.0), np.full(n, 1.5))
    places = rng.uniform(-1.5, 4.5, size=(n, 20))
    wanted = np.zeros((n, 20))
    knots = np.arange(-2, 9)  # so that the spline of control point i is centred on i
    basis = [BSpline.design_matrix((places[d] + 3) / 1.5, knots.astype(float), 3).toarray() for d in range(n)]
    spell = "pa,pb,kab->kp" if n == 2 else "pa,pb,pc,kabc->kp"
    wanted = np.einsum(spell, *basis, values)
    np.testing.assert_allclose(grid.at(places), wanted, atol=1e-12)


@pytest.mark.parametrize("n", [2, 3])
def test_a_chain_is_the_composition_of_its_maps(n: int) -> None:
    rng = np.random.default_rng(n)
    own = lattice(*(30, 40, 20)[:n], spacing=(1.0, 0.5, 2.0)[:n])
    turn, stretch = straight(own, random_affine(n, rng, 5)), straight(own, affine.diagonal([1.3, -0.8, 1.1][:n]))
    bend, more = elastic(own, 1), elastic(own, 2)
    places = own.places()
    for first, after, kind in (
        (turn, stretch, type(None)),
        (turn, bend, ControlGrid),
        (bend, stretch, ControlGrid),
        (bend, turn, Dense),
        (bend, more, Dense),
        (turn.then(bend), stretch, ControlGrid),
    ):
        both = first.then(after)
        assert isinstance(both.displacement, kind)
        np.testing.assert_allclose(both.back(places), first.back(after.back(places)), atol=1e-4)


def test_a_chain_of_four_is_the_same_in_any_grouping() -> None:
    own = lattice(25, 31)
    rng = np.random.default_rng(0)
    a, b, c = (straight(own, random_affine(2, rng, 5)) for _ in range(3))
    d = elastic(own, 5)
    left, right = a.then(b).then(d).then(c), a.then(b.then(d.then(c)))
    np.testing.assert_allclose(left.back(own.places()), right.back(own.places()), atol=1e-4)


@pytest.mark.parametrize("n", [2, 3])
@pytest.mark.parametrize("strength", [0.0, 0.4])
def test_what_goes_forth_comes_back(n: int, strength: float) -> None:
    rng = np.random.default_rng(n)
    own = lattice(*(30, 40, 20)[:n], spacing=(1.0, 0.5, 2.0)[:n])
    warp = straight(own, random_affine(n, rng, 5)).then(elastic(own, 3, strength))
    inside = (rng.uniform(size=(15, n)) * (np.array(own.shape) - 1)).T
    there = warp.back(own.to_places(inside))
    np.testing.assert_allclose(warp.forth(there), own.to_places(inside), atol=1e-6)
    np.testing.assert_allclose(warp.move(own.to_indices(there).T), inside.T, atol=1e-6)


def test_the_inverse_brings_an_image_back() -> None:
    own = lattice(120, 130)
    rows, columns = np.indices(own.shape)
    smooth = (np.sin(rows / 9) * np.cos(columns / 11)).astype(np.float32)
    turn = transform("rotation").warp({"degrees": [12.0]}, own)  # type: ignore[attr-defined]
    warp = turn.then(elastic(own, 4))
    again = resample(resample(smooth, warp), warp.inverse())
    middle = (slice(35, -35), slice(35, -35))
    assert np.abs(again[middle] - smooth[middle]).max() < 0.01
    assert np.abs(resample(smooth, warp)[middle] - smooth[middle]).max() > 0.3


def test_a_fold_is_not_undone_in_silence() -> None:
    own = lattice(40, 40)
    with pytest.raises(BadInput, match="folds"):
        elastic(own, 1, strength=3.0).inverse()


def test_elastic_at_its_limit_never_folds() -> None:
    """The Jacobian of the map is positive everywhere, by finite differences of a fine lattice."""
    for seed in range(20):
        own = lattice(80, 80)
        back = elastic(own, seed, 0.4).back(own.places())
        d = [np.gradient(back[i], axis=j) for i in range(2) for j in range(2)]
        assert (d[0] * d[3] - d[1] * d[2]).min() > 0
