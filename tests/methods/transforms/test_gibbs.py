"""Ringing against Dirichlet's kernel and the overshoot that Wilbraham and Gibbs found."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import diric, sici

import fewfold as ff
from fewfold.core.errors import BadInput
from methods.transforms.signals import VOLUME, acquired, drawn_by, signal


def test_a_point_becomes_the_kernel_of_dirichlet() -> None:
    point = np.zeros(VOLUME, np.float32)
    point[0, 0, 0] = 1
    kept = [0.5, 0.7, 0.9]
    made = acquired("gibbs", point, {"kept": kept}, 3)
    lines = [2 * int(share * n / 2) + 1 for share, n in zip(kept, VOLUME, strict=True)]
    kernels = [m / n * diric(2 * np.pi * np.arange(n) / n, m) for m, n in zip(lines, VOLUME, strict=True)]
    np.testing.assert_allclose(made, np.einsum("i,j,k->ijk", *kernels), atol=1e-6)


def test_an_edge_overshoots_by_nine_per_cent_of_the_jump() -> None:
    edge = np.zeros((2048, 3), np.float32)
    edge[512:1536] = 1
    made = acquired("gibbs", edge, {"kept": [0.1, 1.0]}, 2)
    overshoot = sici(np.pi)[0] / np.pi - 0.5
    assert made.max() - 1 == pytest.approx(overshoot, abs=1e-3)
    assert -made.min() == pytest.approx(overshoot, abs=1e-3)


def test_the_axes_named_are_cut_off() -> None:
    drawn = drawn_by("gibbs", VOLUME, axes=[-1], kept=[0.3, 0.4])
    assert drawn["kept"][:2] == [1, 1]
    assert 0.3 <= drawn["kept"][2] <= 0.4
    given = signal(*VOLUME, 3)
    made = np.fft.fft(acquired("gibbs", given, drawn, 3).astype(float), axis=2)
    line = np.abs(np.fft.fftfreq(18, 1 / 18))
    whole = np.fft.fft(given.astype(float), axis=2)
    np.testing.assert_allclose(made, whole * (line <= 9 * drawn["kept"][2])[:, np.newaxis], atol=1e-5)


def test_parameters_out_of_range_are_refused() -> None:
    with pytest.raises(BadInput):
        ff.transform("gibbs", kept=[0.5, 1.5])
    with pytest.raises(BadInput, match="axes"):
        drawn_by("gibbs", (8, 8), axes=[2])
