"""What synthetic rows do to learners on real patients, method by method, ours and other tools, on small tables.

Each arm is fitted on the training patients of a fold and tested on the others. Set FEWFOLD_PEERS_TABLES to a Python
interpreter with sdv, arfpy, pgmpy and ForestDiffusion to have them too, FEWFOLD_PEERS_SYNTHCITY to one with synthcity
(and opacus 1.5.2), FEWFOLD_UTILITY to the folder of the results (else ``.utility``): a run that was stopped goes on,
one file a table and fold. FEWFOLD_REPEATS is the number of repeats of five folds, FEWFOLD_ARMS names the arms to run
(else all), split by commas.
"""

from __future__ import annotations

import json
import os
import subprocess
import warnings
from contextlib import ExitStack, suppress
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import brier_score_loss, roc_auc_score
from sklearn.model_selection import StratifiedGroupKFold

from benchmarks._peer import asked
from benchmarks._tables import tables
from fewfold.core.errors import NotApplicable
from fewfold.core.files import write_atomic
from fewfold.data.cohort import Cohort
from fewfold.data.provenance import Provenance, Record
from fewfold.methods.base import method
from fewfold.metrics.base import Comparison, metric
from fewfold.metrics.utility.learners import LEARNERS

RATIO, FOLDS, FRESH = 3, 5, 99
OURS = (
    "none", "auto", "gaussian_copula", "sequential_trees", "adversarial_forest", "bayesian_network",
    "variational_autoencoder", "conditional_gan", "mixed_diffusion", "tree_flow", "smoothed_bootstrap", "smotenc",
    "duplication",
)  # fmt: skip
TABLES, SYNTHCITY = "FEWFOLD_PEERS_TABLES", "FEWFOLD_PEERS_SYNTHCITY"
PEERS = {
    **dict.fromkeys(
        ("SDV copula", "SDV copula by class", "TVAE", "arfpy", "pgmpy", "CTGAN", "ForestDiffusion"), TABLES
    ),
    **dict.fromkeys(("synthcity network", "synthcity flow"), SYNTHCITY),
}
SLOW = ("CTGAN", "ForestDiffusion", "TVAE", "synthcity flow")  # on the folds of the first repeat alone
JUDGES = ("logistic", "boosting")


def scores(train: Cohort, test: Cohort) -> dict[str, float]:
    told = [LEARNERS[name].fit_predict(train, test) for name in JUDGES]
    both = {"auroc": [roc_auc_score(test.y, p) for p in told], "brier": [brier_score_loss(test.y, p) for p in told]}
    return {name: float(np.mean(values)) for name, values in both.items()}


def judged(real: Cohort, tested: Cohort, made: Cohort | None, added: Cohort) -> dict[str, float]:
    """Real + synthetic, and of synthetic rows alone the utility, the C2ST and the advantage of an attack."""
    found = scores(added, tested)
    if made is None:
        return found
    with_none = {f"tstr_{name}": value for name, value in scores(made, tested).items()} if _both(made) else {}
    comparison = Comparison(real, tested, made)
    for name in ("c2st", "membership"):
        with suppress(NotApplicable):
            with_none[name] = metric(name).value(comparison, rng=0)
    with suppress(NotApplicable):  # what an attack on fresh patients' rows in place of the synthetic ones would show
        with_none["fresh"] = float(
            np.mean(metric("membership").null_values(comparison, FRESH, rng=np.random.default_rng(0)))
        )
    return {**found, **with_none}


def _both(cohort: Cohort) -> bool:
    return len(np.unique(cohort.y)) == 2


def ours(name: str, real: Cohort, tested: Cohort, seed: int) -> dict[str, float]:
    if name == "none":
        return judged(real, tested, None, real)
    begin = process_time()
    fitted = method(name).fit(real, rng=seed)
    took = process_time() - begin
    ratio = fitted.advised(float("inf") if fitted.card.chooses_ratio else float(RATIO))
    made = fitted.sample(RATIO * len(real), rng=seed)
    added = fitted.expand(real, ratio, rng=seed) if ratio else real
    return {"fit": took, "ratio": ratio, **judged(real, tested, made, added)}


def of_peer(tool: str, real: Cohort, seed: int, ask: Any) -> tuple[float, Cohort]:
    """How long another tool fits, and its rows."""
    target = real.schema.target
    assert target is not None
    with TemporaryDirectory() as folder:
        _plain(real).to_csv(Path(folder) / "train.csv", index=False)
        told = ask(json.dumps([tool, folder, target.name, RATIO * len(real), seed]))
        if "error" in told:
            raise NotApplicable(told["error"])
        return told["fit"], _read(pd.read_csv(Path(folder) / "made.csv"), real)


def _plain(cohort: Cohort) -> pd.DataFrame:
    """The modelled columns, levels as text that no reader takes for a number."""
    names = [variable.name for variable in cohort.schema.modelled]
    table = cohort.table[names].copy()
    for variable in cohort.schema.modelled:
        if variable.discrete:
            codes = table[variable.name].cat.codes
            table[variable.name] = [None if code < 0 else f"level {code}" for code in codes]
    return table


