"""What synthetic rows do to a learner: the change in AUROC and Brier score on real test patients when they join, per
method and table. Prints means over repeated splits by patient; the defaults of the generators were chosen with it."""

from __future__ import annotations

import os
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

from fewfold.core.errors import NotApplicable
from fewfold.data.cohort import Cohort
from fewfold.data.schema import Schema, Variable
from fewfold.methods.base import Method, method

RATIO = 3


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


def learners() -> dict[str, object]:
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    boosting = HistGradientBoostingClassifier(
        max_iter=60, max_depth=3, learning_rate=0.1, min_samples_leaf=5, early_stopping=False
    )
    logistic = make_pipeline(
        SimpleImputer(strategy="median", keep_empty_features=True), StandardScaler(), LogisticRegression(max_iter=500)
    )
    return {"logistic": logistic, "boosting": boosting}


def changes(arms: dict[str, Method], cohorts: dict[str, Cohort], repeats: int) -> pd.DataFrame:
    """One row for each table, arm, learner and split: AUROC and Brier score less those of the real rows alone."""
    from sklearn.model_selection import StratifiedGroupKFold

    rows = []
    for table, cohort in cohorts.items():
        for repeat in range(repeats):
            folds = StratifiedGroupKFold(5, shuffle=True, random_state=repeat)
            for fold, (train, test) in enumerate(folds.split(cohort.matrix, cohort.y, cohort.subjects)):
                real, tested = cohort.take(train), cohort.take(test)
                base = _scores(real, tested)
                for arm, generator in arms.items():
                    try:
                        synthetic = generator.fit(real, rng=repeat).sample(RATIO * len(real), rng=fold)
                    except NotApplicable:
                        continue
                    for use, data in (("added", Cohort.concat([real, synthetic])), ("alone", synthetic)):
                        for learner, got in _scores(data, tested).items():
                            rows.append((table, arm, use, learner, *(got - base[learner])))
    return pd.DataFrame(rows, columns=["table", "arm", "use", "learner", "auroc", "brier"])


def _scores(train: Cohort, test: Cohort) -> dict[str, np.ndarray]:
    from sklearn.metrics import brier_score_loss, roc_auc_score

    found = {}
    for name, learner in learners().items():
        risk = learner.fit(train.matrix, train.y).predict_proba(test.matrix)[:, 1]  # type: ignore[attr-defined]
        found[name] = np.array([roc_auc_score(test.y, risk), brier_score_loss(test.y, risk)])
    return found


def main(repeats: int = 2) -> None:
    warnings.simplefilter("ignore")
    names = ("duplication", "gaussian_copula", "sequential_trees")
    table = changes({name: method(name) for name in names}, tables(), repeats)
    print(f"change on real test patients, {RATIO} synthetic rows for each real one; 5-fold x {repeats}")
    by_table = table.groupby(["arm", "use", "learner", "table"], sort=False)[["auroc", "brier"]].mean()
    print(by_table["auroc"].unstack("table").assign(mean=lambda t: t.mean(axis=1)).round(3).to_string())
    print(by_table.groupby(["arm", "use", "learner"], sort=False)["brier"].mean().unstack().round(4).to_string())


if __name__ == "__main__":
    main()
