"""Randomness comes from one seed and a name."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from fewfold.core.seeds import as_rng, derive, seed_of


def test_a_generator_is_itself_and_a_seed_is_numpys() -> None:
    generator = np.random.default_rng(1)
    assert as_rng(generator) is generator
    assert as_rng(7).random() == np.random.default_rng(7).random()
    assert as_rng(np.int64(7)).random() == np.random.default_rng(7).random()


@pytest.mark.parametrize("bad", [None, -1, 1.0, "1", True, np.random.RandomState(0)])
def test_what_cannot_be_repeated_is_refused(bad: Any) -> None:
    with pytest.raises(TypeError):
        as_rng(bad)


def test_derived_generators_depend_on_every_name_and_its_type_and_place() -> None:
    ways = [(0, "a", 1), (1, "a", 1), (0, "b", 1), (0, "a", "1"), (0, "a", 1.0), (0, 1, "a"), (0, "a"), (0, "a1"), (0,)]
    firsts = [derive(*way).random() for way in ways]
    assert len(set(firsts)) == len(ways)
    assert firsts == [derive(*way).random() for way in ways]


def test_derived_generators_do_not_depend_on_the_process() -> None:
    code = "from fewfold.core.seeds import derive; print(repr(derive(3, 'fit', 0, 'smote').random()))"
    one, other = (
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": seed}
        ).stdout
        for seed in ("1", "2")
    )
    assert float(one) == float(other) == derive(3, "fit", 0, "smote").random()


def test_derived_streams_are_independent() -> None:
    draws = np.stack([derive(0, "cell", k).standard_normal(500) for k in range(40)])
    correlation = np.corrcoef(draws)[np.triu_indices(40, 1)]
    assert np.abs(correlation).max() < 5 / np.sqrt(500)


def test_seed_of_is_an_integer_that_others_take() -> None:
    seeds = [seed_of(np.random.default_rng(k)) for k in range(50)]
    assert all(type(seed) is int and 0 <= seed < 2**32 for seed in seeds)
    assert len(set(seeds)) == 50
