"""Fits arfpy for ``benchmarks.forests`` and tells the likelihood of held-out rows. Prints one line of JSON.

arfpy has no likelihood: it is told here from the parameters that its ``forde`` gives.
"""

from __future__ import annotations

import json
import sys
import warnings
from time import process_time
from typing import Any

import numpy as np
import pandas as pd
from arfpy import arf
from scipy.special import logsumexp
from scipy.stats import norm

warnings.filterwarnings("ignore")


def table(values: np.ndarray, half: np.ndarray, levels: list[np.ndarray]) -> pd.DataFrame:
    """Numbers as numbers, levels as categories."""
    columns = {}
    for j, column in enumerate(values.T):
        columns[f"x{j}"] = column if half[j] >= 0 else pd.Categorical(column, categories=levels[j])
    return pd.DataFrame(columns)


def log_likelihood(fitted: Any, told: dict[str, Any], test: np.ndarray, half: np.ndarray, reach: Any) -> np.ndarray:
    """(n,) of the mixture of leaves; ``reach``: (2, p) where normals are cut besides the bounds of the leaf."""
    leaves = fitted.bnds[["tree", "nodeid", "cvg"]].drop_duplicates().set_index(["tree", "nodeid"])
    log = np.log(leaves["cvg"].to_numpy() / fitted.num_trees) + np.zeros((len(test), 1))
    for j, column in enumerate(test.T):
        if half[j] < 0:
            found = told["cat"][told["cat"]["variable"] == f"x{j}"].drop_duplicates(["tree", "nodeid", "value"])
            chance = found.pivot(index=["tree", "nodeid"], columns="value", values="prob").reindex(leaves.index)
            codes = fitted.levels[f"x{j}"].get_indexer(column)
            log += np.log(chance.reindex(columns=codes).fillna(0.0).to_numpy().T)
        else:
            found = told["cnt"][told["cnt"]["variable"] == f"x{j}"].set_index(["tree", "nodeid"]).loc[leaves.index]
            low, high = (found[edge].to_numpy() for edge in ("min", "max"))
            mean, sd = found["mean"].to_numpy(), found["sd"].to_numpy()
            low, high = np.maximum(low, reach[0, j]), np.minimum(high, reach[1, j])
            log += log_number(column[:, None], half[j], mean, np.maximum(sd, 1e-9), low, high)
    return logsumexp(log, axis=1)


def log_number(x: Any, half: float, mean: Any, sd: Any, low: Any, high: Any) -> Any:
    whole = between((low - mean) / sd, (high - mean) / sd)
    if half:
        below, above = np.clip(x - half, low, high), np.clip(x + half, low, high)
        return between((below - mean) / sd, (above - mean) / sd) - whole
    inside = (x >= low) & (x <= high)
    return np.where(inside, norm.logpdf(x, mean, sd) - whole, -np.inf)


def between(a: Any, b: Any) -> Any:
    """The log probability that a standard normal is between ``a`` and ``b``."""
    flip = a + b > 0
    below, above = norm.logcdf(np.where(flip, -b, a)), norm.logcdf(np.where(flip, -a, b))
    return np.where(b > a, above + np.log(-np.expm1(below - above)), -np.inf)


def work(train: np.ndarray, test: np.ndarray, half: np.ndarray, seed: int) -> dict[str, Any]:
    levels = [np.unique(np.concatenate([train[:, j], test[:, j]])) for j in range(train.shape[1])]
    frame = table(train, half, levels)
    np.random.seed(seed)  # noqa: NPY002 - what arfpy draws from
    begin = process_time()
    fitted = arf.arf(frame, random_state=seed, verbose=False)
    told = fitted.forde()
    seconds = process_time() - begin
    edge = np.maximum(half, 0.0)
    everywhere = np.array([[-np.inf], [np.inf]]) + np.zeros(train.shape[1])
    seen = np.stack([train.min(axis=0) - edge, train.max(axis=0) + edge])
    found = {key: log_likelihood(fitted, told, test, half, r) for key, r in (("as it is", everywhere), ("cut", seen))}
    return {"seconds": seconds, "forests": len(fitted.acc), **{key: log.tolist() for key, log in found.items()}}


def main() -> None:
    with open(sys.argv[1]) as file:
        works = json.load(file)
    half = np.array(works["half"])
    done = []
    for seed, one in enumerate(works["splits"]):
        done.append(work(np.array(one["train"]), np.array(one["test"]), half, seed))
    print(json.dumps(done))


if __name__ == "__main__":
    main()
