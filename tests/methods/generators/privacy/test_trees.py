"""Links of columns: sums that agree, the exponential mechanism, and the most even joint distribution."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from fewfold.methods.generators.privacy import trees
from fewfold.methods.generators.privacy.accountant import Account, choice_epsilon
from fewfold.methods.generators.privacy.consistency import adding_up, agreed

WEIGHTS = np.array([0.3, 0.7])
PARENT = np.array([[0.5, 0.4, 0.1], [0.2, 0.2, 0.6]])
CHILD = np.array([[0.6, 0.4], [0.1, 0.9]])


def test_patients_of_a_class_are_the_mean_by_precision() -> None:
    """Counts with variance 4; a table of 2 cells with variance 1 each, whose sums have 2: weights of 1/3 and 2/3."""
    counts, variance = agreed(np.array([9.0, 30]), 4.0, [np.array([[6.0, 6], [20, 4]])], 1.0)
    np.testing.assert_allclose(counts, [9 / 3 + 12 * 2 / 3, 30 / 3 + 24 * 2 / 3])
    assert variance == pytest.approx(4 / 3)
    np.testing.assert_allclose(adding_up(np.array([[6.0, 6], [20, 4]]), counts), [[5.5, 5.5], [21, 5]])


def test_groups_hold_about_as_many_patients_and_missing_values_are_one() -> None:
    shares = np.array([0.0, 0.125, 0.125, 0.25, 0.25, 0.15, 0, 0.1])
    assert trees.groups(shares * 0.9, 4).tolist() == [0, 0, 0, 1, 2, 3, 3, 4]  # 0.25, 0.25, 0.25, 0.15
    assert trees.groups(np.array([0.2, 0.5, 0.3]), 4).tolist() == [0, 1, 2]
    np.testing.assert_allclose(trees.grouped(shares[None], np.array([0, 0, 0, 1, 1, 1, 1, 2])), [[0.25, 0.65, 0.1]])


@pytest.mark.parametrize("seed", range(10))
def test_one_patient_moves_the_score_of_a_link_by_1_at_most(seed: int) -> None:
    rng = np.random.default_rng(seed)
    codes = [rng.integers(3, size=30), rng.integers(2, size=30)]
    whole = trees.link_scores(codes, [PARENT, CHILD], WEIGHTS, 30.0)[0, 1]
    moved = []
    for i in range(30):
        fewer = [np.delete(code, i) for code in codes]
        moved.append(abs(whole - trees.link_scores(fewer, [PARENT, CHILD], WEIGHTS, 30.0)[0, 1]))
    assert max(moved) <= 1 + 1e-9
    assert max(moved) == pytest.approx(1.0)  # reached, so that half of it would be wrong


def test_a_choice_is_as_likely_as_the_exponential_mechanism_says() -> None:
    """With epsilon the square root of 8 rho; the Renyi divergence of neighbours is at most rho alpha."""
    scores, rho, account = np.array([0.0, 2.0, 5.0]), 0.5, Account(1e6, 1e-5)
    rng = np.random.default_rng(0)
    found = np.bincount([account.chosen("s", scores, 2.0, rho, rng) for _ in range(20000)], minlength=3) / 20000
    shares = np.exp(scores / 2)  # epsilon 2, sensitivity 2
    np.testing.assert_allclose(found, shares / shares.sum(), atol=4 * np.sqrt(0.25 / 20000))
    assert account.parts["s"] == pytest.approx(20000 * rho)
    for rho in (0.01, 0.5, 3.0):
        for _ in range(200):
            one = rng.normal(size=6)
            p, q = (np.exp(choice_epsilon(rho) / 2 * s) for s in (one, one + rng.choice([-1.0, 1.0], 6)))
            p, q = p / p.sum(), q / q.sum()
            for alpha in (1.5, 2.0, 8.0):
                assert np.log((p**alpha * q ** (1 - alpha)).sum()) / (alpha - 1) <= alpha * rho


def test_a_choice_beyond_the_budget_is_refused() -> None:
    account = Account(1.0, 1e-5)
    with pytest.raises(RuntimeError, match="would be spent"):
        account.chosen("s", np.zeros(2), 1.0, account.rho * 1.01, np.random.default_rng(0))


def test_the_links_of_largest_score_span_all_columns() -> None:
    """The maximum spanning tree of a square with one diagonal, by hand."""
    scores = {(0, 1): 5.0, (1, 2): 4.0, (0, 2): 3.0, (2, 3): 1.0, (0, 3): 2.0}
    edges = trees.spanning(scores, 4, lambda able: int(np.argmax(able)))
    assert edges == [(0, 1), (1, 2), (0, 3)]
    assert trees.rooted(edges, 4) == [(-1, 0), (0, 1), (0, 3), (1, 2)]


def joint_of(rng: Any) -> np.ndarray:
    """Of class, parent and child, without an interaction of all three."""
    pieces = [np.exp(rng.normal(size=shape)) for shape in ((2, 3, 1), (2, 1, 2), (1, 3, 2))]
    joint = pieces[0] * pieces[1] * pieces[2]
    return joint / joint.sum()


@pytest.mark.parametrize("seed", range(5))
def test_a_distribution_without_triple_interaction_is_found_from_its_tables(seed: int) -> None:
    joint = joint_of(np.random.default_rng(seed))
    weights = joint.sum(axis=(1, 2))
    parent, child = (joint.sum(axis=axis) / weights[:, None] for axis in (2, 1))
    pair = trees.linked(1e6 * joint.sum(axis=0), 1e-3, trees.expected(weights, parent, child), 1e6)
    np.testing.assert_allclose(pair, joint.sum(axis=0), atol=1e-6)
    given = trees.given_parent(weights, parent, child, pair)
    np.testing.assert_allclose(given, joint / joint.sum(axis=2, keepdims=True), atol=1e-4)


def test_a_link_that_is_noise_alone_is_none() -> None:
    even = trees.expected(WEIGHTS, PARENT, CHILD)
    noisy = 100 * even + np.array([[5.0, -5], [-5, 5], [0, 0]])
    np.testing.assert_allclose(trees.linked(noisy, 10.0, even, 100.0), even)
    assert np.abs(trees.linked(noisy, 0.1, even, 100.0) - noisy / 100).max() < 1e-3


def test_a_class_without_a_group_of_the_parent_draws_as_the_class() -> None:
    parent = np.array([[1.0, 0, 0], [0.2, 0.2, 0.6]])
    given = trees.given_parent(WEIGHTS, parent, CHILD, trees.expected(WEIGHTS, parent, CHILD))
    np.testing.assert_allclose(given, np.repeat(CHILD[:, None], 3, axis=1))


def test_cells_within_a_group_come_as_in_their_class() -> None:
    own = np.array([[0.1, 0.3, 0.6]])
    cells = trees.spread(np.array([[[0.8, 0.2], [0.0, 1.0]]]), np.array([0, 0, 1]), np.array([0, 0, 1]), own)
    np.testing.assert_allclose(cells, [[[0.2, 0.6, 0.2], [0.2, 0.6, 0.2], [0, 0, 1]]])
