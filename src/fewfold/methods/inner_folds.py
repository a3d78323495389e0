"""What rows of a generator do to models, told by patients of the training part alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from fewfold.core.errors import NotApplicable
from fewfold.core.seeds import Rng, seed_of
from fewfold.core.types import Floats, Ints
from fewfold.data.cohort import Cohort
from fewfold.data.encoding import Encoder
from fewfold.data.units import by_unit

FOLDS = 5
MOST_LEVELS = 250  # the boosting library takes fewer than 255 levels of one variable
BOOSTING = {"max_iter": 100, "learning_rate": 0.05, "max_depth": 3, "min_samples_leaf": 10, "early_stopping": False}

Draw = Callable[[Cohort, float, Rng], Cohort]  # synthetic rows of a training part, so many for each of its rows


@dataclass(frozen=True)
class Weighed:
    """How much less is lost on patients who are not trained on when rows of a candidate join: ``gain`` in nats a
    patient (of a number, in shares of its variance), and its standard error over patients."""

    name: str
    ratio: float
    gain: float
    error: float


def weigh(cohort: Cohort, candidates: dict[str, Draw], ratios: tuple[float, ...], rng: Rng) -> list[Weighed]:
    """Every candidate at every ratio, on inner folds by patient, with a penalised linear model and boosted trees; a
    candidate that does not apply to a fold is left out. Lower ratios use the first rows of the highest one."""
    losses: dict[tuple[str, float], list[Floats]] = {}
    patients: list[Ints] = []
    apart: set[str] = set()
    for train, test in folds(cohort, rng):
        real, tested = cohort.take(train), cohort.take(test)
        patients.append(tested.subjects)
        losses.setdefault(("", 0.0), []).append(_lost(real, tested))
        for name, draw in candidates.items():
            try:
                made = draw(real, max(ratios), rng)
            except NotApplicable:
                apart.add(name)
                continue
            order = rng.permutation(len(made))
            for ratio in ratios:
                some = made.take(np.sort(order[: round(ratio * len(real))]))
                losses.setdefault((name, ratio), []).append(_lost(Cohort.concat([real, some]), tested))
    if not patients:
        return []
    none, of = np.concatenate(losses.pop(("", 0.0))), np.concatenate(patients)
    kept = {key: np.concatenate(parts) for key, parts in losses.items() if key[0] not in apart}
    return [_weighed(name, ratio, none - lost, of) for (name, ratio), lost in kept.items()]


def _weighed(name: str, ratio: float, gains: Floats, patients: Ints) -> Weighed:
    return Weighed(name, ratio, *over_patients(gains, patients))


def over_patients(gains: Floats, patients: Ints) -> tuple[float, float]:
    """The mean over patients, each the mean of the rows, and its standard error."""
    means = by_unit(gains, patients)
    return float(means.mean()), float(means.std(ddof=1) / np.sqrt(len(means)))


def folds(cohort: Cohort, rng: Rng) -> Iterator[tuple[Ints, Ints]]:
    """Five folds by patient, fewer where a class has fewer patients; none where one class has a single one."""
    from sklearn.model_selection import GroupKFold, StratifiedGroupKFold

    patients = cohort.subjects
    if cohort.task in ("continuous", "none"):
        count = min(FOLDS, len(np.unique(patients)))
        yield from GroupKFold(count, shuffle=True, random_state=seed_of(rng)).split(patients, None, patients)
        return
    count = min(FOLDS, *(len(np.unique(patients[cohort.y == code])) for code in np.unique(cohort.y)))
    if count > 1:
        splitter = StratifiedGroupKFold(count, shuffle=True, random_state=seed_of(rng))
        yield from splitter.split(patients, cohort.y, patients)


def _lost(train: Cohort, test: Cohort) -> Floats:
    """(n,) the mean loss of both models on each tested row."""
    encoder = Encoder.fit(train.matrix, train.schema.features)
    varies = np.flatnonzero(np.fmax.reduce(train.matrix, axis=0) > np.fmin.reduce(train.matrix, axis=0))
    nominal = [
        v.kind == "categorical" and len(v.levels or ()) < MOST_LEVELS
        for v in (train.schema.features[j] for j in varies.tolist())
    ]
    linear, boosted = _models(train.task, nominal)
    sides = [
        (linear, encoder.transform(train.matrix), encoder.transform(test.matrix)),
        (boosted, train.matrix[:, varies], test.matrix[:, varies]),
    ]
    losses = [_loss(model, x, train, tested, test) for model, x, tested in sides if x.shape[1]]
    mean: Floats = np.mean(losses, axis=0) if losses else np.zeros(len(test))
    return mean


def _models(task: str, nominal: list[bool]) -> tuple[Any, Any]:
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
    from sklearn.linear_model import LogisticRegression, Ridge

    options = {**BOOSTING, "l2_regularization": 1.0, "random_state": 0, "categorical_features": nominal}
    if task == "continuous":
        return Ridge(), HistGradientBoostingRegressor(**options)
    return LogisticRegression(max_iter=2000), HistGradientBoostingClassifier(**options)


def _loss(model: Any, x: Floats, train: Cohort, tested: Floats, test: Cohort) -> Floats:
    if train.task == "continuous":
        squares: Floats = (model.fit(x, train.y).predict(tested) - test.y) ** 2 / max(float(train.y.var()), 1e-12)
        return squares
    told = model.fit(x, train.y).predict_proba(tested)
    right = told[test.y[:, None] == model.classes_[None, :]]
    nats: Floats = -np.log(np.clip(right, 1e-6, 1.0))
    return nats
