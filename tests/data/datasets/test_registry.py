"""Every data set is what its card says."""

import numpy as np
import pytest

import fewfold as ff
from fewfold import datasets
from fewfold.core.errors import BadInput
from fewfold.data.cohort import Cohort
from fewfold.data.datasets import worlds

REAL = [name for name in datasets.names() if datasets.card(name).kind != "make"]
MADE = [name for name in datasets.names() if datasets.card(name).kind == "make"]


@pytest.fixture(autouse=True)
def _mirror(shared_data, monkeypatch):
    monkeypatch.setenv("FEWFOLD_DATA", str(shared_data))


@pytest.mark.parametrize("name", REAL)
def test_real_cohort_is_as_its_card_says(name):
    card, cohort = datasets.card(name), datasets.load(name)
    assert isinstance(cohort, Cohort)
    assert cohort.n_subjects == card.n
    assert cohort.task == card.task
    assert card.licence and card.citation and card.source and card.disease
    for variable in cohort.schema.variables:
        assert variable.label, variable.name
        column = cohort.table[variable.name]
        if variable.low is not None and variable.numeric:
            assert not (column < variable.low).any(), variable.name
    assert cohort.task == "none" or not np.isnan(cohort.y).any()
    assert set(cohort.blocks) == ({"image"} if card.modalities != ("table",) else set())


@pytest.mark.parametrize("name", REAL)
def test_outcome_and_follow_up_are_no_features(name):
    cohort = datasets.load(name)
    names = {v.name for v in cohort.schema.features}
    assert not names & {"time", "status", "t1", "t2", "d1", "d2", "d3", "ta", "tc", "tp", "number3m", "dead", "event"}
    target = cohort.schema.target
    if cohort.task == "binary":  # nothing among the features is the target under another name
        for column in cohort.matrix.T:
            known = ~np.isnan(column)
            assert abs(np.corrcoef(column[known], cohort.y[known])[0, 1]) < 0.9, target


@pytest.mark.parametrize("name", MADE)
def test_made_cohort_loads_by_name(name):
    size = {"n_subjects": 30} if name in ("repeated", "visits") else {"n": 30}
    cohort = datasets.load(name, **size, rng=0)
    assert cohort.n_subjects == 30
    again = datasets.load(name, **size, rng=0)
    assert cohort.table.equals(again.table)
    assert not cohort.table.equals(datasets.load(name, **size, rng=1).table)


def test_the_package_offers_it():
    assert ff.datasets is datasets
    assert "datasets" in dir(ff)
    assert set(datasets.__all__) >= {f.__name__ for _, f in datasets._ALL.values()}
    assert all(hasattr(datasets, name) for name in datasets.__all__)


def test_unknown_name_lists_near_ones():
    with pytest.raises(BadInput, match="larynx"):
        datasets.card("larnyx")


def test_counts_known_from_elsewhere():
    """Of 312 randomised patients 125 died and 19 were transplanted (Fleming and Harrington 1991), 8 of the latter
    before 3 years; 38 obligate carriers; four hospitals; 51 centres."""
    status = datasets.fetch_pbc().table["status"]
    assert (status == 2).sum() == 125
    assert (status == 1).sum() == 19 - 8
    dmd = datasets.fetch_dmd_carriers()
    carriers = dmd.table.loc[dmd.table["Class"] == "carrier", "woman"]
    assert carriers.nunique() == 38
    assert len(carriers) == 75
    assert len(np.unique(datasets.fetch_bmt().sites)) == 4
    assert len(np.unique(datasets.fetch_rhdnase_cf().sites)) == 51


def test_samples_of_one_woman_are_alike():
    """The patient that ``OBS`` gives is a patient: ages agree, and nearly all variation of log CK is between women.
    The hospital number is not: it puts women of different age and class together."""
    table = datasets.fetch_dmd_carriers().table
    log_ck = np.log(table["CK"])
    by_woman = table.groupby("woman")
    assert (by_woman["AGE"].max() - by_woman["AGE"].min()).max() <= 3
    assert log_ck.groupby(table["woman"]).transform("mean").var() / log_ck.var() > 0.9
    assert (table.groupby("HospID")["Class"].nunique() > 1).sum() == 16


def test_larynx_is_the_same_from_both_sources():
    shipped, published = datasets.load_larynx().table, datasets.fetch_larynx_kmsurv().table
    for name in ("time", "age", "stage", "death", "death_3y"):
        assert (shipped[name].astype(float) == published[name].astype(float)).all(), name
    ended = published["diagyr"] + published["time"]
    assert ended[published["death"] == 0].between(80, 82).all()  # so times are years


def test_card_says_how_many_rows_left():
    assert worlds.LINEAR.n is None
    for name in ("pbc", "larynx", "rhdnase_cf", "bmt", "lupus", "leukemia", "g3", "cushings", "fap_polyps"):
        assert "left out" in datasets.card(name).outcome
