"""A short version of the simulations behind docs/explanation/error-rates.md: strong faults among 60 patients are found,
and fresh real rows raise no alarm. Seeds are fixed, so that this is a check of the code and no measurement."""

from __future__ import annotations

import pytest
from benchmarks.proof.judge import Judge, Nulls, raised
from benchmarks.proof.rows import EXPECTED, FRESH, Task, comparisons
from benchmarks.proof.setups import SETUPS

from fewfold.data.datasets.faults import FAULTS
from fewfold.study.findings import KINDS

N, SEED = 60, 0
SURE = {
    "clinic": ("memoriser", "exact_copies", "near_copies", "label_noise", "broken_dependence",
               "erased_subgroup", "source_shortcut", "implausible_values", "batch_effect"),
    "clusters": ("mode_collapse", "shrunken_variance"),
    "visits": ("scrambled_time",),
    "follow_up": ("broken_censoring",),
}  # fmt: skip


@pytest.fixture(scope="module", params=SURE)
def judged(request: pytest.FixtureRequest) -> tuple[str, dict[str, dict[str, str]]]:
    """The codes that each kind of rows raises, by metric."""
    setup, judge, nulls = request.param, Judge(SEED), Nulls()
    found = {}
    for fault, strength, seen in comparisons(Task(setup, N, SEED)):
        if fault == FRESH:
            nulls = judge.shared(seen)
        if fault == FRESH or (strength == 1 and fault in SURE[setup]):
            found[fault] = raised({**nulls, **judge.own(seen)}, judge.values(seen))
    return setup, found


def test_strong_faults_are_found_and_fresh_rows_raise_nothing(judged: tuple[str, dict[str, dict[str, str]]]) -> None:
    setup, found = judged
    assert not found.pop(FRESH)
    assert set(found) == set(SURE[setup])
    missed = {fault: codes for fault, codes in found.items() if not set(EXPECTED[fault]) & set(codes.values())}
    assert not missed


def test_every_fault_has_a_finding_that_fits_and_a_cohort_to_be_planted_in() -> None:
    assert set(EXPECTED) == set(FAULTS) == {fault for setup in SETUPS.values() for fault in setup.faults}
    assert {code for codes in EXPECTED.values() for code in codes} <= set(KINDS)
