"""Images compared by what networks that were trained for the task of the cohort say of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from fewfold.core.cards import Target
from fewfold.core.errors import NotApplicable
from fewfold.core.seeds import Rng, derive
from fewfold.core.types import Floats, Ints
from fewfold.data.blocks.images import Images
from fewfold.data.cohort import Cohort
from fewfold.data.features.space import identity_of
from fewfold.metrics.base import Comparison
from fewfold.metrics.spaces import images_of, with_coordinates
from fewfold.metrics.utility.image_learner import ImageLearner
from fewfold.metrics.utility.scores import EPSILON
from fewfold.metrics.utility.small_network import SmallNetwork

NAME, VERSION = "task_network", "1"  # another version where anything below is changed


def in_task_space(
    comparison: Comparison, *, seed: int = 0, folds: int = 5, learner: ImageLearner | None = None
) -> Comparison:
    """The comparison with the evidence for each class (the centred logarithm of its probability), or the predicted
    value, for its only features, so that any metric of rows compares images by what matters to the task.

    A network knows the images that taught it, and those that were made from them, too well. So the training patients
    are split into ``folds``, and for each fold a ``learner`` (by default a small network, which needs
    fewfold[neural]) is taught by the others. Each training image is told by the one that did not see its patient; a
    synthetic one, where its lineage is known, by the one that saw the fewest of its parents; each holdout patient, and
    a synthetic image of unknown lineage, by any one of them, drawn. Classes and values mean the same in all of them,
    which their inner features do not.

    Raises ``NotApplicable`` where a side has no images, the cohort has no target, or fewer patients than folds.
    """
    train, holdout, made = comparison.train, comparison.holdout, comparison.synthetic
    target, chosen = train.schema.target, learner or SmallNetwork()
    if target is None:
        raise NotApplicable("it needs a target that networks can be taught")
    patients = len(np.unique(train.subjects))
    if patients < folds:
        raise NotApplicable(f"it needs at least {folds} training patients, one a fold; there are {patients}")
    rng, classes = derive(seed, NAME), len(target.levels or ())
    own = _folds(train, folds, rng)
    by = [own, _drawn(holdout.subjects, folds, rng), _of_parents(made, train, own, folds, rng)]
    images = [images_of(part) for part in (train, holdout, made)]
    width = classes if train.task == "multiclass" else 1
    points = [np.empty((len(part), width)) for part in images]
    for fold in range(folds):
        taught = np.flatnonzero(own != fold)
        asked = [np.flatnonzero(part == fold) for part in by]
        block = _joined([part.take(rows) for part, rows in zip(images, asked, strict=True)])
        told = chosen.fit_predict(
            images[0].take(taught), train.y[taught], block, train.task, classes, rng=derive(seed, NAME, fold)
        )
        evidence = _evidence(told, train.task)
        for part, rows, values in zip(
            points, asked, np.split(evidence, np.cumsum([len(rows) for rows in asked])[:-1]), strict=True
        ):
            part[rows] = values
    cohorts = [with_coordinates(part, at, NAME) for part, at in zip((train, holdout, made), points, strict=True)]
    identity = identity_of(NAME, VERSION, learner=chosen.name, folds=folds, seed=seed)
    return replace(
        comparison, train=cohorts[0], holdout=cohorts[1], synthetic=cohorts[2], expanded=None, space=identity
    )


def _joined(parts: list[Images]) -> Images:
    return parts[0].concat(parts[1:])


def _folds(train: Cohort, folds: int, rng: Rng) -> Ints:
    """(rows,) the fold of each, dealt to patients in the order of their outcome, so that folds are alike."""
    patients, first, codes = np.unique(train.subjects, return_index=True, return_inverse=True)
    order = rng.permutation(len(patients))
    order = order[np.argsort(train.y[first][order], kind="stable")]
    of_patient = np.empty(len(patients), dtype=np.int64)
    of_patient[order] = np.arange(len(patients)) % folds
    return of_patient[codes]


def _drawn(subjects: Ints, folds: int, rng: Rng) -> Ints:
    """(rows,) the same for all rows of a patient, each fold about as often."""
    patients, codes = np.unique(subjects, return_inverse=True)
    return (rng.permutation(len(patients)) % folds)[codes]


def _of_parents(made: Cohort, train: Cohort, own: Ints, folds: int, rng: Rng) -> Ints:
    """(rows,) the fold that holds most of the parents of each, the lowest of several; any one where none is known."""
    any_one = _drawn(np.arange(len(made)), folds, rng)
    fold_of = dict(zip(train.table.index.tolist(), own.tolist(), strict=True))
    held = np.zeros((len(made), folds), dtype=np.int64)
    for row, parents in enumerate(made.provenance.sources.tolist()):
        for parent in parents:
            if parent in fold_of:
                held[row, fold_of[parent]] += 1
    return np.where(held.any(axis=1), held.argmax(axis=1), any_one)


def _evidence(told: Floats, task: Target) -> Floats:
    """(n, d) of what a learner says; probabilities are kept away from 0."""
    if task == "continuous":
        return told[:, None]
    if task == "binary":
        p = np.clip(told, EPSILON, 1 - EPSILON)
        return (np.log(p) - np.log1p(-p))[:, None]
    logs = np.log(np.clip(told, EPSILON, None))
    centred: Floats = logs - logs.mean(axis=1, keepdims=True)
    return centred
