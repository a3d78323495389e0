"""Whether other ties than the copula's shrunken normal correlation make the numbers of unseen patients more likely:
tails (t copulas), few factors, a correlation without shrinkage, and vines.

Margins and classes are the same for all; of the columns, numbers that are always known. Set FEWFOLD_PEERS_VINES to a
Python interpreter with pyvinecopulib to have vines too.
"""

from __future__ import annotations

import os
from contextlib import nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtri
from scipy.stats import multivariate_normal, multivariate_t, norm, t

from benchmarks._peer import asked
from benchmarks._tables import tables
from benchmarks.utility import FOLDS, fold_of
from fewfold.core.types import Floats, Ints
from fewfold.data.cohort import Cohort
from fewfold.methods.base import method

REPEATS = 2
FREEDOMS = (4, 8, 16, 32)


def numbers(cohort: Cohort) -> Ints:
    """Which columns are numbers that are always known."""
    known = ~np.isnan(cohort.matrix).any(axis=0)
    return np.array([j for j, v in enumerate(cohort.schema.features) if not v.discrete and known[j]], dtype=int)


def uniforms(fitted: Any, cohort: Cohort, columns: Ints) -> Floats:
    """(n, d) where each number stands in the margin of its class."""
    out = np.empty((len(cohort), len(columns)))
    for c, code in enumerate(fitted.codes):
        rows = cohort.y == code
        for k, j in enumerate(columns):
            margin = fitted.margins[c][j]
            low, high = margin.probabilities(cohort.matrix[rows, j])
            out[rows, k] = np.clip((low + high) / 2, margin.edge / 2, 1 - margin.edge / 2)
    return out


def normal(u: Floats, r: Floats) -> Floats:
    z = ndtri(u)
    out: Floats = multivariate_normal(cov=r).logpdf(z) - norm.logpdf(z).sum(axis=1)
    return out


def with_tails(u: Floats, r: Floats, freedom: float) -> Floats:
    x = t.ppf(u, freedom)
    out: Floats = multivariate_t(shape=r, df=freedom).logpdf(x) - t.logpdf(x, freedom).sum(axis=1)
    return out


def few_factors(r: Floats, count: int) -> Floats:
    values, vectors = np.linalg.eigh(r)
    kept = vectors[:, -count:] * np.sqrt(values[-count:])
    out: Floats = kept @ kept.T
    np.fill_diagonal(out, 1)
    return out


def judged(real: Cohort, tested: Cohort, ask: Any) -> dict[str, float]:
    """Mean log-density of the numbers of an unseen patient, above that of the copula as it is."""
    fitted, columns = method("gaussian_copula").fit(real, rng=0), numbers(Cohort.concat([real, tested]))
    train, test = (uniforms(fitted, cohort, columns) for cohort in (real, tested))
    found: dict[str, list[Floats]] = {}
    for c, code in enumerate(fitted.codes):
        own, held = train[real.y == code], test[tested.y == code]
        whole = fitted.factors[c] @ fitted.factors[c].T + np.diag(fitted.rest[c] ** 2)
        r = whole[np.ix_(columns, columns)]
        arms = {
            "as it is": normal(held, r),
            "independent": np.zeros(len(held)),
            "own correlation, not shrunken": normal(held, _correlation(own)),
            **{f"{k} factors": normal(held, few_factors(r, k)) for k in (1, 2) if k < len(columns)},
            **{f"t, {nu} degrees of freedom": with_tails(held, r, nu) for nu in FREEDOMS},
        }
        for name, each in arms.items():
            found.setdefault(name, []).append(each)
    told = {name: float(np.concatenate(parts).mean()) for name, parts in found.items()}
    if ask is not None:
        with TemporaryDirectory() as folder:
            path = Path(folder) / "pair.npz"
            np.savez(path, train=train, test=test)
            told |= ask(str(path))
    return {name: value - told["as it is"] for name, value in told.items()}


def _correlation(u: Floats) -> Floats:
    r: Floats = np.corrcoef(ndtri(u).T)
    return r + 1e-3 * np.eye(len(r))


def main() -> None:
    interpreter, rows = os.environ.get("FEWFOLD_PEERS_VINES", ""), []
    with asked(interpreter, "_vine_peers.py") if interpreter else nullcontext() as ask:
        for name, cohort in tables().items():
            if len(numbers(cohort)) < 2:
                continue
            for repeat in range(REPEATS):
                for fold in range(FOLDS):
                    rows.append({"table": name, **judged(*fold_of(cohort, repeat, fold), ask)})
    means = pd.DataFrame(rows).groupby("table").mean()
    print("log-density of the numbers of an unseen patient, above that of the copula as it is")
    print(means.T.assign(mean=means.mean(), se=means.sem()).round(3).to_string())


if __name__ == "__main__":
    main()
