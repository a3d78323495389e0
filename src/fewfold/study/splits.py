"""Splits by patient or by site: repeated, stratified, never by row."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fewfold.core.errors import BadInput
from fewfold.core.files import digest
from fewfold.core.seeds import Rng, derive
from fewfold.core.types import Ints
from fewfold.data.cohort import Cohort
from fewfold.data.units import by_unit
from fewfold.study.settings import Settings

STRATA = {"continuous": "fifth", "survival": "group, with the event or without it,"}  # where there are no classes
LEAST_PER_FOLD = 3  # patients of the smallest class that a test fold should hold


@dataclass(frozen=True, eq=False)
class Splits:
    """``folds``: (repeats, rows) the fold in which a row is tested. ``note`` says why there are fewer folds than
    asked for, or is empty."""

    folds: Ints
    note: str = ""

    @property
    def count(self) -> int:
        """Folds a repeat."""
        return int(self.folds.max()) + 1

    def train(self, repeat: int, fold: int) -> Ints:
        """Positions of the training rows."""
        return np.flatnonzero(self.folds[repeat] != fold)

    def test(self, repeat: int, fold: int) -> Ints:
        """Positions of the test rows."""
        return np.flatnonzero(self.folds[repeat] == fold)

    def manifest(self, cohort: Cohort) -> dict[str, object]:
        """What ``splits.json`` holds: the row labels and the test fold of each, by repeat."""
        return {"rows": cohort.table.index.tolist(), "test_fold": self.folds.tolist()}

    def hash(self, cohort: Cohort) -> str:
        """SHA-256 of the manifest."""
        return digest(self.manifest(cohort))


def plan(cohort: Cohort, settings: Settings) -> Splits:
    """The splits of a study. Raises ``BadInput`` where sites are asked for and there are none, or only one."""
    groups = study_groups(cohort, settings)
    strata = stratum_of_group(cohort, groups)
    count, note = _fold_count(cohort, settings, groups)
    folds = np.empty((settings.repeats, len(cohort)), dtype=np.int64)
    for repeat in range(settings.repeats):
        rng = derive(settings.seed, "split", repeat)
        by_group = _by_site(cohort, groups, count, rng) if settings.unit == "site" else deal(strata, count, rng)
        folds[repeat] = by_group[groups]
    if settings.unit == "site":  # few sites have few partitions: each counts once
        folds = folds[np.sort(np.unique([_canonical(f) for f in folds], axis=0, return_index=True)[1])]
        if len(folds) < settings.repeats and settings.folds != "each":
            note = "; ".join(filter(None, [note, f"{len(folds)} different partitions, not {settings.repeats}"]))
    return Splits(folds, note)


def _canonical(folds: Ints) -> Ints:
    """The same partition under one naming of its folds."""
    _, first, codes = np.unique(folds, return_index=True, return_inverse=True)
    renamed: Ints = np.argsort(np.argsort(first))[codes]
    return renamed


def halves(cohort: Cohort, seed: int, index: int) -> tuple[Cohort, Cohort]:
    """Two halves of the patients, stratified: the first teaches, the second is what it is compared with."""
    groups = np.unique(cohort.subjects, return_inverse=True)[1]
    half = deal(stratum_of_group(cohort, groups), 2, derive(seed, "half", index))[groups]
    return (
        cohort.take(np.flatnonzero(half == 0)).as_part("train"),
        cohort.take(np.flatnonzero(half == 1)).as_part("holdout"),
    )


def stratum_of_group(cohort: Cohort, groups: Ints) -> Ints:
    """(groups,) the class of each patient, or the fifth of the patients' mean values where the target is continuous;
    of survival whether the event was seen.

    A patient whose class changes between rows counts for the rarest of them: dealt by the first row alone, a class that
    only comes later could all fall into one fold.
    """
    if cohort.task == "continuous":
        values = by_unit(cohort.y, groups)
        strata: Ints = np.digitize(values, np.quantile(values, [0.2, 0.4, 0.6, 0.8]))
        return strata
    if cohort.task == "survival":
        seen: Ints = (by_unit(cohort.y, groups) > 0).astype(np.int64)
        return seen
    pairs = np.unique(np.column_stack([groups, cohort.y]).astype(np.int64), axis=0)
    patients = np.bincount(pairs[:, 1])[pairs[:, 1]]  # in the class of each pair
    pairs = pairs[np.lexsort((patients, pairs[:, 0]))]
    rarest: Ints = pairs[np.unique(pairs[:, 0], return_index=True)[1], 1]
    return rarest


def deal(strata: Ints, count: int, rng: Rng) -> Ints:
    """(groups,) folds dealt like cards, stratum by stratum, so that sizes and strata are even."""
    order = rng.permutation(len(strata))
    order = order[np.argsort(strata[order], kind="stable")]
    folds = np.empty(len(strata), dtype=np.int64)
    folds[order] = np.arange(len(strata)) % count
    return rng.permutation(count)[folds]


def study_groups(cohort: Cohort, settings: Settings) -> Ints:
    """(n,) what a split keeps together: the patient of each row, or its site."""
    if settings.unit == "subject":
        return np.unique(cohort.subjects, return_inverse=True)[1]
    sites = cohort.sites
    if sites is None or len(np.unique(sites)) < 2:
        raise BadInput(
            expected="two or more sites, to split by site",
            found="no site column" if sites is None else "one site",
            fix='Give one column the role "site", or set unit = "subject".',
        )
    split = len(np.unique(np.column_stack([cohort.subjects, sites]), axis=0)) - cohort.n_subjects
    if split:
        raise BadInput(
            expected="one site for each patient, to split by site",
            found=f"{split} patients in several",
            fix="Correct the rows, or split by subject.",
        )
    return np.unique(sites, return_inverse=True)[1]


def _fold_count(cohort: Cohort, settings: Settings, groups: Ints) -> tuple[int, str]:
    if settings.folds == "each":
        return int(groups.max()) + 1, _of_one_class(cohort, groups)
    if settings.unit == "site":
        sites = int(groups.max()) + 1
        return min(settings.folds, sites), f"{sites} sites" if sites < settings.folds else ""
    by_group = cohort.task in STRATA
    strata = stratum_of_group(cohort, groups)[groups] if by_group else cohort.y
    least = min(len(np.unique(groups[strata == k])) for k in np.unique(strata))
    count = max(2, min(settings.folds, least // LEAST_PER_FOLD))
    if count == settings.folds:
        return count, ""
    return (
        count,
        f"{count} folds, not {settings.folds}: the smallest {STRATA.get(cohort.task, 'class')} has {least} patients",
    )


def _of_one_class(cohort: Cohort, groups: Ints) -> str:
    """A note where sites that are left out alone lack a class, so that they cannot rank their patients."""
    if cohort.task in STRATA:
        return ""
    classes = len(np.unique(cohort.y))
    lacking = sum(len(np.unique(cohort.y[groups == g])) < classes for g in range(int(groups.max()) + 1))
    return f"{lacking} of {int(groups.max()) + 1} sites lack a class, and say nothing of its ranking" if lacking else ""


def _by_site(cohort: Cohort, groups: Ints, count: int, rng: Rng) -> Ints:
    """Largest site first, each to the fold that has the fewest patients so far; equal ones at random."""
    size = np.array([len(np.unique(cohort.subjects[groups == g])) for g in range(groups.max() + 1)])
    order = np.argsort(-(size + 0.5 * size.mean() * rng.random(len(size))), kind="stable")
    folds, load = np.empty(len(size), dtype=np.int64), np.zeros(count)
    for g in order:
        folds[g] = int(np.argmin(load + 1e-9 * rng.random(count)))
        load[folds[g]] += size[g]
    return folds
