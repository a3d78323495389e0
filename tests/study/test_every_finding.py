"""Every finding is raised where its fault is planted, and not in the same run without it."""

from __future__ import annotations

import numpy as np
import pytest

from fewfold.study.findings import KINDS
from study.faulty import PLANTERS
from study.planted import SEED, arm, codes, run, ward


@pytest.mark.parametrize("code", sorted({*KINDS, *PLANTERS}))
def test_the_fault_is_found_where_it_is_and_nowhere_else(code: str) -> None:
    assert code in KINDS, "a planter of a finding that the catalogue does not have"
    assert code in PLANTERS, "a finding without a planter: plant its fault in faulty.py"
    assert code in PLANTERS[code](True)
    assert code not in PLANTERS[code](False)


def test_the_seed_is_read_where_each_site_is_left_out() -> None:
    wards = ward(150, np.random.default_rng(SEED)).with_column(
        "centre", np.resize([f"site {k}" for k in range(15)], 150)
    )
    arms = [arm("ward", "sound"), arm("ward", "coin")]
    result = run(wards, methods=arms, ratios=[10], unit="site", folds="each", seed_repeats=1)
    assert "FF210" in codes(result, "coin")
    assert "FF210" not in codes(result, "sound")
