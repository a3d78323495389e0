from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import fewfold as ff
from fewfold.core.errors import BadInput
from fewfold.data.cohort import Cohort
from fewfold.data.io.table import read_frame
from fewfold.data.provenance import Provenance, Record


def test_read_infers_and_conforms(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        "patient,age,stage,relapse\n" + "".join(f"p{i},{40 + i % 7},{1 + i % 3},{i % 2}\n" for i in range(30))
    )
    cohort = ff.read(path, target="relapse", subject="patient")
    assert (cohort.task, cohort.n_subjects, cohort.class_counts) == ("binary", 30, {0: 15, 1: 15})
    assert cohort.table["stage"].cat.ordered
    again = ff.read(path, schema=cohort.schema)
    pd.testing.assert_frame_equal(again.table, cohort.table)
    with pytest.raises(BadInput, match="a schema and target"):
        ff.read(path, schema=cohort.schema, target="relapse")


@pytest.mark.parametrize("extension", ["csv", "tsv", "xlsx", "parquet", "dta", "sav"])
def test_a_cohort_comes_back_from_every_format(tmp_path: Path, cohort: Cohort, extension: str) -> None:
    path = tmp_path / f"a.{extension}"
    ff.write(cohort, path)
    back = ff.read(path, schema=cohort.schema)
    np.testing.assert_allclose(back.modelled, cohort.modelled, rtol=1e-15)
    assert back.subjects.tolist() == cohort.subjects.tolist()
    assert back.sites is not None and cohort.sites is not None and back.sites.tolist() == cohort.sites.tolist()
    assert not back.provenance.is_synthetic.any()
    assert "fewfold_origin" not in read_frame(path).columns


def test_whole_numbers_are_written_whole(tmp_path: Path, cohort: Cohort) -> None:
    ff.write(cohort, tmp_path / "a.csv")
    first = (tmp_path / "a.csv").read_text().splitlines()[1].split(",")
    assert first[2] == str(int(cohort.table["age"][0]))


@pytest.mark.parametrize("extension", ["csv", "xlsx", "parquet", "sav"])
def test_synthetic_rows_cannot_be_taken_for_patients(tmp_path: Path, cohort: Cohort, extension: str) -> None:
    made = Cohort(cohort.table, cohort.schema, Provenance.synthetic(len(cohort), Record("copula", "1")))
    path = tmp_path / f"a.{extension}"
    ff.write(Cohort.concat([cohort, made]), path)
    assert read_frame(path)["fewfold_origin"].tolist() == ["real"] * 90 + ["synthetic"] * 90
    back = ff.read(path, schema=cohort.schema)
    assert back.provenance.is_synthetic.tolist() == [False] * 90 + [True] * 90
    inferred = ff.read(path, target="relapse", subject="patient")
    assert inferred.provenance.is_synthetic.sum() == 90 and "fewfold_origin" not in inferred.table


def test_the_cohorts_of_the_shared_data(shared_data: Path) -> None:
    pbc = ff.read(shared_data / "pbc" / "pbc.csv", target="status", time="time")
    assert pbc.class_counts == {0: 232, 1: 25, 2: 161}  # censored, transplanted, dead, as published
    with pytest.raises(BadInput, match="16 patients with several"):
        ff.read(shared_data / "dmd_carriers" / "dystrophy.csv", target="Class", subject="HospID")
    carriers = ff.read(
        shared_data / "dmd_carriers" / "dystrophy.csv", target="Class", subject="HospID", several_classes=True
    )
    assert (len(carriers), carriers.n_subjects) == (209, 192)
    hcc = ff.read(shared_data / "hcc_survival" / "hcc.csv", target="survival")
    assert (len(hcc), sum(hcc.class_counts.values())) == (165, 165)
