"""The bias field against numpy's own polynomials."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.polynomial import polynomial

import fewfold as ff
from fewfold.core.errors import BadInput
from methods.transforms.engines import COMPILED, engine, needs_kernel  # noqa: F401
from methods.transforms.signals import PLANE, VOLUME, acquired, drawn_by, signal


def places(n: int) -> np.ndarray:
    return np.linspace(-1 + 1 / n, 1 - 1 / n, n)


@pytest.mark.parametrize("shape", [PLANE, VOLUME, (5, 150)])
def test_the_field_is_the_exponential_of_a_polynomial(shape: tuple[int, ...], engine: str) -> None:  # noqa: F811
    drawn = drawn_by("bias_field", shape, order=4)
    grid = polynomial.polygrid2d if len(shape) == 2 else polynomial.polygrid3d
    field = np.exp(grid(*map(places, shape), np.array(drawn["coefficients"])))
    given = signal(*shape)
    np.testing.assert_allclose(acquired("bias_field", given, drawn, len(shape)), given * field, rtol=1e-5)
    colour = signal(*shape, 3)
    np.testing.assert_allclose(
        acquired("bias_field", colour, drawn, len(shape)), colour * field[..., np.newaxis], rtol=1e-5
    )


def test_only_what_lies_above_the_range_is_multiplied() -> None:
    twice = {"coefficients": [[np.log(2.0), 0.0], [0.0, 0.0]]}
    given = np.array([[-10.0, 0.0], [5.0, 20.0]], np.float32)
    made = acquired("bias_field", given, twice, 2, levels=(-10, 20))
    np.testing.assert_allclose(made, [[-10, 10], [20, 50]], rtol=1e-6)
    counted = np.array([[100, 101], [30000, 20000]], np.int16)
    made = acquired("bias_field", counted, {"coefficients": [[np.log(1.25), 0.0], [0.0, 0.0]]}, 2, levels=(100, 30000))
    assert made.tolist() == [[100, 101], [32767, 24975]]


@pytest.mark.parametrize("shape", [(64, 64), (32, 32, 32)])
def test_the_field_keeps_to_its_strength(shape: tuple[int, ...]) -> None:
    for seed in range(5):
        drawn = drawn_by("bias_field", shape, seed, strength=[0.4, 0.4])
        powers = np.indices(np.shape(drawn["coefficients"])).sum(axis=0)
        assert not np.array(drawn["coefficients"])[powers > 3].any()
        field = acquired("bias_field", np.ones(shape, np.float32), drawn, len(shape))
        assert 1 / 1.41 < field.min() < 1 / 1.25
        assert 1.25 < field.max() < 1.41


@needs_kernel
@pytest.mark.parametrize("terms", [0, 3])
def test_the_kernel_refuses_buffers_of_another_size(terms: int) -> None:
    assert COMPILED is not None
    with pytest.raises(ValueError, match="size"):
        COMPILED.bias(np.ones(12, np.float32), np.ones((3, 2), np.float32), np.ones((2, 4), np.float32), terms)


@pytest.mark.parametrize("wrong", [{"order": 0}, {"strength": [-1, 1]}])
def test_parameters_out_of_range_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(BadInput):
        ff.transform("bias_field", **wrong)
