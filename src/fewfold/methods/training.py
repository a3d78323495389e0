"""Who may teach a method: real training rows, as many as its card asks for."""

from __future__ import annotations

from fewfold.core.cards import MethodCard
from fewfold.core.errors import BadInput, Leakage, NotApplicable
from fewfold.data.cohort import Cohort
from fewfold.data.provenance import HOLDOUT


def check_training(card: MethodCard, cohort: Cohort) -> None:
    """Raise what a method must not be fitted on.

    That is ``Leakage`` for holdout or synthetic rows, ``NotApplicable`` where the cohort is below the minimum of the
    card or has a target that the method is not for, and ``BadInput`` where rows lack the target.
    """
    if cohort.provenance.is_synthetic.any() or (cohort.provenance.part == HOLDOUT).any():
        raise Leakage(
            expected="real rows of the training part",
            found="holdout or synthetic rows among them",
            fix="Leave them out: fit on the real training rows only.",
        )
    if cohort.task == "survival" and cohort.task not in card.targets:
        raise NotApplicable(f"{card.name} draws no follow-up, which is the target here; survival_copula does")
    if cohort.task not in card.targets:
        raise NotApplicable(f"{card.name} is for {' and '.join(card.targets)} targets, not {cohort.task}")
    if cohort.n_subjects < card.min_subjects:
        raise NotApplicable(f"{card.name} needs {card.min_subjects} subjects; there are {cohort.n_subjects}")
    target = cohort.schema.target
    if target is not None and cohort.table[target.name].isna().any():
        raise BadInput(
            expected=f"a value of the target {target.name!r} in every row",
            found=f"{int(cohort.table[target.name].isna().sum())} rows without one",
            fix="Drop those rows, and report how many.",
        )
    few = {level: n for level, n in cohort.class_counts.items() if 0 < n < card.min_per_class}
    if few:
        told = ", ".join(f"{level!r} has {n}" for level, n in few.items())
        raise NotApplicable(f"{card.name} needs {card.min_per_class} rows of each class; {told}")
