"""The search finds the graph that scores best, keeps to what it is told, and ends."""

import itertools

import numpy as np
import pytest

from fewfold.methods.generators.network_edges import Knowledge
from fewfold.methods.generators.network_search import Judge, Search, nearest, order
from methods.generators.test_network_scores import graph_score, teacher

ALL = ~np.eye(4, dtype=bool)


def searched(of, *, required=(), allowed=ALL, max_parents=3):
    return Search(Judge(of), Knowledge(tuple(required), allowed), allowed, max_parents).run()


def world(n=60, seed=0):
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=(2, n))
    c = 0.7 * a + 0.7 * b + 0.5 * rng.normal(size=n)
    return teacher([a, b, c, 0.8 * c + 0.6 * rng.normal(size=n)], False)


def graphs():
    """The parents of every graph of 4 variables without a cycle."""
    edges = list(itertools.permutations(range(4), 2))
    for size in range(7):
        for chosen in itertools.combinations(edges, size):
            parents = [frozenset(p for p, c in chosen if c == j) for j in range(4)]
            if len(order(parents)) == 4:
                yield parents


@pytest.mark.parametrize("seed", range(5))
def test_no_graph_of_four_variables_is_better(seed):
    of = world(40, seed)
    prior = np.log(3)
    best = max(graph_score(of, parents) - prior * sum(map(len, parents)) for parents in graphs())
    found = searched(of)
    assert graph_score(of, found) - prior * sum(map(len, found)) == pytest.approx(best)


def test_steps_that_are_worth_the_same_tie():
    judge = Judge(world(40))
    assert judge.gain(0, frozenset(), 2) == judge.gain(2, frozenset(), 0)
    assert judge.gain(0, frozenset({1}), 2) == judge.gain(2, frozenset({1}), 0)


def test_an_edge_from_the_class_has_even_odds():
    plain, classed = Judge(world(40)), Judge(world(40), root=2)
    assert classed.gain(3, frozenset(), 2) == pytest.approx(plain.gain(3, frozenset(), 2) + np.log(3))
    assert classed.gain(3, frozenset(), 1) == plain.gain(3, frozenset(), 1)


def test_required_edges_stay_and_what_is_not_allowed_stays_away():
    of, allowed = world(), ALL.copy()
    allowed[2, 3] = allowed[3, 2] = False
    found = searched(of, required=[(1, 0), (3, 1)], allowed=allowed)
    assert 1 in found[0] and 3 in found[1]
    assert 2 not in found[3] and 3 not in found[2]
    assert len(order(found)) == 4
    assert max(map(len, searched(of, max_parents=1))) == 1
    assert searched(of, allowed=np.zeros((4, 4), dtype=bool)) == [frozenset()] * 4


def test_a_gain_is_judged_on_the_rows_where_all_is_known():
    whole = world(80)
    scores = whole.table.scores.copy()
    scores[50:, 1] = np.nan
    part = teacher(scores.T, False)
    assert Judge(part).gain(2, frozenset({0}), 1) == Judge(world_rows(whole, 50)).gain(2, frozenset({0}), 1)
    assert Judge(part).gain(2, frozenset({0}), 3) == Judge(whole).gain(2, frozenset({0}), 3)
    scores[:, 1] = np.nan
    scores[:3, 1] = 0.5
    assert len(order(searched(teacher(scores.T, False)))) == 4


def world_rows(of, n):
    return teacher(of.table.scores[:n].T, False)


def test_variables_come_after_their_parents():
    parents = [frozenset({2}), frozenset({0, 3}), frozenset(), frozenset({0})]
    assert order(parents) == [2, 0, 3, 1]
    assert len(order([frozenset({1}), frozenset({0})])) == 0


def test_the_nearest_are_those_that_gain_most():
    gains = np.array([[9, 1, 3], [5, 9, -np.inf], [4, 2, 9]])
    allowed = ~np.eye(3, dtype=bool)
    assert nearest(gains, allowed, 1).tolist() == [[False, False, True], [True, False, False], [False, True, False]]
