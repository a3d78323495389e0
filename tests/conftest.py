"""Shared fixtures."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

from cohorts import make_cohort as make_cohort
from fewfold.data.cohort import Cohort

settings.register_profile("same examples each time", derandomize=True)
settings.load_profile("same examples each time")


@pytest.fixture
def cohort() -> Cohort:
    """A binary cohort of 90 patients."""
    return make_cohort()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of public cohorts: ``FEWFOLD_DATA``, else ``../shared/data``."""
    folder = Path(os.environ.get("FEWFOLD_DATA", Path(__file__).parents[2] / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip("the public cohorts are not here; set FEWFOLD_DATA to the folder that holds them")
    return folder
