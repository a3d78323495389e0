"""The strongest attack on a method: what a patient's being in the training half does to its rows.

It is learned from the other half-splits of the study.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from fewfold.core.cards import MetricCard
from fewfold.core.errors import NotApplicable
from fewfold.core.seeds import derive
from fewfold.metrics.privacy.shadow import shadow_scores
from fewfold.study.cells import ANCHORS, REAL, Cell, Design, most_ratio
from fewfold.study.result import MetricRow, Range

CHANCE = 0.5
ALPHA = 0.01  # of studies whose methods give nothing away; the other metrics, judged together, have the rest of 5 %
CARD = MetricCard(
    name="membership_shadow",
    title="Membership inference with shadow models",
    family="privacy",
    question="How well does one who can run the method tell training patients from others by its rows?",
    better="lower",
    bounds=(0.0, 1.0),
    finding="FF304",
    references=("10.1109/SP46214.2022.9833649",),
)


def shadows(design: Design, cells: Mapping[Cell, dict[str, Any]]) -> list[MetricRow]:
    """One row for each arm that adds rows: the AUROC of the attack over all half-splits. It lies beyond what rows that
    give nothing away show where its one-sided p is below the share that an arm has of the level."""
    arms = dict.fromkeys(c.arm for c in cells if c.stage == "validity" and c.arm not in (REAL, *ANCHORS))
    return [_row(design, arm, [cells[c] for c in cells if c.stage == "validity" and c.arm == arm]) for arm in arms]


def _row(design: Design, arm: str, runs: list[dict[str, Any]]) -> MetricRow:
    about = {"name": CARD.name, "family": CARD.family, "method": arm, "n": design.cohort.n_subjects}
    about["ratio"] = most_ratio(arm, design.settings)
    told = [run["signals"] for run in runs if run.get("signals")]
    try:
        if not told:
            raise NotApplicable(str(next((run["reason"] for run in runs if "reason" in run), "no rows to attack")))
        values = np.array([[signal for signal, _ in run] for run in told]).T
        inside = np.array([[member for _, member in run] for run in told]).T
        seen = shadow_scores(
            np.where(inside, values, np.nan),
            np.where(inside, np.nan, values),
            rng=derive(design.settings.seed, CARD.name, arm),
        )
    except NotApplicable as absent:
        nothing = {"value": None, "low": None, "high": None, "status": "not_applicable", "reason": absent.reason}
        return MetricRow.model_validate({**about, **nothing})
    beyond = seen.p < ALPHA / max(1, len(design.settings.methods))
    number = {"value": seen.auroc, "low": seen.low, "high": seen.high, "outside": beyond}
    return MetricRow.model_validate({**about, **number, "null": Range(low=CHANCE, high=CHANCE)})
