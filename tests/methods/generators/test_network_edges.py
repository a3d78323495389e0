"""What is said of edges before data are seen is checked, and each contradiction is told."""

import numpy as np
import pytest

from fewfold.core.errors import BadInput
from fewfold.methods.generators.network_edges import knowledge

NAMES = ["age", "stage", "albumin", "death"]


def told(required=(), forbidden=(), tiers=(), root="death", max_parents=3):
    return knowledge(NAMES, root, list(required), list(forbidden), list(tiers), max_parents)


def test_all_that_is_not_ruled_out_is_allowed():
    free = told(root=None)
    assert free.required == ()
    assert np.array_equal(free.allowed, ~np.eye(4, dtype=bool))
    assert not told().allowed[:, 3].any(), "nothing leads to a target with classes"


def test_forbidden_edges_and_tiers_rule_out():
    allowed = told(forbidden=[["stage", "albumin"]], tiers=[["age"], ["stage", "albumin"]]).allowed
    assert not allowed[1, 2] and allowed[2, 1]
    assert not allowed[1, 0] and not allowed[2, 0] and allowed[0, 1] and allowed[0, 2]
    assert allowed[3, 0], "what no tier names is free"


def test_required_edges_come_once_and_leave_with_a_column_that_is_empty():
    found = told(required=[["age", "stage"], ["age", "stage"], ["stage", "albumin"]])
    assert found.required == ((0, 1), (1, 2))
    without = found.among(np.array([True, True, False, True]))
    assert without.required == ((0, 1),)
    assert not without.allowed[2].any() and not without.allowed[:, 2].any() and without.allowed[0, 1]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"required": [["age", "Stage"]]}, "'Stage'.*spelling"),
        ({"forbidden": [["bmi", "age"]]}, "'bmi'"),
        ({"tiers": [["age"], ["bmi"]]}, "'bmi'"),
        ({"required": ["age"]}, "required edges as .parent, child.*'age'"),
        ({"required": [["age"]]}, r"\['age'\]"),
        ({"forbidden": [["age", "age"]]}, r"\['age', 'age'\]"),
        ({"tiers": ["age", "stage"]}, "tiers as lists of names"),
        ({"tiers": [["age"], ["stage", "age"]]}, "'age' in tiers 1 and 2"),
        ({"tiers": [["age"], ["death"]]}, "'death' in no tier, or in the first.*tier 2"),
        ({"required": [["age", "death"]]}, "no edge into the target 'death'.*require death -> age"),
        ({"required": [["age", "stage"]], "forbidden": [["age", "stage"]]}, "age -> stage, which is both"),
        ({"required": [["stage", "age"]], "tiers": [["age"], ["stage"]]}, "stage -> age, from tier 2 to tier 1"),
        ({"required": [["age", "albumin"], ["stage", "albumin"]], "max_parents": 1}, "2 into 'albumin'"),
        (
            {"required": [["death", "age"], ["age", "stage"], ["stage", "albumin"], ["albumin", "age"]]},
            "without a cycle.*(age -> stage -> albumin|stage -> albumin -> age|albumin -> age -> stage)",
        ),
    ],
)
def test_what_cannot_be_is_refused(given, says):
    with pytest.raises(BadInput, match=says):
        told(**given)
