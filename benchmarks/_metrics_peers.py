"""Times of other tools on tables in a folder; run by another interpreter, prints one JSON object of processor
seconds."""

from __future__ import annotations

import contextlib
import io
import json
import sys
import warnings
from pathlib import Path
from time import process_time

import pandas as pd

ASKED = 200  # synthetic rows that NewRowSynthesis looks for: it reads the training table once for each


def sdmetrics(train: pd.DataFrame, made: pd.DataFrame) -> dict[str, float]:
    from sdmetrics.reports.single_table import QualityReport
    from sdmetrics.single_table import NewRowSynthesis

    kinds = {name: "categorical" if column.dtype == object else "numerical" for name, column in train.items()}
    metadata = {"columns": {name: {"sdtype": kind} for name, kind in kinds.items()}}
    begin = process_time()
    QualityReport().generate(train, made, metadata, verbose=False)
    report = process_time() - begin
    begin = process_time()
    NewRowSynthesis.compute(train, made, metadata, synthetic_sample_size=ASKED)
    new_rows = process_time() - begin
    return {"SDMetrics quality report": report, f"SDMetrics NewRowSynthesis, {ASKED} rows of them": new_rows}


def syntheval(train: pd.DataFrame, holdout: pd.DataFrame, made: pd.DataFrame, target: str) -> dict[str, float]:
    from syntheval import SynthEval

    levels = [name for name in train if train[name].dtype == object]
    filled = [t.fillna({c: "missing" if c in levels else train[c].median() for c in t}) for t in (train, holdout, made)]
    begin = process_time()
    evaluation = SynthEval(filled[0], holdout_dataframe=filled[1], cat_cols=levels, verbose=False)
    evaluation.evaluate(filled[2], target, presets_file="full_eval")
    return {"SynthEval full evaluation": process_time() - begin}


def main(folder: Path, tool: str, target: str) -> None:
    warnings.simplefilter("ignore")
    train, holdout, made = (pd.read_csv(folder / f"{name}.csv") for name in ("train", "holdout", "synthetic"))
    with contextlib.redirect_stdout(io.StringIO()):
        found = sdmetrics(train, made) if tool == "sdmetrics" else syntheval(train, holdout, made, target)
    print(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
