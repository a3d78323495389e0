"""Scores of families are the integrals that they stand for, and equivalent graphs score the same."""

import numpy as np
import pytest
from scipy import integrate, stats
from scipy.special import beta, multigammaln

from fewfold.methods.generators.network_columns import Table
from fewfold.methods.generators.network_scores import bdeu, bge, bge_prior
from fewfold.methods.generators.network_teacher import Teacher

A = [0, 1, 0, 1, 1, 0, 2, 2, 1, 0, 0, 1, 2, 1, 0, 2, 1, 1, 0, 0]
B = [0, 1, 0, 1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 1, 1, 1, 0, 0]
C = [0, 0, 1, 1, 0, 1, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 0, 1, 0, 1]
# BDeu(equivalent_sample_size).local_score of pgmpy 1.1.2
PEER = {
    (1, 1, ()): -15.499012449238375,
    (1, 1, (0,)): -12.2849018677027,
    (1, 1, (0, 2)): -12.982398636620207,
    (1, 0, (1,)): -21.443343818620107,
    (1, 2, (0, 1)): -19.60435791912454,
    (10, 1, ()): -14.359883910818109,
    (10, 1, (0,)): -11.636707454078852,
    (10, 1, (0, 2)): -11.789923746750343,
    (10, 0, (1,)): -19.798374362350323,
    (10, 2, (0, 1)): -15.265425854133012,
}
CHAINS = ([(), (0,), (1,)], [(1,), (2,), ()], [(1,), (), (1,)])
COLLIDER = [(), (0, 2), ()]


def teacher(columns, discrete, strength=1.0, weights=None):
    scores = np.column_stack(columns).astype(float)
    out = Table.empty(*scores.shape)
    for j in range(scores.shape[1]):
        out.set(j, scores[:, j], discrete)
    sizes = [int(column.max()) + 1 if discrete else 3 for column in scores.T]
    weights = np.ones(len(scores)) if weights is None else weights
    return Teacher(out, weights, sizes, np.full(len(sizes), discrete), strength, 1.0)


def graph_score(of, parents):
    rows = np.arange(len(of.weights))
    return sum(of.score(child, own, rows) for child, own in enumerate(parents))


@pytest.mark.parametrize(("strength", "child", "parents"), PEER)
def test_levels_score_as_in_an_independent_implementation(strength, child, parents):
    of = teacher([A, B, C], True, strength)
    assert of.score(child, parents, np.arange(20)) == pytest.approx(PEER[strength, child, parents], rel=1e-12)


def test_levels_score_as_the_integral_over_the_rate():
    """6 and 2 of two levels, and a uniform prior: the integral of p^6 (1 - p)^2."""
    assert bdeu(np.array([[6.0, 2.0]]), 1, 2.0) == pytest.approx(np.log(beta(7, 3)))


@pytest.mark.parametrize("strength", [1.0, 5.0])
def test_a_number_scores_as_the_integral_over_mean_and_variance(strength):
    z, prior = np.array([0.3, -1.1, 0.8, 1.9]), bge_prior(strength, 1, 0)
    x = np.column_stack([np.ones(4), z])
    got = bge((x.T @ x)[None], np.array([4.0]), prior)

    variances, means = np.geomspace(1e-3, 1e4, 4001), np.linspace(-12, 12, 2001)
    mean, variance = means[:, None], variances
    log = -((z - mean[..., None]) ** 2).sum(axis=-1) / (2 * variance) - 2 * np.log(2 * np.pi * variance)
    log = log + stats.norm.logpdf(mean, 0, np.sqrt(variance / strength))
    log = log + stats.invgamma.logpdf(variance, prior.shape, scale=prior.diagonal[-1] / 2)
    integral = integrate.trapezoid(integrate.trapezoid(np.exp(log), means, axis=0) * variances, np.log(variances))
    assert got == pytest.approx(np.log(integral), abs=1e-4)


def joint(z, columns, strength):
    """The log marginal likelihood of some columns under a normal-Wishart prior: equation 2 of Kuipers et al. 2014."""
    n, part = len(z), len(columns)
    if not part:
        return 0.0
    scale, freedom = strength**2 / (strength + 1), strength + 1 + part  # alpha_w - n + l
    x = z[:, columns]
    mean = x.mean(axis=0)
    spread = (x - mean).T @ (x - mean) + n * strength / (n + strength) * np.outer(mean, mean)
    prior = scale * np.eye(part)
    return (
        part / 2 * np.log(strength / (n + strength))
        + multigammaln((n + freedom) / 2, part)
        - multigammaln(freedom / 2, part)
        - part * n / 2 * np.log(np.pi)
        + freedom / 2 * np.linalg.slogdet(prior)[1]
        - (n + freedom) / 2 * np.linalg.slogdet(prior + spread)[1]
    )


@pytest.mark.parametrize("strength", [1.0, 4.0])
@pytest.mark.parametrize("parents", [(), (0,), (0, 2), (0, 2, 3)])
def test_a_number_scores_as_the_ratio_of_two_joint_marginal_likelihoods(strength, parents):
    z = np.random.default_rng(0).normal(size=(25, 4)) @ (np.eye(4) + 0.5)
    got = teacher(z.T, False, strength).score(1, parents, np.arange(25))
    wanted = joint(z, [*parents, 1], strength) - joint(z, list(parents), strength)
    assert got == pytest.approx(wanted, rel=1e-10)


@pytest.mark.parametrize("discrete", [True, False])
def test_equivalent_graphs_score_the_same_and_others_do_not(discrete):
    numbers = np.random.default_rng(1).normal(size=(20, 3)) @ np.array([[1, 0.8, 0], [0, 1, 0.5], [0, 0, 1]])
    of = teacher([A, B, C] if discrete else numbers.T, discrete, 2.0)
    scores = [graph_score(of, chain) for chain in CHAINS]
    assert scores == pytest.approx([scores[0]] * 3, rel=1e-12)
    assert abs(graph_score(of, COLLIDER) - scores[0]) > 0.01


@pytest.mark.parametrize("discrete", [True, False])
def test_rows_that_repeat_a_patient_count_as_one(discrete):
    columns = [A, B] if discrete else np.random.default_rng(2).normal(size=(2, 20))
    once = teacher(columns, discrete).score(1, (0,), np.arange(20))
    thrice = teacher(np.repeat(columns, 3, axis=1), discrete, weights=np.full(60, 1 / 3))
    assert thrice.score(1, (0,), np.arange(60)) == pytest.approx(once, rel=1e-12)
