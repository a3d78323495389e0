"""Small clinical tables with a binary outcome, n 60 to 320."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd

from fewfold.data.cohort import Cohort
from fewfold.data.schema import Schema, Variable


def tables() -> dict[str, Cohort]:
    """Small clinical tables with a binary outcome; those under FEWFOLD_DATA (or ../shared/data) where it is there."""
    from lifelines.datasets import load_gbsg2, load_lung
    from sklearn.datasets import load_breast_cancer

    found = {}
    lung = load_lung().rename(columns=str)
    known = (lung["status"] == 1) | (lung["time"] > 300)
    found["lung"] = _cohort(lung[known].assign(y=lung["time"] <= 300).drop(columns=["time", "status", "inst"]))
    breast = load_gbsg2()
    breast = breast[(breast["cens"] == 1) | (breast["time"] > 1000)].sample(250, random_state=0)
    found["gbsg2"] = _cohort(breast.assign(y=breast["time"] <= 1000).drop(columns=["time", "cens"]))
    cells = load_breast_cancer(as_frame=True).frame.sample(100, random_state=0).iloc[:, [0, 1, 4, 5, 6, 7, 8, 9, 30]]
    found["cells"] = _cohort(cells.assign(y=cells["target"] == 0).drop(columns="target"))
    folder = Path(os.environ.get("FEWFOLD_DATA", Path(__file__).parents[2] / "shared" / "data"))
    if folder.is_dir():
        found.update(_shared(folder))
    return found


def _shared(folder: Path) -> dict[str, Cohort]:
    pbc = pd.read_csv(folder / "pbc/pbc.csv").query("trt == trt")
    pbc = pbc[(pbc["status"] == 2) | (pbc["time"] > 1095)]
    hcc = pd.read_csv(folder / "hcc_survival/hcc.csv")
    dmd = pd.read_csv(folder / "dmd_carriers/dystrophy.csv")
    bmt = pd.read_csv(folder / "kmsurv_bmt/bmt.csv")
    bmt = bmt[(bmt["d3"] == 1) | (bmt["t2"] > 365)]
    larynx = pd.read_csv(folder / "kmsurv_bmt/larynx.csv")
    marrow = ["group", *(f"z{i}" for i in range(1, 11))]
    return {
        "pbc": _cohort(pbc.assign(y=pbc["time"] <= 1095).drop(columns=["id", "time", "status"])),
        "hcc": _cohort(hcc.assign(y=hcc["survival"] == 0).drop(columns="survival")),
        "dmd": _cohort(dmd.assign(y=dmd["Class"] == "carrier").drop(columns=["OBS", "Class"]), subject="HospID"),
        "bmt": _cohort(bmt.assign(y=bmt["t2"] <= 365)[[*marrow, "y"]]),
        "larynx": _cohort(larynx.assign(y=larynx["delta"] == 1).drop(columns=["time", "delta"])),
    }


def _cohort(frame: pd.DataFrame, subject: str | None = None) -> Cohort:
    columns, variables = {}, []
    for name in frame.columns:
        column, role = frame[name], "subject" if name == subject else "target" if name == "y" else "feature"
        levels = sorted(column.dropna().unique().tolist())
        if role == "subject" or (len(levels) > 6 and column.dtype.kind in "if"):
            whole = bool((column.dropna() % 1 == 0).all())
            variables.append(Variable(name=name, kind="integer" if whole else "numeric", role=role))
            columns[name] = column.astype(float)
            continue
        kind = "boolean" if len(levels) == 2 else "categorical" if column.dtype == object else "ordinal"
        variables.append(Variable(name=name, kind=kind, role=role, levels=tuple(levels)))
        columns[name] = pd.Categorical(column, categories=levels, ordered=kind == "ordinal")
    return Cohort.real(pd.DataFrame(columns), Schema(variables=tuple(variables)))
