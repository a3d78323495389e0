"""Rare combinations found again, with a published interval."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from comparisons import comparison_of
from fewfold.core.errors import NotApplicable
from fewfold.data.schema import Variable
from fewfold.metrics.base import metric
from fewfold.metrics.privacy.rare_combinations import newcombe


def test_the_interval_is_the_published_one() -> None:
    """Newcombe 1998 (10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I), table II, 56/70 - 48/80."""
    found = newcombe(56, 70, 48, 80)
    assert (round(found.low, 4), round(found.high, 4)) == (0.0524, 0.3339)


LEVELS = tuple("abcdefghijklmnopqrst")


def rows(codes: list[str]) -> pd.DataFrame:
    return pd.DataFrame({"x": pd.Categorical(codes, LEVELS), "y": pd.Categorical(["u"] * len(codes), ["u", "v"])})


VARIABLES = [
    Variable(name="x", kind="categorical", levels=LEVELS, role="sensitive"),
    Variable(name="y", kind="categorical", levels=("u", "v")),
]


def test_counts_by_hand() -> None:
    train = [*"abcdefgh", "s", "s"]  # eight alone
    holdout = [*"ijklmn", "s", "s", "t", "t"]  # six alone
    made = [*"abcdij", "s", "t", "s", "t"]  # four of the eight, two of the six
    found = metric("rare_combinations").measure(comparison_of(rows(train), rows(holdout), rows(made), VARIABLES), rng=0)
    assert found.value == pytest.approx(4 / 8 - 2 / 6)
    assert (found.low, found.high) == pytest.approx((newcombe(4, 8, 2, 6).low, newcombe(4, 8, 2, 6).high))


def test_nobody_alone_is_no_number() -> None:
    same = rows(["a"] * 12)
    with pytest.raises(NotApplicable, match="alone"):
        metric("rare_combinations").measure(comparison_of(same, same, same, VARIABLES), rng=0)


def test_copied_combinations_are_found_and_fresh_ones_seldom() -> None:
    names = [f"q{j}" for j in range(5)]
    variables = [Variable(name=k, kind="categorical", levels=tuple("abcd")) for k in names]
    alarms, caught = 0, 0
    for seed in range(20):
        q = np.random.default_rng(seed).choice(list("abcd"), (3, 60, 5))
        frames = [pd.DataFrame({k: pd.Categorical(x[:, j], list("abcd")) for j, k in enumerate(names)}) for x in q]
        mixed = pd.concat([frames[2].iloc[30:], frames[0].iloc[:30]], ignore_index=True)
        fresh = metric("rare_combinations").measure(comparison_of(*frames, variables), rng=seed)
        copied = metric("rare_combinations").measure(comparison_of(*frames[:2], mixed, variables), rng=seed)
        assert fresh.null is not None
        assert copied.null is not None
        alarms += fresh.value > fresh.null.high
        caught += copied.value > copied.null.high
    assert alarms <= 3  # 0.7 expected
    assert caught >= 19
