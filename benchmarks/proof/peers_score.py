"""Run by the interpreter that ``FEWFOLD_PEERS`` names, which has sdmetrics and syntheval and not this package.

Reads a folder: train.csv, holdout.csv, columns.json (name -> numerical or categorical), target.txt, and one CSV a
synthetic table. Prints one JSON object, table -> score -> value, in which more is better; null where a tool failed.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any


def main(folder: Path) -> None:
    import pandas as pd

    columns = json.loads((folder / "columns.json").read_text())
    target = (folder / "target.txt").read_text()
    texts = {name: str for name, kind in columns.items() if kind == "categorical"}
    train, holdout = (pd.read_csv(folder / f"{part}.csv", dtype=texts) for part in ("train", "holdout"))
    out = {}
    for path in sorted((folder / "synthetic").glob("*.csv")):
        rows = pd.read_csv(path, dtype=texts)
        with contextlib.redirect_stdout(io.StringIO()):
            out[path.stem] = scores(train, holdout, rows, columns, target)
    print(json.dumps(out))


def scores(train: Any, holdout: Any, rows: Any, columns: dict[str, str], target: str) -> dict[str, float | None]:
    from sdmetrics.reports.single_table import DiagnosticReport, QualityReport
    from sdmetrics.single_table import NewRowSynthesis

    told = {"columns": {name: {"sdtype": kind} for name, kind in columns.items()}}

    def report(kind: Any) -> float:
        made = kind()
        made.generate(train, rows, told, verbose=False)
        return float(made.get_score())

    found: dict[str, float | None] = {
        "sdmetrics_quality": _tried(lambda: report(QualityReport)),
        "sdmetrics_diagnostic": _tried(lambda: report(DiagnosticReport)),
        "sdmetrics_new_rows": _tried(lambda: float(NewRowSynthesis.compute(train, rows, told))),
    }
    try:
        found |= syntheval_scores(train, holdout, rows, columns, target)
    except Exception:  # another tool's failure is a result
        found |= {"syntheval_utility": None, "syntheval_privacy": None}
    return found


def syntheval_scores(train: Any, holdout: Any, rows: Any, columns: dict[str, str], target: str) -> dict[str, float]:
    """The mean of the normalised values of its fast preset, over utility and over privacy."""
    from syntheval import SynthEval

    levels = [name for name, kind in columns.items() if kind == "categorical"]
    judge = SynthEval(
        train, holdout_dataframe=holdout, cat_cols=levels, missing_directive="drop", verbose=False, enable_plots=False,
        console="off", show_warnings=False,
    )  # fmt: skip
    table = judge.evaluate(rows, target, "fast_eval")
    return {
        f"syntheval_{name}": float(table[table["dim"] == name[0]]["n_val"].mean()) for name in ("utility", "privacy")
    }


def _tried(score: Callable[[], float]) -> float | None:
    try:
        return score()
    except Exception:  # another tool's failure is a result
        return None


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main(Path(sys.argv[1]))