def _read(made: pd.DataFrame, real: Cohort) -> Cohort:
    columns: dict[str, Any] = {}
    for variable in real.schema.variables:
        column = made.get(variable.name)
        if column is None:
            columns[variable.name] = [f"made {k}" for k in range(len(made))] if variable.role == "subject" else np.nan
        elif variable.discrete:
            codes = pd.to_numeric(column.astype(str).str.extract(r"level (\d+)")[0]).fillna(-1).astype(int)
            levels = list(variable.levels or ())
            columns[variable.name] = pd.Categorical.from_codes(codes, levels, ordered=variable.kind == "ordinal")
        else:
            columns[variable.name] = pd.to_numeric(column, errors="coerce").astype(float)
    table = pd.DataFrame(columns, index=pd.RangeIndex(len(made)))
    target = real.schema.target
    assert target is not None
    table = table[table[target.name].notna()].reset_index(drop=True)
    return Cohort(table, real.schema, Provenance.synthetic(len(table), Record("supplied", "unknown")))


def fold_of(cohort: Cohort, repeat: int, fold: int) -> tuple[Cohort, Cohort]:
    """Who trains and who is tested."""
    splitter = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=repeat)
    train, test = list(splitter.split(cohort.matrix, cohort.y, cohort.subjects))[fold]
    return cohort.take(train).as_part("train"), cohort.take(test).as_part("holdout")


def run(repeats: int, out: Path) -> None:
    """The first fold of every table first."""
    out.mkdir(parents=True, exist_ok=True)
    wanted = os.environ.get("FEWFOLD_ARMS", ",".join((*OURS, *PEERS))).split(",")
    with ExitStack() as stack:
        asks = {
            variable: stack.enter_context(asked(os.environ[variable], "_generator_peers.py", stderr=subprocess.DEVNULL))
            for variable in (TABLES, SYNTHCITY)
            if os.environ.get(variable)
        }
        for repeat, fold in product(range(repeats), range(FOLDS)):
            others = [peer for peer, at in PEERS.items() if at in asks and (repeat == 0 or peer not in SLOW)]
            arms = [arm for arm in (*OURS, *others) if arm in wanted]
            for name, cohort in tables().items():
                path = out / f"{name}-{repeat}-{fold}.json"
                done = json.loads(path.read_text()) if path.exists() else {}
                real, tested = fold_of(cohort, repeat, fold)
                for arm in [arm for arm in arms if arm not in done]:
                    done[arm] = _tried(arm, real, tested, 10 * repeat + fold, asks)
                    write_atomic(path, json.dumps(done))


def _tried(arm: str, real: Cohort, tested: Cohort, seed: int, asks: dict[str, Any]) -> dict[str, Any]:
    try:
        if arm in OURS:
            return ours(arm, real, tested, seed)
        took, made = of_peer(arm, real, seed, asks[PEERS[arm]])
        return {"fit": took, **judged(real, tested, made, Cohort.concat([real, made]))}
    except NotApplicable as absent:
        return {"absent": absent.reason}


def told(out: Path) -> pd.DataFrame:
    rows = []
    for path in sorted(out.glob("*.json")):
        table, repeat, fold = path.stem.rsplit("-", 2)
        for arm, found in json.loads(path.read_text()).items():
            rows.append({"table": table, "repeat": repeat, "fold": fold, "arm": arm, **found})
    return pd.DataFrame(rows)


def summary(found: pd.DataFrame) -> pd.DataFrame:
    """One line an arm: means over the tables, the standard error over them of the change of AUROC, the mean rank of
    AUROC and of the Brier score among all arms, and the median time of a fit. Folds on which some arm has not been
    run are left out."""
    arms = found.groupby(["table", "repeat", "fold"])["arm"].transform("nunique")
    known = found[found["auroc"].notna() & (arms == arms.max())].copy()
    base = known[known["arm"] == "none"].set_index(["table", "repeat", "fold"])
    at = known.set_index(["table", "repeat", "fold"]).index
    for name in ("auroc", "brier"):
        known[f"d_{name}"] = known[name] - base[name].reindex(at).to_numpy()
    means = known.drop(columns=["repeat", "fold"]).groupby(["table", "arm"]).mean(numeric_only=True)
    ranks = [
        means["d_auroc"].groupby("table").rank(ascending=False),
        means["d_brier"].groupby("table").rank(ascending=True),
    ]
    means["rank"] = sum(ranks) / 2
    columns = ["rank", "d_auroc", "d_brier", "tstr_auroc", "c2st", "membership", "fresh"]
    table = means.groupby("arm")[columns].mean()
    table.insert(2, "d_auroc_se", means.groupby("arm")["d_auroc"].sem())
    table["fit"] = known.groupby("arm")["fit"].median()
    table["tables"] = means.groupby("arm").size()
    return table.sort_values("rank")


def main() -> None:
    warnings.simplefilter("ignore")
    out = Path(os.environ.get("FEWFOLD_UTILITY", ".utility"))
    run(int(os.environ.get("FEWFOLD_REPEATS", "5")), out)
    found = told(out)
    print(f"{RATIO} synthetic rows for each real one (auto: at most); changes are against no augmentation")
    print(summary(found).round(4).to_string())
    print(found.pivot_table(index="arm", columns="table", values="auroc").round(3).to_string())


if __name__ == "__main__":
    main()
