"""Fixtures and makers for the tests of the engine."""

from __future__ import annotations

import numpy as np
import pytest

from fewfold.methods.transforms.engine import kernel
from fewfold.methods.transforms.engine.affine import Affine
from fewfold.methods.transforms.engine.lattice import Lattice
from fewfold.methods.transforms.engine.warp import Warp

COMPILED = kernel.KERNEL
needs_kernel = pytest.mark.skipif(COMPILED is None, reason="the kernel is not compiled: `make test` does it")


@pytest.fixture(params=["compiled", "scipy"])
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both paths of the engine, one after the other."""
    if request.param == "compiled" and COMPILED is None:
        pytest.skip("the kernel is not compiled: `make test` does it")
    monkeypatch.setattr(kernel, "KERNEL", COMPILED if request.param == "compiled" else None)
    return str(request.param)


def lattice(*shape: int, spacing: tuple[float, ...] | None = None) -> Lattice:
    return Lattice(shape, spacing or (1.0,) * len(shape))


def picture(shape: tuple[int, ...], dtype: str, rng: np.random.Generator) -> np.ndarray:
    if np.dtype(dtype).kind == "f":
        return rng.random(shape).astype(dtype)
    limits = np.iinfo(dtype)
    return rng.integers(limits.min, limits.max + 1, shape).astype(dtype)


def random_affine(n: int, rng: np.random.Generator, size: float) -> Affine:
    matrix = np.diag(rng.choice([1.0, -1.0, 0.6, 1.7], n)) + rng.normal(scale=0.3, size=(n, n))
    return tuple(map(tuple, np.column_stack([matrix, rng.normal(scale=size / 10, size=n)]).tolist()))


def source_index(warp: Warp) -> np.ndarray:
    """Array indices of the source for every point of the target, from the definition in the docs of Warp."""
    n = warp.source.ndim
    grid = np.indices(warp.target.shape, dtype=float).reshape(n, -1)
    middle = (np.array(warp.target.shape)[:, None] - 1) / 2
    place = (grid - middle) * np.array(warp.target.spacing)[:, None]
    rows = np.array(warp.affine)
    back = rows[:, :n] @ place + rows[:, n:]
    if warp.displacement is not None:
        back = back + warp.displacement.at(place)
    index = back / np.array(warp.source.spacing)[:, None] + (np.array(warp.source.shape)[:, None] - 1) / 2
    return index.reshape((n, *warp.target.shape))
