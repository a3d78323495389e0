"""Membership inference with shadow models: what one patient's being in the training half does to the rows.

The method is fitted many times, each time on another random half of the patients. The attack on one run knows the other
runs: what the rows look like about this patient when the patient was in, and when not. It is the strongest attack here,
and one on the method: who only holds rows of one run can do it if the method and like patients are at hand.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from fewfold.core.errors import NotApplicable
from fewfold.core.seeds import Rng
from fewfold.core.types import Bools, Floats
from fewfold.metrics.base import Comparison
from fewfold.metrics.distances import nearest
from fewfold.metrics.privacy.exchange import Patients

FLOOR = 0.001  # of the root of the number of columns: nearer than this is equally near
RESAMPLES = 400
LEAST_RUNS = 4


@dataclass(frozen=True, eq=False)
class ShadowScores:
    """``auroc`` with its 95 % interval; ``p``: one-sided, how often rows that give nothing away show as much;
    ``scores``: (patients, runs) log likelihood ratio of in against out, NaN where it could not be judged; ``members``:
    (patients, runs) who was in; ``worst``: (patients,) the mean score of the runs with the patient less that of the
    runs without, by which patients can be ranked."""

    auroc: float
    low: float
    high: float
    p: float
    scores: Floats
    members: Bools
    worst: Floats


def patient_signals(comparison: Comparison) -> dict[Hashable, tuple[float, bool]]:
    """For each real patient the attack's signal of one run, minus the log distance to the nearest synthetic row, and
    whether the patient was in training. The key is the value of the subject column, else the label of the row, so that
    runs on other halves of one cohort can be joined. Scales are those of the synthetic rows; of several rows of a
    patient the nearest counts. Raises ``NotApplicable`` where the synthetic rows do not vary.
    """
    patients = Patients.of(comparison)
    real, synthetic = patients.encoded
    distances = nearest(real, synthetic)[0]
    signals = patients.largest(-np.log(distances + FLOOR * np.sqrt(real.shape[1])))
    subject = comparison.train.schema.role("subject")
    parts = (comparison.train, comparison.holdout)
    labels = [label for c in parts for label in (c.table.index if subject is None else c.table[subject.name]).tolist()]
    keys = {int(code): label for code, label in zip(patients.subjects, labels, strict=True)}
    return {
        keys[i]: (float(signal), bool(inside))
        for i, (signal, inside) in enumerate(zip(signals, patients.members, strict=True))
    }


def joined(runs: Sequence[dict[Hashable, tuple[float, bool]]]) -> tuple[Floats, Floats]:
    """``signals_in`` and ``signals_out`` of ``shadow_scores`` from the signals of each run; patients in the order in
    which they are first named."""
    patients = list(dict.fromkeys(key for run in runs for key in run))
    inside, outside = (np.full((len(patients), len(runs)), np.nan) for _ in range(2))
    for r, run in enumerate(runs):
        for i, key in enumerate(patients):
            if key in run:
                signal, member = run[key]
                (inside if member else outside)[i, r] = signal
    return inside, outside


def shadow_scores(signals_in: Floats, signals_out: Floats, *, rng: Rng) -> ShadowScores:
    """The likelihood-ratio attack (Carlini 2022, 10.1109/SP46214.2022.9833649) on each run, with the other runs as its
    shadow models.

    ``signals_in`` and ``signals_out``: (patients, runs), the signal of a patient in a run whose training half had, or
    did not have, the patient; NaN in the other. At least 4 runs; with 10 the means are a patient's own and the two
    variances are shared by all patients, as in the paper. The signal that is judged is never part of what it is judged
    by, and the error of a mean of few runs is part of the variance: without that the left-out run would look unlike
    its own side, and the AUROC of harmless rows would lie below 0.5. Signals are centred within a run first.

    The AUROC counts pairs of patients within a run and averages runs. Interval: t with the SD of a bootstrap over
    patients, from ``rng``, and one degree of freedom less than runs.
    Raises ``NotApplicable`` where there are fewer runs, or nobody could be judged on both sides.
    """
    from scipy.special import stdtr, stdtrit

    members = ~np.isnan(signals_in)
    if members.shape[1] < LEAST_RUNS:
        raise NotApplicable(f"shadow models need {LEAST_RUNS} runs; there are {members.shape[1]}")
    signals = np.where(members, signals_in, signals_out)
    signals = signals - np.nanmean(signals, axis=0)
    scores = _distance(signals, ~members) - _distance(signals, members)
    known = ~np.isnan(scores)
    auroc = float(_auroc(scores, members, np.ones((1, len(scores))))[0])
    if not np.isfinite(auroc):
        raise NotApplicable("no run has patients on both sides who are judged by two runs of each")
    drawn = rng.multinomial(len(scores), np.full(len(scores), 1 / len(scores)), RESAMPLES).astype(np.float64)
    error, freedom = float(np.nanstd(_auroc(scores, members, drawn))), members.shape[1] - 1
    half = float(stdtrit(freedom, 0.975)) * error
    p = float(stdtr(freedom, (0.5 - auroc) / max(error, 1e-12)))
    worst = _mean(scores, known & members) - _mean(scores, known & ~members)
    return ShadowScores(auroc, max(0.0, auroc - half), min(1.0, auroc + half), p, scores, members, worst)


def _distance(signals: Floats, side: Bools) -> Floats:
    """(patients, runs) half the squared distance of each signal from the mean of the patient's other runs on one side,
    in predictive variances, with the log of the shared SD; NaN with fewer than two such runs."""
    counted = side & ~np.isnan(signals)
    values = np.where(counted, signals, 0.0)
    n, total = counted.sum(axis=1, keepdims=True), values.sum(axis=1, keepdims=True)
    freedom = int(np.maximum(n - 1, 0).sum())
    if not freedom:
        raise NotApplicable("no patient has two runs on the same side")
    spread = np.where(counted, signals - total / np.maximum(n, 1), 0.0)
    variance = max(float((spread**2).sum()) / freedom, 1e-12)
    others = n - counted
    mean = np.where(others > 0, (total - values) / np.maximum(others, 1), np.nan)
    out: Floats = 0.5 * (signals - mean) ** 2 / (variance * (1 + 1 / np.maximum(others, 1))) + 0.5 * np.log(variance)
    return np.where(others >= 2, out, np.nan)


def _auroc(scores: Floats, members: Bools, weights: Floats) -> Floats:
    """(draws,) mean over runs of the AUROC of members against others; ``weights`` is (draws, patients)."""
    values = []
    for score, inside in zip(scores.T, members.T, strict=True):
        ours, theirs = (np.flatnonzero(side & ~np.isnan(score)) for side in (inside, ~inside))
        if not len(ours) or not len(theirs):
            continue
        gap = np.round(score[ours, None] - score[None, theirs], 10)
        wins = np.einsum("bi,ij,bj->b", weights[:, ours], (np.sign(gap) + 1) / 2, weights[:, theirs], optimize=True)
        pairs = weights[:, ours].sum(axis=1) * weights[:, theirs].sum(axis=1)
        values.append(np.where(pairs > 0, wins / np.maximum(pairs, 1), np.nan))
    if not values:
        return np.full(len(weights), np.nan)
    out: Floats = np.nanmean(values, axis=0)
    return out


def _mean(scores: Floats, kept: Bools) -> Floats:
    count = kept.sum(axis=1)
    out: Floats = np.where(count > 0, np.where(kept, scores, 0.0).sum(axis=1) / np.maximum(count, 1), np.nan)
    return out
