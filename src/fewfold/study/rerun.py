"""The negative control where a mask is to be found: the same arm once more, with other seeds, must not differ.

Labels of patients can be permuted; masks cannot, for a mask of another patient still tells where to look, and what
noise scores is not known.
"""

from __future__ import annotations

from dataclasses import replace

from fewfold.metrics.utility.scores import SCORES
from fewfold.study.contrasts import ALL, score_all
from fewfold.study.noise import LEVEL
from fewfold.study.numbers import written
from fewfold.study.outcomes import ArmKey, Predicted
from fewfold.study.result import NegativeControl
from fewfold.study.settings import Settings

BARE: ArmKey = ("none", 0.0)
AGAIN: ArmKey = ("again", 0.0)


def rerun_control(first: Predicted, again: Predicted, settings: Settings) -> NegativeControl:
    """Whether two runs without augmentation, on the same splits, agree but for chance: the 99 % interval of their
    difference holds zero."""
    repeats = len(again.folds)
    arms = {BARE: {name: p[:repeats] for name, p in first.arms[BARE].items()}, AGAIN: again.arms[BARE]}
    scored = score_all(replace(again, arms=arms), only={settings.primary})
    seen = scored.infer(scored.difference(AGAIN, BARE, ALL, settings.primary), LEVEL)
    passed = seen.low <= 0 <= seen.high
    statement = (
        "Masks cannot be permuted as labels can. Instead the arm without augmentation was run again with other seeds: "
        f"{SCORES[settings.primary].title} differed by {written(seen.estimate, '+.3f')} (99 % interval "
        f"{written(seen.low, '+.3f')} to {written(seen.high, '+.3f')}; none is expected)."
    )
    return NegativeControl(
        passed=passed,
        ran=True,
        splits=len(scored.predicted.tests),
        helps=[],
        baseline=seen.estimate,
        low=seen.low,
        high=seen.high,
        expected=0.0,
        statement=statement if passed else f"{statement} Do not trust the verdicts.",
    )
